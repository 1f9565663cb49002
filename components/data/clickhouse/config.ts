import { authorityFile } from "../../core/certificates";
import { type Xml, xmlText } from "../../core/formats";
import type { LogsSpec } from "../../core/logs";
import { serviceHost } from "../../core/names";
import type { Size } from "../../core/profiles";
import { mebibytes } from "../../core/quantities";

/**
 * Configuration of ClickHouse and its Keeper, each one complete file: the image's own, which open further ports and have a
 * user without a password, are not read. What is secret comes from variables.
 */

/** Of a server; the Keeper's are apart. All but `metrics` are TLS. */
export const ports = { https: 8443, native: 9440, interserver: 9010, metrics: 9363 };
/** `control` is plain and answers the kubelet's probes only. */
export const keeperPorts = { client: 9281, raft: 9234, control: 9182, metrics: 9363 };

export const headless = { server: "clickhouse-headless", keeper: "clickhouse-keeper-headless" } as const;
export const paths = {
  config: "/etc/clickhouse",
  users: "/etc/clickhouse-users",
  tls: "/etc/clickhouse-tls",
  data: "/var/lib/clickhouse",
  keeperData: "/var/lib/clickhouse-keeper",
};
export const clientConfig = `${paths.config}/client.xml`;

/** An object a line, with ClickHouse's own words for levels. */
export const logs: LogsSpec = {
  level: {
    pattern: String.raw`"level":"(?P<level>\w+)"`,
    words: {
      ...{ Fatal: "fatal", Critical: "fatal", Error: "error", Warning: "warn" },
      ...{ Notice: "info", Information: "info", Debug: "debug", Trace: "debug", Test: "debug" },
    },
  },
};

/** All replicas, for queries over several of them. */
export const cluster = "datalyptica";
/** Days that ClickHouse remembers its own queries and parts. */
const logDays = 7;

/** Addresses of the pods of one of the two StatefulSets, the first one first. */
export const podHosts = (part: keyof typeof headless, replicas: number, namespace: string): readonly string[] =>
  Array.from(
    { length: replicas },
    (_, i) => `clickhouse${part === "keeper" ? "-keeper" : ""}-${i}.${serviceHost(headless[part], namespace)}`,
  );

export interface ServerFacts {
  readonly size: Size;
  readonly servers: readonly string[];
  readonly keepers: readonly string[];
  /** Where data of others is, by the name that queries use. */
  readonly collections: Readonly<Record<string, Xml>>;
}

const bytes = (size: Size, share: number): number => mebibytes(size.memory, share) * 2 ** 20;

export const serverConfig = ({ size, servers, keepers, collections }: ServerFacts): string =>
  xmlText("clickhouse", {
    logger: { level: "information", console: true, formatting: { type: "json" } },
    path: `${paths.data}/`,
    ...listening(),
    openSSL: tls("server"),
    // Names of the pods, since others must find this one under them.
    interserver_https_host: { "@from_env": "POD_FQDN" },
    interserver_http_credentials: { user: "interserver", password: secret("INTERSERVER_PASSWORD") },
    macros: { cluster, shard: "01", replica: { "@from_env": "POD_NAME" } },
    remote_servers: {
      [cluster]: {
        secret: secret("CLUSTER_SECRET"),
        shard: {
          internal_replication: true,
          replica: servers.map((host) => ({ host, port: ports.native, secure: 1 })),
        },
      },
    },
    zookeeper: {
      node: keepers.map((host) => ({ host, port: keeperPorts.client, secure: 1 })),
      identity: secret("KEEPER_IDENTITY"),
    },
    distributed_ddl: { path: "/clickhouse/task_queue/ddl", profile: "default" },
    // Services are in the file, which is read also while Keeper is away; people are in Keeper, hence on all replicas.
    user_directories: {
      users_xml: { path: `${paths.users}/users.xml` },
      replicated: { zookeeper_path: "/clickhouse/access" },
    },
    // What others ask and have asked is not for everybody.
    access_control_improvements: { select_from_system_db_requires_grant: true },
    user_defined_zookeeper_path: "/clickhouse/user_defined",
    default_profile: "default",
    default_database: "default",
    named_collections: collections,
    // Of every connection to Kafka; a collection has no place for it.
    kafka: { ssl_ca_location: authorityFile },
    // A pod that comes back has another address.
    disable_internal_dns_cache: 1,
    ...memory(size),
    max_concurrent_queries: size.replicas > 1 ? 100 : 50,
    ...logTables(),
    prometheus: {
      endpoint: "/metrics",
      port: ports.metrics,
      metrics: true,
      events: true,
      asynchronous_metrics: true,
      errors: true,
    },
  });

