/**
 * Keys of Loki v3.7.6 that the platform uses: from `docs/sources/shared/configuration.md` of grafana/loki, tag v3.7.6,
 * with the type that it states. Keys of blocks that stand there once for many places (`<grpc_client>`, `<tls_config>`)
 * are given for each place.
 */

type Type = "boolean" | "int" | "float" | "duration" | "string" | "list of strings" | "daytime";
type Keys = Readonly<Record<string, Type>>;

const below = (path: string, keys: Keys): Keys =>
  Object.fromEntries(Object.entries(keys).map(([key, type]) => [`${path}.${key}`, type]));

/** `<tls_config>` of a client, and the switch in front of it that `<grpc_client>` and `memberlist` have. */
const client: Keys = {
  tls_enabled: "boolean",
  tls_ca_path: "string",
  tls_cert_path: "string",
  tls_key_path: "string",
  tls_server_name: "string",
};
const serverTls: Keys = {
  cert_file: "string",
  key_file: "string",
  client_auth_type: "string",
  client_ca_file: "string",
};

/** Where one process calls another by gRPC, by the whole path of the settings for it. */
export const grpcClients: readonly string[] = [
  "ingester_client.grpc_client_config",
  "pattern_ingester.client_config.grpc_client_config",
  "frontend.grpc_client_config",
  "frontend_worker.query_frontend_grpc_client",
  "frontend_worker.query_scheduler_grpc_client",
  "query_scheduler.grpc_client_config",
  "compactor_grpc_client",
  "ruler.ruler_client",
  "storage_config.tsdb_shipper.index_gateway_client.grpc_client_config",
];

export const lokiReference: Keys = {
  auth_enabled: "boolean",
  "analytics.reporting_enabled": "boolean",
  ...below("server", {
    http_listen_port: "int",
    grpc_listen_port: "int",
    http_server_read_timeout: "duration",
    http_server_write_timeout: "duration",
    grpc_server_max_recv_msg_size: "int",
    grpc_server_max_send_msg_size: "int",
    log_format: "string",
    log_level: "string",
    ...below("http_tls_config", serverTls),
    ...below("grpc_tls_config", serverTls),
  }),
  ...below("common", {
    path_prefix: "string",
    replication_factor: "int",
    instance_addr: "string",
    compactor_grpc_address: "string",
    "ring.kvstore.store": "string",
  }),
  ...below("memberlist", {
    bind_port: "int",
    cluster_label: "string",
    join_members: "list of strings",
    rejoin_interval: "duration",
    ...client,
  }),
  "index_gateway.mode": "string",
  "pattern_ingester.enabled": "boolean",
  ...Object.assign({}, ...grpcClients.map((path) => below(path, client))),
  ...below("schema_config.configs.[]", {
    from: "daytime",
    store: "string",
    object_store: "string",
    schema: "string",
    "index.prefix": "string",
    "index.period": "duration",
  }),
  "storage_config.use_thanos_objstore": "boolean",
  ...below("storage_config.object_store.s3", {
    endpoint: "string",
    region: "string",
    bucket_name: "string",
    access_key_id: "string",
    secret_access_key: "string",
    // Stated as a number there, with the words auto, path and virtual-hosted for values.
    bucket_lookup_type: "string",
    "http.tls_ca_path": "string",
  }),
  ...below("ingester", {
    chunk_encoding: "string",
    chunk_idle_period: "duration",
    "wal.replay_memory_ceiling": "int",
    "wal.flush_on_shutdown": "boolean",
  }),
  ...below("compactor", { retention_enabled: "boolean", delete_request_store: "string" }),
  ...below("ruler_storage", { backend: "string", "local.directory": "string" }),
  ...below("ruler", {
    enable_sharding: "boolean",
    alertmanager_url: "string",
    "alertmanager_client.tls_ca_path": "string",
    // A map of any labels, and Prometheus' own relabelling.
    "external_labels.cluster": "string",
    "alert_relabel_configs.[].source_labels": "list of strings",
    "alert_relabel_configs.[].separator": "string",
    "alert_relabel_configs.[].regex": "string",
    "alert_relabel_configs.[].target_label": "string",
  }),
  "query_range.cache_results": "boolean",
  "query_range.results_cache.cache.embedded_cache.enabled": "boolean",
  "query_range.results_cache.cache.embedded_cache.max_size_mb": "int",
  ...below("limits_config", {
    retention_period: "duration",
    reject_old_samples_max_age: "duration",
    ingestion_rate_mb: "float",
    ingestion_burst_size_mb: "float",
    per_stream_rate_limit: "int",
    per_stream_rate_limit_burst: "int",
    max_global_streams_per_user: "int",
    max_line_size_truncate: "boolean",
    query_timeout: "duration",
  }),
};

const fits: Readonly<Record<Type, (value: unknown) => boolean>> = {
  boolean: (value) => typeof value === "boolean",
  int: (value) => Number.isInteger(value) || /^\d+([KMGTPE]?B)?$/.test(String(value)),
  float: (value) => typeof value === "number",
  duration: (value) => /^(\d+(ms|s|m|h))+$/.test(String(value)),
  string: (value) => typeof value === "string" && value !== "",
  "list of strings": (value) => Array.isArray(value) && value.every((item) => typeof item === "string"),
  daytime: (value) => /^\d{4}-\d{2}-\d{2}$/.test(String(value)),
};

/** What of a configuration its reference does not know, or knows to be something else. */
export function unknownToLoki(value: unknown, path: readonly string[] = []): string[] {
  const key = path.join(".");
  const type = lokiReference[key];
  if (type) return fits[type](value) ? [] : [`${key} is ${JSON.stringify(value)}, which is no ${type}`];
  if (Array.isArray(value)) return value.flatMap((item) => unknownToLoki(item, [...path, "[]"]));
  if (typeof value !== "object" || value === null) return [`there is no ${key}`];
  return Object.entries(value).flatMap(([name, inner]) => unknownToLoki(inner, [...path, name]));
}
