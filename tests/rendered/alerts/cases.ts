import { flink } from "./flink";
import { alloy, loki } from "./logs";
import { platform, prometheus } from "./platform";
import { type Case, n, pods, ratio, rising, type Series } from "./series";

/** When each alert must fire, and when it must not. */

/** PostgreSQL's members: which call themselves primary, and on which PostgreSQL runs. */
const primaries = (primary: readonly number[], running: readonly number[]): Series => ({
  ...pods("patroni_primary", "postgresql", primary),
  ...pods("patroni_postgres_running", "postgresql", running),
});
/** Of the exporter beside `postgresql-0`. */
const exporter = (metric: string, value: number | string, labels = ""): Series => ({
  [`${metric}{job="postgres-exporter", pod="postgresql-0"${labels}}`]: typeof value === "number" ? n(value) : value,
});
const collector = (name: string, success: number): Series =>
  exporter("pg_scrape_collector_success", success, `, collector="${name}"`);
/** 50 in one database, the rest in another, of 500. */
const connections = (all: number): Series => ({
  ...exporter("pg_stat_database_numbackends", 50, ', datname="postgres"'),
  ...exporter("pg_stat_database_numbackends", all - 50, ', datname="keycloak"'),
  // As 0.17 tells it.
  ...exporter("pg_settings_max_connections", 500, ', server="localhost:5432"'),
});
const limit = (bytes: number): Series => exporter("pg_settings_max_slot_wal_keep_size_bytes", bytes);
/** A slot that holds back so much of 1000. @param database absent for slots of standbys */
const slot = (name: string, held: number, database = ""): Series => ({
  ...exporter("pg_replication_slots_pg_wal_lsn_diff", held, `, slot_name="${name}", database="${database}"`),
  ...limit(1000),
  ...pods("patroni_primary", "postgresql", [1, 0]),
});
const active = (database = ""): string =>
  `pg_replication_slots_active{job="postgres-exporter", pod="postgresql-0", slot_name="s", database="${database}"}`;