/** The value of a variable, which ClickHouse leaves out of the copy of its configuration that it writes to the disk. */
export const secret = (variable: string): Xml => ({ "@from_env": variable, "@hide_in_preprocessed": true });

const listening = () => ({
  listen_host: "0.0.0.0",
  https_port: ports.https,
  tcp_port_secure: ports.native,
  interserver_https_port: ports.interserver,
});

const sessions = { cacheSessions: true, disableProtocols: "sslv2,sslv3,tlsv1,tlsv1_1", preferServerCiphers: true };

/** As a client: believes the platform's authority and no other. */
const trust = {
  caConfig: authorityFile,
  loadDefaultCAFile: false,
  verificationMode: "strict",
  ...sessions,
  invalidCertificateHandler: { name: "RejectCertificateHandler" },
};

/** @param sides on which it shows its own certificate: Keeper's members are servers and clients of each other */
const tls = (sides: "server" | "both"): Xml => {
  const certificate = { certificateFile: `${paths.tls}/tls.crt`, privateKeyFile: `${paths.tls}/tls.key` };
  return {
    // Who a client is, its password says.
    server: { ...certificate, verificationMode: "none", ...sessions },
    client: { ...(sides === "both" ? certificate : {}), ...trust },
  };
};

/** The server keeps itself below its share of the container's limit. Its defaults for caches are for machines, not for pods. */
const memory = (size: Size) => ({
  max_server_memory_usage_to_ram_ratio: 0.8,
  mark_cache_size: bytes(size, 1 / 12),
  primary_index_cache_size: bytes(size, 1 / 12),
  uncompressed_cache_size: 0,
  iceberg_metadata_files_cache_size: bytes(size, 1 / 32),
  parquet_metadata_cache_size: bytes(size, 1 / 32),
  query_cache: { max_size_in_bytes: bytes(size, 1 / 32) },
});

/** A query may take this much of a server's memory; aggregations and sorts go to disk before. */
export const queryMemory = (size: Size): number => bytes(size, 0.4);

/** What ClickHouse writes about itself; its log is the container's, and its metrics are Prometheus'. */
const logTables = () =>
  Object.fromEntries(
    ["query_log", "part_log"].map((table) => [
      table,
      {
        database: "system",
        table,
        partition_by: "event_date",
        ttl: `event_date + INTERVAL ${logDays} DAY DELETE`,
        flush_interval_milliseconds: 7500,
      },
    ]),
  );

/** For `clickhouse client`: it believes the platform's authority. */
export const clientFile = (): string => xmlText("clickhouse", { secure: true, openSSL: { client: trust } });

/** @param members hosts of all Keepers, in the order of their numbers, which begin at 1 */
export const keeperConfig = (size: Size, members: readonly string[]): string =>
  xmlText("clickhouse", {
    logger: { level: "information", console: true, formatting: { type: "json" } },
    listen_host: "0.0.0.0",
    openSSL: tls("both"),
    keeper_server: {
      tcp_port_secure: keeperPorts.client,
      server_id: { "@from_env": "KEEPER_ID" },
      storage_path: paths.keeperData,
      log_storage_path: `${paths.keeperData}/coordination/log`,
      snapshot_storage_path: `${paths.keeperData}/coordination/snapshots`,
      http_control: { port: keeperPorts.control, readiness: { endpoint: "/ready" } },
      // `mntr` and its like; all that change anything are left out.
      four_letter_word_white_list: "ruok,mntr,srvr,stat,conf,isro,lgif",
      coordination_settings: {
        operation_timeout_ms: 10000,
        session_timeout_ms: 30000,
        raft_logs_level: "information",
        // By default 1.5 GiB, which is more than the container has.
        latest_logs_cache_size_threshold: bytes(size, 1 / 8),
        commit_logs_cache_size_threshold: bytes(size, 1 / 16),
      },
      raft_configuration: {
        secure: true,
        server: members.map((hostname, i) => ({ id: i + 1, hostname, port: keeperPorts.raft })),
      },
    },
    prometheus: {
      endpoint: "/metrics",
      port: keeperPorts.metrics,
      metrics: true,
      events: true,
      asynchronous_metrics: true,
    },
  });
