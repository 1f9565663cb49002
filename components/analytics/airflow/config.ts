import * as fs from "node:fs";
import * as path from "node:path";
import { authorityFile } from "../../core/certificates";
import type { DagBundle } from "../../core/dag-bundles";
import { sections } from "../../core/formats";
import type { LogsSpec } from "../../core/logs";
import { serviceHost } from "../../core/names";
import type { Size } from "../../core/profiles";
import { mebibytes } from "../../core/quantities";
import type { RedisAccess } from "../../infrastructure/redis";
import type { Bucket } from "../../storage/minio";
import type { Database } from "../../storage/postgresql";

/** Airflow's configuration, as a template that each pod fills with its secrets, and the files of the platform's own. */

export const ports = { https: 8443, health: 8974, workerLogs: 8793, triggererLogs: 8794, statsd: 9125, metrics: 9102 };

export const paths = {
  /** Written to: logs until they are in the bucket, copies of bundles. */
  home: "/airflow",
  /** In memory: what is made of the templates, passwords in it. */
  run: "/run/airflow",
  templates: "/etc/airflow-templates",
  /** A folder each; see `secretAt`. */
  secrets: "/etc/airflow-secrets",
  server: "/etc/airflow-server",
  oidc: "/etc/airflow-oidc",
  admin: "/etc/airflow-admin",
  tls: "/etc/airflow-tls",
  dags: "/etc/airflow-dags",
  plugins: "/etc/airflow-plugins",
  scripts: "/etc/airflow-scripts",
};

/** An object a line, with the level as a field. What probes ask is not kept; a scheduler tells that in another way. */
export const logs: LogsSpec = {
  drop: [
    `"event":"request finished",.*"path":"/api/v2/version",.*"status_code":200`,
    String.raw`"GET /health HTTP/1\.\d" 200`,
  ],
};

/** With which names Airflow's keys and channels in Redis begin. */
export const keyPrefix = "airflow:";
/** The second is a pattern to Redis and to Celery's workers, letter by letter the same. */
export const channels = [`${keyPrefix}/0.celery.pidbox`, `${keyPrefix}/0.celeryev/worker.*`] as const;

/** Tasks that a worker runs at once: each is a Python process that loads Airflow, its providers and a DAG. */
export const concurrency = (size: Size): number => Math.max(1, Math.floor(mebibytes(size.memoryLimit) / 700));

/** Connections of SQLAlchemy's pools, of each process. */
const pool = { size: 3, overflow: 5 };

/** Connections that a role of PostgreSQL needs. */
export const connectionLimits = (servers: readonly Size[], workers: Size, schedulers: Size) => ({
  // A plain and an asynchronous pool each, and one more pod than usual while they are rolled; a Job's besides.
  metadata: (servers.reduce((sum, { replicas }) => sum + replicas, 0) + 2) * 2 * (pool.size + pool.overflow),
  results: (workers.replicas + 1) * (concurrency(workers) + 2) + (schedulers.replicas + 1) * 4,
});

/** Where a value of a Secret stands in a template: configure.py puts the file's text there. @param at `<folder>/<key>` */
export const secretAt = (at: string): string => `<${at.replace("/", ":")}>`;

export interface Wired {
  readonly host: string;
  readonly namespace: string;
  readonly metadata: Pick<Database, "host" | "port" | "database">;
  readonly results: Pick<Database, "host" | "port" | "database">;
  readonly redis: Pick<RedisAccess, "sentinels" | "master" | "host" | "port">;
  readonly logs: Pick<Bucket, "bucket">;
  readonly dags: Pick<Bucket, "bucket">;
  readonly bundles: readonly DagBundle[];
  readonly worker: Size;
}

const redisUser = "airflow";

/** Certificate and host are verified as two variables of libpq say, which asyncpg reads as well; see `databaseEnv`. */
const databaseUrl = ({ host, port, database }: Wired["metadata"], of: "metadata" | "results"): string =>
  `postgresql+psycopg2://${database}:${secretAt(`${of}/password`)}@${host}:${port}/${database}`;