const storage: Readonly<Record<string, Case>> = {
  PostgresqlPrimaryMissing: {
    fires: [
      primaries([0, 0, 0], [1, 1, 1]),
      primaries([1, 1, 0], [1, 1, 1]),
      // Paused, and PostgreSQL has stopped on the primary.
      primaries([0, 1, 0], [1, 0, 1]),
    ],
    silent: [primaries([0, 1, 0], [1, 1, 1]), primaries([0, 1, 0], [0, 1, 1])],
  },
  PostgresqlFailoverPaused: {
    fires: [pods("patroni_is_paused", "postgresql", [1, 1, 1])],
    silent: [pods("patroni_is_paused", "postgresql", [0, 0, 0])],
  },
  PostgresqlMemberDown: {
    fires: [pods("patroni_postgres_running", "postgresql", [1, 0, 1])],
    silent: [pods("patroni_postgres_running", "postgresql", [1, 1, 1])],
  },
  PostgresqlReplicaNotStreaming: {
    fires: [
      { ...pods("patroni_replica", "postgresql", [0, 1]), ...pods("patroni_postgres_streaming", "postgresql", [0, 0]) },
    ],
    silent: [
      { ...pods("patroni_replica", "postgresql", [0, 1]), ...pods("patroni_postgres_streaming", "postgresql", [0, 1]) },
    ],
  },
  PostgresqlReplicaBehind: {
    fires: [
      {
        ...pods("patroni_xlog_location", "postgresql", [1e9, 0]),
        ...pods("patroni_xlog_replayed_location", "postgresql", [0, 5e8]),
        ...pods("patroni_replica", "postgresql", [0, 1]),
      },
    ],
    // The primary itself replays nothing.
    silent: [
      {
        ...pods("patroni_xlog_location", "postgresql", [1e9, 0]),
        ...pods("patroni_xlog_replayed_location", "postgresql", [0, 9e8]),
        ...pods("patroni_replica", "postgresql", [0, 1]),
      },
    ],
  },
  PostgresqlConnectionsHigh: {
    fires: [connections(450)],
    silent: [connections(350)],
  },
  PostgresqlSlotAtRisk: {
    fires: [slot("debezium_shop", 600, "shop")],
    silent: [
      slot("debezium_shop", 400, "shop"),
      // Of a standby, which has the archive as well; on a standby; without a limit nothing is lost.
      slot("postgresql_1", 600),
      { ...slot("debezium_shop", 600, "shop"), ...pods("patroni_primary", "postgresql", [0, 1]) },
      { ...slot("debezium_shop", 600, "shop"), ...limit(-1) },
    ],
  },
  PostgresqlSlotUnread: {
    fires: [{ [active("shop")]: n(0), ...pods("patroni_primary", "postgresql", [1, 0]) }],
    silent: [
      { [active("shop")]: n(1), ...pods("patroni_primary", "postgresql", [1, 0]) },
      { [active("shop")]: n(0), ...pods("patroni_primary", "postgresql", [0, 1]) },
      { [active()]: n(0), ...pods("patroni_primary", "postgresql", [1, 0]) },
    ],
  },
  PostgresqlNotMeasured: {
    fires: [
      // It cannot log in; one of what it asks for fails.
      exporter("up", 1),
      { ...exporter("up", 1), ...collector("settings", 1), ...collector("stat_database", 0) },
    ],
    // One that does not answer at all is TargetDown's.
    silent: [{ ...exporter("up", 1), ...collector("settings", 1) }, exporter("up", 0)],
  },
  PostgresqlArchiveFailing: {
    fires: [
      { ...exporter("pg_stat_archiver_failed_count", rising(0.1)), ...exporter("pg_stat_archiver_archived_count", 9) },
    ],
    silent: [
      // Once, and then it went.
      {
        ...exporter("pg_stat_archiver_failed_count", rising(0.01)),
        ...exporter("pg_stat_archiver_archived_count", rising(0.01)),
      },
      // Nothing is written.
      { ...exporter("pg_stat_archiver_failed_count", 3), ...exporter("pg_stat_archiver_archived_count", 9) },
    ],
  },
  PostgresqlBackupTooOld: {
    start: "1970-01-03T00:00:00Z",
    fires: [{ 'kube_cronjob_status_last_successful_time{namespace="s", cronjob="postgresql-backup"}': n(0) }],
    silent: [{ 'kube_cronjob_status_last_successful_time{namespace="s", cronjob="postgresql-backup"}': n(160_000) }],
  },
  MinioUnhealthy: {
    fires: [{ 'minio_cluster_health_status{job="minio"}': n(0) }],
    silent: [{ 'minio_cluster_health_status{job="minio"}': n(1) }],
  },
  MinioNearlyFull: {
    fires: [
      {
        'minio_cluster_capacity_usable_free_bytes{job="minio"}': n(10),
        'minio_cluster_capacity_usable_total_bytes{job="minio"}': n(100),
      },
    ],
    silent: [
      {
        'minio_cluster_capacity_usable_free_bytes{job="minio"}': n(20),
        'minio_cluster_capacity_usable_total_bytes{job="minio"}': n(100),
      },
    ],
  },
  MinioErrors: {
    fires: [{ 'minio_s3_requests_5xx_errors_total{job="minio-node"}': rising(2) }],
    silent: [{ 'minio_s3_requests_5xx_errors_total{job="minio-node"}': rising(0.5) }],
  },
  MinioDriveOffline: {
    fires: [
      { 'minio_cluster_drive_offline_total{job="minio"}': n(1) },
      {
        'minio_cluster_drive_offline_total{job="minio"}': n(0),
        'minio_cluster_nodes_offline_total{job="minio"}': n(1),
      },
    ],
    silent: [
      {
        'minio_cluster_drive_offline_total{job="minio"}': n(0),
        'minio_cluster_nodes_offline_total{job="minio"}': n(0),
      },
    ],
  },
};

