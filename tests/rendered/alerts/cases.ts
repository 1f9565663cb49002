/** When each alert must fire, and when it must not: series as promtool reads them, a value a minute from the start. */

/** Series -> values; `5x150` stays, `0+60x150` grows by one a second. They are looked at after two hours. */
export type Series = Readonly<Record<string, string>>;

export interface Case {
  readonly fires: readonly Series[];
  readonly silent: readonly Series[];
  /** When the test begins, for alerts on a date. Default 1970. */
  readonly start?: string;
  /** Another time for the silent cases. */
  readonly silentStart?: string;
  /** After how long it is looked. Default `2h`. */
  readonly at?: string;
}

const n = (value: number | string): string => `${value}x400`;
/** Grows by so much a second. */
const rising = (perSecond: number): string => `0+${60 * perSecond}x400`;

/** Gauges by pod: value of each of a workload's pods. */
const pods = (metric: string, job: string, values: readonly (number | string)[], labels = ""): Series =>
  Object.fromEntries(values.map((value, i) => [`${metric}{job="${job}", pod="${job}-${i}"${labels}}`, n(value)]));

const ratio = (metric: string, job: string, good: number, bad: number): Series => ({
  [`${metric}{job="${job}", status="200"}`]: rising(good),
  [`${metric}{job="${job}", status="503"}`]: rising(bad),
});

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

const container = '{namespace="s", pod="p", container="c"}';
const restarts = "kube_pod_container_status_restarts_total";
const claim = '{namespace="s", persistentvolumeclaim="data-p-0"}';
const volume = (available: string, capacity = n(100)): Series => ({
  [`kubelet_volume_stats_available_bytes${claim}`]: available,
  [`kubelet_volume_stats_capacity_bytes${claim}`]: capacity,
});
const job = (failed: number, active: number, succeeded: number): Series => ({
  'kube_job_status_failed{namespace="s", job_name="j", reason="BackoffLimitExceeded"}': n(failed),
  'kube_job_status_active{namespace="s", job_name="j"}': n(active),
  'kube_job_status_succeeded{namespace="s", job_name="j"}': n(succeeded),
});
const killed = (container: string, reason: string): Series => ({
  [`kube_pod_container_status_last_terminated_reason${container.replace("}", `, reason="${reason}"}`)}`]: n(1),
});

const platform: Readonly<Record<string, Case>> = {
  Watchdog: { fires: [{ 'up{job="any"}': n(1) }], silent: [] },
  TargetDown: { fires: [{ 'up{job="any", instance="a"}': n(0) }], silent: [{ 'up{job="any", instance="a"}': n(1) }] },
  RouteDown: {
    fires: [{ 'probe_success{job="routes", instance="https://a"}': n(0) }],
    silent: [{ 'probe_success{job="routes", instance="https://a"}': n(1) }],
  },
  RouteCertificateEnds: {
    fires: [{ 'probe_ssl_earliest_cert_expiry{job="routes"}': n(20 * 86_400) }],
    silent: [{ 'probe_ssl_earliest_cert_expiry{job="routes"}': n(30 * 86_400) }],
  },
  InternalCertificateEnds: {
    start: "2030-12-20T00:00:00Z",
    silentStart: "2030-12-01T00:00:00Z",
    fires: [{ 'up{job="any"}': n(1) }],
    silent: [{ 'up{job="any"}': n(1) }],
  },
  StatefulSetReplicasMissing: {
    fires: [
      {
        'kube_statefulset_status_replicas_ready{namespace="s", statefulset="a"}': n(2),
        'kube_statefulset_replicas{namespace="s", statefulset="a"}': n(3),
      },
    ],
    silent: [
      {
        'kube_statefulset_status_replicas_ready{namespace="s", statefulset="a"}': n(3),
        'kube_statefulset_replicas{namespace="s", statefulset="a"}': n(3),
      },
    ],
  },
  DeploymentReplicasMissing: {
    fires: [
      {
        'kube_deployment_status_replicas_available{namespace="s", deployment="a"}': n(0),
        'kube_deployment_spec_replicas{namespace="s", deployment="a"}': n(1),
      },
    ],
    silent: [
      {
        'kube_deployment_status_replicas_available{namespace="s", deployment="a"}': n(1),
        'kube_deployment_spec_replicas{namespace="s", deployment="a"}': n(1),
      },
    ],
  },
  PodCrashLooping: {
    // It runs for a moment between two ends.
    fires: [
      { 'kube_pod_container_status_waiting_reason{pod="p", reason="CrashLoopBackOff"}': "1 1 _ 1 1 1 _x1 1x200" },
    ],
    silent: [{ 'kube_pod_container_status_waiting_reason{pod="p", reason="ContainerCreating"}': n(1) }],
  },
  PodNotScheduled: {
    fires: [{ 'kube_pod_status_phase{namespace="s", pod="p", phase="Pending"}': n(1) }],
    silent: [{ 'kube_pod_status_phase{namespace="s", pod="p", phase="Pending"}': n(0) }],
  },
  ContainerOutOfMemory: {
    fires: [{ [restarts + container]: "0x115 1x200", ...killed(container, "OOMKilled") }],
    silent: [
      { [restarts + container]: "0x115 1x200", ...killed(container, "Error") },
      { [restarts + container]: n(1), ...killed(container, "OOMKilled") },
    ],
  },
  JobFailed: { fires: [job(6, 0, 0)], silent: [job(1, 1, 0), job(1, 0, 1)] },
  JvmHeapHigh: {
    fires: [
      {
        'jvm_memory_used_bytes{namespace="s", job="j", pod="p", area="heap"}': n(95),
        'jvm_memory_max_bytes{namespace="s", job="j", pod="p", area="heap"}': n(100),
      },
    ],
    // A pool without maximum says -1.
    silent: [
      {
        'jvm_memory_used_bytes{namespace="s", job="j", pod="p", area="heap", id="old"}': n(50),
        'jvm_memory_max_bytes{namespace="s", job="j", pod="p", area="heap", id="old"}': n(100),
        'jvm_memory_max_bytes{namespace="s", job="j", pod="p", area="heap", id="eden"}': n(-1),
      },
    ],
  },
  VolumeFillingUp: { fires: [volume(n(10))], silent: [volume(n(20))] },
  VolumeNearlyFull: { fires: [volume(n(4))], silent: [volume(n(10))] },
  VolumeFullInFourDays: {
    at: "5h",
    fires: [volume("39-0.01x400")],
    silent: [volume("39x400"), volume("90-0.01x400")],
  },
  VolumeInodesLow: {
    fires: [{ [`kubelet_volume_stats_inodes_free${claim}`]: n(5), [`kubelet_volume_stats_inodes${claim}`]: n(100) }],
    // Some file systems have no number of them.
    silent: [
      { [`kubelet_volume_stats_inodes_free${claim}`]: n(50), [`kubelet_volume_stats_inodes${claim}`]: n(100) },
      { [`kubelet_volume_stats_inodes_free${claim}`]: n(0), [`kubelet_volume_stats_inodes${claim}`]: n(0) },
    ],
  },
  VolumeMetricsMissing: { fires: [{ 'up{job="any"}': n(1) }], silent: [volume(n(50))] },
  ContainerMemoryNearLimit: {
    fires: [
      {
        [`container_memory_working_set_bytes${container}`]: n(95),
        [`kube_pod_container_resource_limits${container.replace("}", ', resource="memory"}')}`]: n(100),
      },
    ],
    silent: [
      {
        [`container_memory_working_set_bytes${container}`]: n(80),
        [`kube_pod_container_resource_limits${container.replace("}", ', resource="memory"}')}`]: n(100),
      },
    ],
  },
};

