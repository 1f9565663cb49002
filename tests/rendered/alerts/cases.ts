import { airflow } from "./airflow";
import { flink } from "./flink";
import { alloy, loki } from "./logs";
import { notebooks } from "./notebooks";
import { platform, prometheus } from "./platform";
import { type Case, n, pods, ratio, rising, type Series } from "./series";
import { storage } from "./storage";
import { superset } from "./superset";
import { clickhouse, dbt, greatExpectations } from "./warehouse";

/** When each alert must fire, and when it must not. */

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

const driver = "metrics_connect_driver";
const executors = (gauge: string): string =>
  `${driver}_ExecutorAllocationManager_executors_${gauge}{job="spark-connect"}`;

const spark: Readonly<Record<string, Case>> = {
  SparkWithoutWorker: {
    fires: [{ 'metrics_master_aliveWorkers_Value{job="spark-master"}': n(0) }],
    silent: [{ 'metrics_master_aliveWorkers_Value{job="spark-master"}': n(1) }],
  },
  SparkWorkersMissing: {
    fires: [{ 'metrics_master_aliveWorkers_Value{job="spark-master"}': n(2) }],
    silent: [{ 'metrics_master_aliveWorkers_Value{job="spark-master"}': n(3) }],
  },
  SparkWorkWaits: {
    fires: [{ [executors("numberMaxNeededExecutors_Value")]: n(4), [executors("numberAllExecutors_Value")]: n(0) }],
    // Nothing to do, and as much as there are executors for.
    silent: [
      { [executors("numberMaxNeededExecutors_Value")]: n(0), [executors("numberAllExecutors_Value")]: n(0) },
      { [executors("numberMaxNeededExecutors_Value")]: n(4), [executors("numberAllExecutors_Value")]: n(1) },
    ],
  },
  SparkCoresExhausted: {
    fires: [pods("metrics_worker_coresFree_Value", "spark-worker", [0, 0, 0])],
    silent: [pods("metrics_worker_coresFree_Value", "spark-worker", [0, 0, 1])],
  },
  SparkExecutorsDie: {
    fires: [{ [executors("numberExecutorsExitedUnexpectedly_Count")]: rising(1 / 300) }],
    silent: [
      { [executors("numberExecutorsExitedUnexpectedly_Count")]: n(50) },
      { [executors("numberExecutorsExitedUnexpectedly_Count")]: rising(1 / 3600) },
    ],
  },
  SparkConnectMemoryNearLimit: {
    fires: [{ [`${driver}_jvm_heap_usage_Value{job="spark-connect"}`]: n(0.95) }],
    silent: [{ [`${driver}_jvm_heap_usage_Value{job="spark-connect"}`]: n(0.7) }],
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

const answered = (code: string): string =>
  `haproxy_backend_http_responses_total{job="mlflow-door", proxy="mlflow", code="${code}"}`;
const took = (le: string): string => `mlflow_http_request_duration_seconds_bucket{job="mlflow", le="${le}"}`;

const mlflow: Readonly<Record<string, Case>> = {
  MlflowErrors: {
    fires: [{ [answered("2xx")]: rising(9), [answered("5xx")]: rising(1) }],
    // What a client asks for that is not there is no error of MLflow's.
    silent: [{ [answered("2xx")]: rising(99), [answered("4xx")]: rising(50), [answered("5xx")]: rising(1) }],
  },
  MlflowSlow: {
    fires: [{ [took("5")]: rising(1), [took("10")]: rising(2), [took("+Inf")]: rising(2) }],
    silent: [{ [took("5")]: rising(2), [took("10")]: rising(2), [took("+Inf")]: rising(2) }],
  },
};

export const cases: Readonly<Record<string, Case>> = {
  ...storage,
  ...control,
  ...data,
  ...spark,
  ...flink,
  ...airflow,
  ...clickhouse,
  ...dbt,
  ...greatExpectations,
  ...mlflow,
  ...notebooks,
  ...superset,
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