/** A group that lacks so much of a topic. @param offset what it has committed */
const consumer = (lag: number, offset: string, pod = "exporter-0"): Series => {
  const labels = `{job="kafka-exporter", pod="${pod}", consumergroup="g", topic="t"}`;
  return {
    [`kafka_consumergroup_lag_sum${labels}`]: n(lag),
    [`kafka_consumergroup_current_offset_sum${labels}`]: offset,
  };
};

const control: Readonly<Record<string, Case>> = {
  KafkaControllerMissing: {
    fires: [pods("kafka_controller_kafkacontroller_activecontrollercount", "kafka", [0, 0, 0])],
    silent: [pods("kafka_controller_kafkacontroller_activecontrollercount", "kafka", [0, 1, 0])],
  },
  KafkaPartitionsOffline: {
    fires: [pods("kafka_controller_kafkacontroller_offlinepartitionscount", "kafka", [0, 3])],
    silent: [pods("kafka_controller_kafkacontroller_offlinepartitionscount", "kafka", [0, 0])],
  },
  KafkaPartitionsUnderMinimum: {
    fires: [pods("kafka_server_replicamanager_underminisrpartitioncount", "kafka", [0, 1])],
    silent: [pods("kafka_server_replicamanager_underminisrpartitioncount", "kafka", [0, 0])],
  },
  KafkaPartitionsUnderReplicated: {
    fires: [pods("kafka_server_replicamanager_underreplicatedpartitions", "kafka", [0, 1])],
    silent: [pods("kafka_server_replicamanager_underreplicatedpartitions", "kafka", [0, 0])],
  },
  KafkaLogDirectoryOffline: {
    fires: [pods("kafka_log_logmanager_offlinelogdirectorycount", "kafka", [1])],
    silent: [pods("kafka_log_logmanager_offlinelogdirectorycount", "kafka", [0])],
  },
  KafkaConsumerStands: {
    fires: [consumer(500, n(9000)), { ...consumer(500, n(9000)), ...consumer(500, n(9000), "exporter-before") }],
    silent: [
      // Nothing waits but marks of transactions; it reads; it was set back.
      consumer(50, n(9000)),
      consumer(500, rising(1)),
      consumer(500, "9000x110 4000x300"),
    ],
  },
  KafkaConsumerBehind: {
    fires: [consumer(4000, rising(2))],
    silent: [
      consumer(3000, rising(2)),
      // Marks of transactions in a topic where little happens; one that stands is the other alert's.
      consumer(50, rising(0.01)),
      consumer(4000, n(9000)),
    ],
  },
  SchemaRegistryLeaderMissing: {
    fires: [
      pods("kafka_schema_registry_master_slave_role", "schema-registry", [0, 0, 0]),
      pods("kafka_schema_registry_master_slave_role", "schema-registry", [1, 1, 0]),
    ],
    silent: [pods("kafka_schema_registry_master_slave_role", "schema-registry", [0, 0, 1])],
  },
  SchemaRegistryInstanceMissing: {
    fires: [pods("kafka_schema_registry_node_count", "schema-registry", [3, 2, 3])],
    silent: [pods("kafka_schema_registry_node_count", "schema-registry", [3, 3, 3])],
  },
  KafkaConnectTaskFailed: {
    fires: [{ 'kafka_connect_worker_connector_failed_task_count{job="kafka-connect", connector="c"}': n(1) }],
    silent: [{ 'kafka_connect_worker_connector_failed_task_count{job="kafka-connect", connector="c"}': n(0) }],
  },
  KafkaConnectConnectorFailed: {
    fires: [{ 'kafka_connect_connector_status{job="kafka-connect", connector="c", status="failed"}': n(1) }],
    silent: [{ 'kafka_connect_connector_status{job="kafka-connect", connector="c", status="running"}': n(1) }],
  },
  ChangeDataSourceDisconnected: {
    fires: [{ 'debezium_streaming_connected{job="kafka-connect", server="s"}': n(0) }],
    silent: [{ 'debezium_streaming_connected{job="kafka-connect", server="s"}': n(1) }],
  },
  ChangeDataSourceBehind: {
    fires: [{ 'debezium_streaming_millisecondsbehindsource{job="kafka-connect", server="s"}': n(400_000) }],
    silent: [{ 'debezium_streaming_millisecondsbehindsource{job="kafka-connect", server="s"}': n(2000) }],
  },
};