export const databaseEnv = { PGSSLMODE: "verify-full", PGSSLROOTCERT: authorityFile };

function broker(redis: Wired["redis"]) {
  const password = secretAt("redis/password");
  const login = `${redisUser}:${password}@`;
  const options = {
    global_keyprefix: keyPrefix,
    visibility_timeout: 86_400,
    // Without it, what is asked of a server whose node is gone waits for ever. Workers that only listen are told by their probe.
    socket_timeout: 30,
    socket_connect_timeout: 5,
  };
  const tls = { ssl_active: true, ssl_mutual_tls: false, ssl_cacert: authorityFile };
  if (redis.host) return { url: `rediss://${login}${redis.host}:${redis.port}/0`, options, tls };
  return {
    // The login in each: when one Sentinel falls silent, Celery goes on with the next as it stands here.
    url: redis.sentinels.map(({ host, port }) => `sentinel://${login}${host}:${port}/0`).join(";"),
    options: {
      ...options,
      master_name: redis.master,
      sentinel_kwargs: JSON.stringify({
        username: redisUser,
        password,
        ssl: true,
        ssl_cert_reqs: "required",
        ssl_ca_certs: authorityFile,
        socket_timeout: 5,
      }),
    },
    tls,
  };
}

/** What bundles are called in Airflow, and where each is from. */
const bundleList = ({ dags, bundles }: Pick<Wired, "dags" | "bundles">) => [
  { name: "platform", classpath: "airflow.dag_processing.bundles.local.LocalDagBundle", kwargs: { path: paths.dags } },
  {
    name: "bucket",
    classpath: "airflow.providers.amazon.aws.bundles.s3.S3DagBundle",
    kwargs: { aws_conn_id: "airflow_dags", bucket_name: dags.bucket, refresh_interval: 60 },
  },
  ...bundles.map(({ name, git, directory }) => ({
    name,
    classpath: "airflow.providers.git.bundles.git.GitDagBundle",
    kwargs: {
      git_conn_id: gitConnection(name),
      tracking_ref: git.ref,
      refresh_interval: 60,
      ...(directory ? { subdir: directory } : {}),
    },
  })),
];

export const gitConnection = (bundle: string): string => `git_${bundle.replaceAll("-", "_")}`;

/** Figures under a name for each DAG, task, pool or file, which come a second time under one name with labels. */
const olderNames = [
  String.raw`^ti\.(start|finish|scheduled|queued|running|deferred)\.`,
  "^operator_(successes|failures)_",
  String.raw`^dag\.`,
  String.raw`^dagrun\.(dependency-check|schedule_delay|duration\.(success|failed))\.`,
  String.raw`^dagrun\..*\.first_task`,
  String.raw`^pool\.[a-z_]+\.`,
  String.raw`^(triggers\.running|triggerer\.capacity_left)\.`,
  "^task_(instance_created|removed_from_dag|restored_to_dag)[._]",
  String.raw`^dag_processing\.last_`,
];

export const kinds = ["api-server", "control", "worker"] as const;
export type Kind = (typeof kinds)[number];

/**
 * airflow.cfg of one kind of process.
 * @param kind `api-server` serves with the certificate that the others verify. `worker` runs people's code: it knows neither
 *   the metadata database nor the key of its connections nor the one by which tokens are signed, and gets what a task needs
 *   from the API server.
 */
