import type { Alert } from "../../core/alerts";

/** Names of metrics are those of `config.ts`. */
export const alerts: readonly Alert[] = [
  {
    name: "KafkaConnectTaskFailed",
    expr: 'sum by (connector) (kafka_connect_worker_connector_failed_task_count{job="kafka-connect"}) > 0',
    for: "10m",
    severity: "critical",
    summary: "Connector {{ $labels.connector }} has failed tasks: its data stands still",
    cause:
      "A message it cannot handle, or something it needs is away. CronJob `kafka-connect-restart` tries again each minute, in vain.",
    check: "Kafka-UI, or `GET /connectors/<name>/status` of the REST API, shows the trace.",
    cure: "What the trace says: a changed table, a missing right, a full disk. It goes on where it stopped.",
  },
  {
    name: "KafkaConnectConnectorFailed",
    expr: 'max by (connector) (kafka_connect_connector_status{job="kafka-connect", status="failed"}) > 0',
    for: "10m",
    severity: "critical",
    summary: "Connector {{ $labels.connector }} has failed",
    cause: "Its configuration is refused, or what it connects to is away.",
    check: "`GET /connectors/<name>/status` of the REST API shows the trace.",
    cure: "Correct it and `pulumi up`; restart it through Kafka-UI when the cause is gone.",
  },
  {
    name: "ChangeDataSourceDisconnected",
    expr: 'max by (server) (debezium_streaming_connected{job="kafka-connect"}) == 0',
    for: "10m",
    severity: "critical",
    summary: "No changes are read from PostgreSQL for {{ $labels.server }}",
    cause: "PostgreSQL is away, its login is refused, or the replication slot is gone.",
    check: "The log of the workers; `pg_replication_slots` on the primary.",
    cure: "Bring PostgreSQL back. The slot holds back the log up to `max_slot_wal_keep_size`: after that the tables must be read anew.",
  },
  {
    name: "ChangeDataSourceBehind",
    expr: 'max by (server) (debezium_streaming_millisecondsbehindsource{job="kafka-connect"}) > 300000',
    for: "10m",
    severity: "warning",
    summary: "Changes of {{ $labels.server }} reach Kafka {{ $value }} ms late",
    cause: "More is changed than one task reads, or Kafka takes it slowly.",
    check: "CPU of the workers; a single transaction of millions of rows passes by itself.",
    cure: "More CPU for kafka-connect in `datalyptica:sizes`.",
  },
];