const bucket = (le: string): string => `nessie_versionstore_request_seconds_bucket{job="nessie", le="${le}"}`;

const data: Readonly<Record<string, Case>> = {
  NessieErrors: {
    fires: [ratio("http_server_requests_seconds_count", "nessie", 9, 1)],
    silent: [ratio("http_server_requests_seconds_count", "nessie", 100, 1)],
  },
  NessieSlow: {
    fires: [{ [bucket("1")]: rising(1), [bucket("5")]: rising(2), [bucket("+Inf")]: rising(2) }],
    silent: [{ [bucket("1")]: rising(2), [bucket("5")]: rising(2), [bucket("+Inf")]: rising(2) }],
  },
  TrinoQueriesQueue: {
    fires: [{ 'trino_execution_name_QueryManager_QueuedQueries{job="trino", component="coordinator"}': n(60) }],
    silent: [{ 'trino_execution_name_QueryManager_QueuedQueries{job="trino", component="coordinator"}': n(40) }],
  },
  TrinoMemoryExhausted: {
    fires: [
      {
        'trino_memory_type_ClusterMemoryPool_name_general_FreeDistributedBytes{job="trino", component="coordinator"}':
          n(0),
      },
    ],
    silent: [
      {
        'trino_memory_type_ClusterMemoryPool_name_general_FreeDistributedBytes{job="trino", component="coordinator"}':
          n(1),
      },
    ],
  },
  TrinoWorkersMissing: {
    fires: [
      pods("up", "trino", [1, 0, 1], ', component="worker"'),
      pods("up", "trino", [0, 0, 0], ', component="worker"'),
      pods("up", "trino", [1], ', component="coordinator"'),
    ],
    silent: [pods("up", "trino", [1, 1, 1], ', component="worker"')],
  },
};

const redis: Readonly<Record<string, Case>> = {
  RedisDown: {
    fires: [pods("redis_up", "redis", [1, 0, 1]), pods("redis_up", "redis-sentinel", [1, 1, 0])],
    silent: [{ ...pods("redis_up", "redis", [1, 1, 1]), ...pods("redis_up", "redis-sentinel", [1, 1, 1]) }],
  },
  RedisMemoryHigh: {
    fires: [{ ...pods("redis_memory_used_bytes", "redis", [95]), ...pods("redis_memory_max_bytes", "redis", [100]) }],
    silent: [
      { ...pods("redis_memory_used_bytes", "redis", [85]), ...pods("redis_memory_max_bytes", "redis", [100]) },
      { ...pods("redis_memory_used_bytes", "redis", [85]), ...pods("redis_memory_max_bytes", "redis", [0]) },
    ],
  },
  RedisConnectionsRejected: {
    fires: [{ 'redis_rejected_connections_total{job="redis"}': rising(0.1) }],
    silent: [{ 'redis_rejected_connections_total{job="redis"}': n(7) }],
  },
  RedisCannotSave: {
    fires: [
      pods("redis_rdb_last_bgsave_status", "redis", [0]),
      pods("redis_aof_last_write_status", "redis", [0]),
      pods("redis_aof_last_bgrewrite_status", "redis", [0]),
    ],
    silent: [
      {
        ...pods("redis_rdb_last_bgsave_status", "redis", [1]),
        ...pods("redis_aof_last_write_status", "redis", [1]),
        ...pods("redis_aof_last_bgrewrite_status", "redis", [1]),
      },
    ],
  },
  RedisMasterMissing: {
    fires: [
      pods("redis_instance_info", "redis", [1, 1], ', role="slave"'),
      pods("redis_instance_info", "redis", [1, 1], ', role="master"'),
    ],
    silent: [
      {
        ...pods("redis_instance_info", "redis", [1], ', role="master"'),
        'redis_instance_info{job="redis", pod="redis-1", role="slave"}': n(1),
      },
    ],
  },
  RedisReplicasMissing: {
    fires: [pods("redis_connected_slaves", "redis", [0, 1])],
    silent: [pods("redis_connected_slaves", "redis", [0, 2, 0])],
  },
  RedisWritesRefused: {
    fires: [pods("redis_connected_slaves", "redis", [0, 0])],
    silent: [pods("redis_connected_slaves", "redis", [0, 1])],
  },
  RedisSentinelWithoutQuorum: {
    fires: [pods("redis_sentinel_master_ckquorum_status", "redis-sentinel", [0, 0])],
    silent: [pods("redis_sentinel_master_ckquorum_status", "redis-sentinel", [1, 0, 1])],
  },
};

