import type { Handle } from "../../core/service";
import type { Source } from "../../core/sources";

/** What services declare to Kafka Connect, and how they reach it. */

/** The REST API. It knows no users: whoever reaches it may do everything, so wiring alone decides who does. */
export interface ConnectApi extends Handle {
  readonly url: string;
}

/** A connector that the platform keeps running. */
export interface ConnectorSpec {
  /** Unique in Kafka Connect, which then calls it `platform-<name>`. */
  readonly name: string;
  /** As Connect's REST API takes it; secrets only as placeholders, see `secretOf`. */
  readonly config: Readonly<Record<string, string>>;
  /** What it reads and writes: gives the workers egress to them. */
  readonly uses: readonly Handle[];
  /** Secrets by the names under which `secretOf` finds them. */
  readonly secrets?: Readonly<Record<string, Source>>;
}

/** Where workers find the Secrets of connectors. */
export const secretsDirectory = "/etc/connect";

/** Placeholder of a Secret's key in a connector's configuration: the worker replaces it, so that Connect never keeps or shows the secret. */
export const secretOf = (name: string, key: string): string => `\${dir:${secretsDirectory}/${name}:${key}}`;

/** What Connect calls one of the platform's connectors; others are left alone. */
export const connectorName = (name: string): string => `platform-${name}`;

/** Consumer groups, transactions and internal topics of connectors begin so; Connect itself names a sink's group so. */
export const connectPrefix = "connect-";
