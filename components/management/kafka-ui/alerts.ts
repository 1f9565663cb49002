import type { Alert } from "../../core/alerts";

/** How Kafka is, its brokers say themselves. */
export const alerts: readonly Alert[] = [
  {
    name: "KafkaUiErrors",
    expr: 'sum(rate(http_server_requests_seconds_count{job="kafka-ui", status=~"5.."}[5m])) > 0.2',
    for: "10m",
    severity: "warning",
    summary: "Kafka-UI answers {{ $value | humanize }} requests a second with an error of its own",
    cause: "Kafka, Schema Registry, Kafka Connect or Keycloak is away.",
    check: "The log of the pods `kafka-ui-*` names which.",
    cure: "Mend that service; Kafka-UI keeps nothing itself.",
  },
];