export function airflowCfg(kind: Kind, wired: Wired): string {
  const { url, options, tls } = broker(wired.redis);
  const results = databaseUrl(wired.results, "results");
  const own = kind !== "worker";
  const api = `https://${serviceHost("airflow-api-server", wired.namespace)}:${ports.https}`;
  const values = {
    core: {
      executor: "CeleryExecutor",
      auth_manager: "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager",
      load_examples: false,
      dags_folder: paths.dags,
      plugins_folder: paths.plugins,
      execution_api_server_url: `${api}/execution/`,
      // By which the API server reaches a pod for the log of a task that runs.
      hostname_callable: "airflow.utils.net.get_host_ip_address",
      ...(own ? { fernet_key: secretAt("keys/fernet") } : {}),
    },
    database: {
      sql_alchemy_conn: own ? databaseUrl(wired.metadata, "metadata") : results,
      sql_alchemy_pool_size: pool.size,
      sql_alchemy_max_overflow: pool.overflow,
    },
    api: {
      base_url: `https://${wired.host}`,
      port: ports.https,
      // More replicas, not more processes in one.
      workers: 1,
      // Of the server its certificate, of its clients the one to verify that with.
      ssl_cert: kind === "api-server" ? `${paths.tls}/tls.crt` : authorityFile,
      ...(kind === "api-server" ? { ssl_key: `${paths.tls}/tls.key` } : {}),
      // Of sessions, and of requests for logs of tasks that run, which workers check.
      secret_key: secretAt("keys/session"),
    },
    ...(own ? { api_auth: { jwt_secret: secretAt("keys/tokens") } } : {}),
    fab: {
      config_file: `${paths.server}/webserver_config.py`,
      enable_proxy_fix: true,
      cookie_secure: true,
      // Two servers that start at once would race; the Job does it.
      update_fab_perms: false,
    },
    celery: {
      broker_url: url,
      result_backend: `db+${results}`,
      worker_concurrency: concurrency(wired.worker),
      // Seconds to hand a task over: Sentinels are asked and TLS begins the first time.
      operation_timeout: 10,
      sync_parallelism: 1,
      ...tls,
    },
    celery_broker_transport_options: options,
    logging: {
      json_logs: true,
      colored_console_log: false,
      remote_logging: true,
      remote_base_log_folder: `s3://${wired.logs.bucket}/tasks`,
      remote_log_conn_id: "airflow_logs",
      delete_local_logs: true,
    },
    metrics: {
      statsd_on: true,
      statsd_host: "localhost",
      statsd_port: ports.statsd,
      statsd_prefix: "airflow",
      statsd_influxdb_enabled: true,
      statsd_disabled_tags: "job_id,run_id,try_number,task_id,file_path,dag_file",
      metrics_block_list: olderNames.join(","),
    },
    secrets: {
      backend: "airflow.secrets.local_filesystem.LocalFilesystemBackend",
      backend_kwargs: JSON.stringify({
        connections_file_path: `${paths.run}/connections.json`,
        variables_file_path: `${paths.run}/variables.json`,
      }),
    },
    scheduler: { enable_health_check: true, scheduler_health_check_server_port: ports.health },
    dag_processor: {
      dag_bundle_storage_path: `${paths.home}/bundles`,
      dag_bundle_config_list: JSON.stringify(bundleList(wired)),
      min_file_process_interval: 60,
    },
  };
  // A percent sign would begin the name of another value.
  const escaped = Object.entries(values).map(([section, entries]) => [
    section,
    Object.fromEntries(Object.entries(entries).map(([key, value]) => [key, String(value).replaceAll("%", "%%")])),
  ]);
  return sections(Object.fromEntries(escaped));
}

const folder = path.join(__dirname);
export const fileText = (file: string): string => fs.readFileSync(path.join(folder, file), "utf8");

/** Files of a folder beside this one, and the one by which Airflow leaves out what the kubelet keeps beside them. */
export const filesOf = (name: "dags" | "plugins"): Readonly<Record<string, string>> => ({
  ".airflowignore": "..*\n",
  ...Object.fromEntries(
    fs
      .readdirSync(path.join(folder, name))
      .filter((file) => file.endsWith(".py"))
      .sort()
      .map((file) => [file, fileText(path.join(name, file))]),
  ),
});
