import { layerOfNamespace } from "../../core/alerts";
import { authorityFile } from "../../core/certificates";
import { yamlText } from "../../core/formats";
import { clusterName, type Mode, serviceHost } from "../../core/names";
import type { Size } from "../../core/profiles";
import { mebibytes } from "../../core/quantities";
import type { Bucket } from "../../storage/minio";

/** Loki's one configuration file, the same for all its processes: what each does, its arguments say. */

export const ports = { http: 3100, grpc: 9095, gossip: 7946 };
export const configDirectory = "/etc/loki-config";
export const configFile = `${configDirectory}/loki.yaml`;
/** Alerts, below it in a folder for the tenant: who knows of no tenants is the tenant `fake`. */
export const rulesDirectory = "/etc/loki-rules";
export const tenantRulesDirectory = `${rulesDirectory}/fake`;
export const tlsDirectory = "/etc/tls";
export const dataDirectory = "/var/loki";
/** Headless Service of all processes, by which they find each other. */
export const memberlist = "loki-memberlist";
export const compactor = "loki-compactor";
/** The name that the certificate of all has: they reach each other by addresses. */
export const serverName = "loki";

/** Lines that are older are refused. */
export const oldestHours = 168;
const retentionHours = 336;

const certificate = { cert: `${tlsDirectory}/tls.crt`, key: `${tlsDirectory}/tls.key` };
const server = { cert_file: certificate.cert, key_file: certificate.key };
const verified = { tls_enabled: true, tls_ca_path: authorityFile, tls_server_name: serverName };
/** How one process calls another. Each kind of call has its own settings, and none has a default in common. */
const client = { grpc_client_config: verified };
const largestMessage = 100 * 2 ** 20;

export interface Wired {
  readonly prefix: string;
  readonly mode: Mode;
  readonly namespace: string;
  /** Whether there are several processes. */
  readonly clustered: boolean;
  /** Of the process that takes lines, and of the one that answers queries. */
  readonly writer: Size;
  readonly reader: Size;
  readonly bucket: Bucket;
  /** `host:port` of each Alertmanager. */
  readonly alertmanagers: readonly string[];
}

export const lokiConfig = (of: Wired): string =>
  yamlText({
    // Who reaches the port is who may ask: NetworkPolicies decide.
    auth_enabled: false,
    server: {
      http_listen_port: ports.http,
      grpc_listen_port: ports.grpc,
      http_tls_config: server,
      grpc_tls_config: server,
      // Longer than a query may take.
      http_server_read_timeout: "310s",
      http_server_write_timeout: "310s",
      grpc_server_max_recv_msg_size: largestMessage,
      grpc_server_max_send_msg_size: largestMessage,
      log_format: "json",
    },
    common: {
      path_prefix: dataDirectory,
      // For the rings, and for the query frontend, which tells queriers where to bring results.
      instance_addr: "${POD_IP}",
      replication_factor: of.clustered ? 3 : 1,
      ring: { kvstore: { store: of.clustered ? "memberlist" : "inmemory" } },
      ...(of.clustered ? { compactor_grpc_address: `${serviceHost(compactor, of.namespace)}:${ports.grpc}` } : {}),
    },
    ...(of.clustered ? { memberlist: gossip(of), index_gateway: { mode: "ring" } } : {}),
    ...clients,
    schema_config: {
      configs: [
        // Never changed: what was written is read by it. Another schema is another period, from a day to come.
        {
          from: "2024-04-01",
          store: "tsdb",
          object_store: "s3",
          schema: "v13",
          index: { prefix: "loki_index_", period: "24h" },
        },
      ],
    },
    storage_config: {
      // The default of the next major version; the older clients go.
      use_thanos_objstore: true,
      object_store: { s3: objectStore(of.bucket) },
      tsdb_shipper: { index_gateway_client: client },
    },
    ingester: {
      chunk_encoding: "snappy",
      chunk_idle_period: "1h",
      wal: {
        // Past it, what was read back goes to the bucket before more is read.
        replay_memory_ceiling: `${mebibytes(of.writer.memory, 1 / 3)}MB`,
        // A single process has no others that hold copies while it is away.
        flush_on_shutdown: !of.clustered,
      },
    },
    compactor: { retention_enabled: true, delete_request_store: "s3" },
    ruler_storage: { backend: "local", local: { directory: rulesDirectory } },
    ruler: ruler(of),
    query_range: {
      cache_results: true,
      results_cache: { cache: { embedded_cache: { enabled: true, max_size_mb: mebibytes(of.reader.memory, 0.1) } } },
    },
    limits_config: limits,
    analytics: { reporting_enabled: false },
  });

const clients = {
  ingester_client: client,
  pattern_ingester: { enabled: true, client_config: client },
  frontend: client,
  frontend_worker: { query_frontend_grpc_client: verified, query_scheduler_grpc_client: verified },
  query_scheduler: client,
  compactor_grpc_client: verified,
};

const gossip = ({ prefix, namespace }: Wired) => ({
  bind_port: ports.gossip,
  // Two stacks of one cluster never become one.
  cluster_label: `${prefix}-loki`,
  join_members: [`dns+${serviceHost(memberlist, namespace)}:${ports.gossip}`],
  rejoin_interval: "1m",
  tls_cert_path: certificate.cert,
  tls_key_path: certificate.key,
  ...verified,
});

const objectStore = ({ endpoint, bucket, region }: Bucket) => ({
  endpoint: new URL(endpoint).host,
  bucket_name: bucket,
  region,
  bucket_lookup_type: "path",
  access_key_id: "${S3_ACCESS_KEY}",
  secret_access_key: "${S3_SECRET_KEY}",
  http: { tls_ca_path: authorityFile },
});

/** Each member of Alertmanager by itself: they tell each other what was told, but not what they were told. */
const ruler = ({ prefix, mode, clustered, alertmanagers }: Wired) => ({
  enable_sharding: clustered,
  ruler_client: verified,
  external_labels: { cluster: clusterName(prefix, mode) },
  alert_relabel_configs: [layerOfNamespace(prefix)],
  ...(alertmanagers.length > 0
    ? {
        alertmanager_url: alertmanagers.map((each) => `https://${each}`).join(","),
        alertmanager_client: { tls_ca_path: authorityFile },
      }
    : {}),
});

/** What differs from Loki's own: room for a collector that catches up, and two weeks. */
const limits = {
  retention_period: `${retentionHours}h`,
  reject_old_samples_max_age: `${oldestHours}h`,
  ingestion_rate_mb: 16,
  ingestion_burst_size_mb: 32,
  per_stream_rate_limit: "5MB",
  per_stream_rate_limit_burst: "20MB",
  max_global_streams_per_user: 20000,
  // The start of a line that is too long is worth more than nothing.
  max_line_size_truncate: true,
  query_timeout: "300s",
};
