import type { Handle } from "../../core/service";

/** Kafka Connect's REST API, for a service that looks at connectors or manages them. Its certificate is of the platform's authority. */
export interface ConnectApi extends Handle {
  readonly url: string;
}