const people: Readonly<Record<string, Case>> = {
  KeycloakErrors: {
    fires: [ratio("http_server_requests_seconds_count", "keycloak", 10, 1)],
    silent: [ratio("http_server_requests_seconds_count", "keycloak", 10, 0.1)],
  },
  KeycloakConnectionsExhausted: {
    fires: [pods("agroal_awaiting_count", "keycloak", [0, 4])],
    silent: [pods("agroal_awaiting_count", "keycloak", [0, 0])],
  },
  KeycloakClusterSplit: {
    fires: [pods("vendor_cluster_size", "keycloak", [1, 1])],
    silent: [pods("vendor_cluster_size", "keycloak", [2, 2])],
  },
  KafkaUiErrors: {
    fires: [ratio("http_server_requests_seconds_count", "kafka-ui", 1, 1)],
    silent: [ratio("http_server_requests_seconds_count", "kafka-ui", 1, 0.1)],
  },
  AlertmanagerNotificationsFail: {
    fires: [{ 'alertmanager_notifications_failed_total{job="alertmanager", integration="webhook"}': rising(0.1) }],
    silent: [{ 'alertmanager_notifications_failed_total{job="alertmanager", integration="webhook"}': n(3) }],
  },
  AlertmanagerConfigurationRefused: {
    fires: [pods("alertmanager_config_last_reload_successful", "alertmanager", [0])],
    silent: [pods("alertmanager_config_last_reload_successful", "alertmanager", [1])],
  },
  AlertmanagerClusterSplit: {
    fires: [pods("alertmanager_cluster_members", "alertmanager", [2, 2, 1])],
    silent: [pods("alertmanager_cluster_members", "alertmanager", [3, 3, 3])],
  },
};

const asked = (le: string): string =>
  `grafana_datasource_request_duration_seconds_bucket{job="grafana", datasource="prometheus", le="${le}"}`;

const grafana: Readonly<Record<string, Case>> = {
  GrafanaErrors: {
    fires: [answers(9, 1)],
    silent: [answers(100, 1)],
  },
  GrafanaQueriesSlow: {
    fires: [{ [asked("10")]: rising(1), [asked("25")]: rising(2), [asked("+Inf")]: rising(2) }],
    silent: [{ [asked("10")]: rising(2), [asked("25")]: rising(2), [asked("+Inf")]: rising(2) }],
  },
};

function answers(good: number, bad: number): Series {
  const count = (status: number) =>
    `grafana_http_request_duration_seconds_count{job="grafana", status_code="${status}"}`;
  return { [count(200)]: rising(good), [count(500)]: rising(bad) };
}

export const cases: Readonly<Record<string, Case>> = {
  ...storage,
  ...control,
  ...data,
  ...flink,
  ...redis,
  ...people,
  ...grafana,
  ...platform,
  ...prometheus,
  ...loki,
  ...alloy,
};

/** Of alerts that are made for each job. */
export const jobCases: Readonly<Record<string, (job: string) => Case>> = {
  ServiceDown: (name) => ({
    fires: [pods("up", name, [0, 0])],
    silent: [pods("up", name, [0, 1])],
  }),
  JobHasNoTargets: (name) => ({
    fires: [{ 'up{job="another"}': n(1) }],
    silent: [pods("up", name, [0])],
  }),
};

/** Its silence is the alarm. */
export const neverSilent: readonly string[] = ["Watchdog"];
