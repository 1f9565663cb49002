import { platform, prometheus } from "./platform";
import { type Case, n, pods, ratio, rising, type Series } from "./series";

/** When each alert must fire, and when it must not. */

const storage: Readonly<Record<string, Case>> = {
  PostgresqlPrimaryMissing: {
    fires: [pods("patroni_primary", "postgresql", [0, 0, 0]), pods("patroni_primary", "postgresql", [1, 1, 0])],
    silent: [pods("patroni_primary", "postgresql", [0, 1, 0])],
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

const ofJob = (metric: string, value: string): Series => ({
  [`flink_jobmanager_job_${metric}{job="flink", job_name="orders", pod="flink-jobmanager-0"}`]: value,
});

const flink: Readonly<Record<string, Case>> = {
  FlinkLeaderMissing: {
    fires: [{ 'up{job="flink"}': n(1) }],
    silent: [{ 'flink_jobmanager_numRegisteredTaskManagers{job="flink", pod="flink-jobmanager-1"}': n(0) }],
  },
  FlinkTaskManagersMissing: {
    fires: [pods("flink_jobmanager_numRegisteredTaskManagers", "flink", [2])],
    silent: [pods("flink_jobmanager_numRegisteredTaskManagers", "flink", [3])],
  },
  FlinkSlotsExhausted: {
    fires: [
      {
        ...pods("flink_jobmanager_taskSlotsAvailable", "flink", [0]),
        ...pods("flink_jobmanager_taskSlotsTotal", "flink", [12]),
      },
    ],
    // Without TaskManagers another alert speaks.
    silent: [
      {
        ...pods("flink_jobmanager_taskSlotsAvailable", "flink", [1]),
        ...pods("flink_jobmanager_taskSlotsTotal", "flink", [12]),
      },
      {
        ...pods("flink_jobmanager_taskSlotsAvailable", "flink", [0]),
        ...pods("flink_jobmanager_taskSlotsTotal", "flink", [0]),
      },
    ],
  },
  FlinkJobRestarts: {
    fires: [ofJob("numRestarts", "0+1x400")],
    // Three, long ago; and a new leader, which counts from nought.
    silent: [ofJob("numRestarts", n(3)), ofJob("numRestarts", "20x100 0x300")],
  },
  FlinkJobDown: {
    fires: [ofJob("restartingTime", rising(1000))],
    silent: [ofJob("restartingTime", n(0)), ofJob("restartingTime", n(60_000))],
  },
  FlinkCheckpointsFail: {
    fires: [ofJob("numberOfFailedCheckpoints", "0+1x400")],
    silent: [ofJob("numberOfFailedCheckpoints", n(2)), ofJob("numberOfFailedCheckpoints", "0+0.1x400")],
  },
  FlinkCheckpointTooOld: {
    fires: [ofJob("numberOfCompletedCheckpoints", n(7)), ofJob("numberOfCompletedCheckpoints", n(0))],
    // Checkpoints go on; a job that began five minutes ago; a new leader, which counts from nought.
    silent: [
      ofJob("numberOfCompletedCheckpoints", "0+1x400"),
      ofJob("numberOfCompletedCheckpoints", "_x115 0x285"),
      ofJob("numberOfCompletedCheckpoints", "0+1x110 0+1x290"),
    ],
  },
  FlinkBackPressure: {
    fires: [
      {
        'flink_taskmanager_job_task_backPressuredTimeMsPerSecond{job="flink", job_name="orders", task_name="a"}':
          n(900),
      },
    ],
    silent: [
      {
        'flink_taskmanager_job_task_backPressuredTimeMsPerSecond{job="flink", job_name="orders", task_name="a"}':
          n(500),
      },
    ],
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

export const cases: Readonly<Record<string, Case>> = {
  ...storage,
  ...control,
  ...data,
  ...flink,
  ...people,
  ...platform,
  ...prometheus,
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