const thanos = '{job="thanos", namespace="s", pod="prometheus-0", component="server"}';
const uploads = (uploaded: number, started: number): Series => ({
  [`thanos_objstore_bucket_last_successful_upload_time${thanos}`]: n(uploaded),
  [`process_start_time_seconds${thanos}`]: n(started),
  [`up${thanos}`]: n(1),
});

const prometheus: Readonly<Record<string, Case>> = {
  PrometheusConfigurationRefused: {
    fires: [pods("prometheus_config_last_reload_successful", "prometheus", [0])],
    silent: [pods("prometheus_config_last_reload_successful", "prometheus", [1])],
  },
  PrometheusRulesFail: {
    fires: [{ 'prometheus_rule_evaluation_failures_total{job="prometheus"}': rising(0.1) }],
    silent: [{ 'prometheus_rule_evaluation_failures_total{job="prometheus"}': n(7) }],
  },
  PrometheusCannotAlert: {
    fires: [
      {
        'prometheus_notifications_errors_total{job="prometheus", alertmanager="a"}': rising(0.2),
        'prometheus_notifications_sent_total{job="prometheus", alertmanager="a"}': rising(1),
      },
    ],
    silent: [
      {
        'prometheus_notifications_errors_total{job="prometheus", alertmanager="a"}': rising(0.05),
        'prometheus_notifications_sent_total{job="prometheus", alertmanager="a"}': rising(1),
      },
    ],
  },
  PrometheusSamplesDropped: {
    fires: [{ 'prometheus_target_scrapes_exceeded_sample_limit_total{job="prometheus"}': rising(0.1) }],
    silent: [{ 'prometheus_target_scrapes_exceeded_sample_limit_total{job="prometheus"}': n(3) }],
  },
  ThanosSidecarCannotAskPrometheus: {
    fires: [{ [`thanos_sidecar_prometheus_up${thanos}`]: n(0) }],
    silent: [{ [`thanos_sidecar_prometheus_up${thanos}`]: n(1) }],
  },
  ThanosUploadStale: {
    at: "6h",
    fires: [uploads(1000, 0), uploads(0, 0)],
    // Just started, or brought something an hour ago.
    silent: [uploads(0, 5 * 3600), uploads(5 * 3600, 0)],
  },
  ThanosCompactorHalted: {
    fires: [{ 'thanos_compact_halted{job="thanos"}': n(1) }],
    silent: [{ 'thanos_compact_halted{job="thanos"}': n(0) }],
  },
};

export const cases: Readonly<Record<string, Case>> = {
  ...storage,
  ...control,
  ...data,
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
