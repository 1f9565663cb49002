import * as fs from "node:fs";
import * as path from "node:path";
import { authorityFile } from "../../core/certificates";
import { jsonText, yamlText } from "../../core/formats";
import type { LogsSpec } from "../../core/logs";
import type { Size } from "../../core/profiles";
import { mebibytes } from "../../core/quantities";
import type { ClickHouseAccess } from "../../data/clickhouse";
import type { TrinoAccess } from "../../data/trino";
import type { OidcClient } from "../../infrastructure/keycloak";
import type { Role } from "../../infrastructure/keycloak/realm";
import type { RedisAccess } from "../../infrastructure/redis";
import type { Database } from "../../storage/postgresql";
import { statsdMapping } from "./mapping";

/** What Superset is told: files beside this one, which read `platform.json`, and secrets as files. */

export const ports = { https: 8443, metrics: 9102, statsd: 9125 };
export const directory = "/etc/superset";
export const exampleDirectory = "/etc/superset-example";
/** Where a part finds a secret's files. */
export const secretDirectory = (source: string): string => `/etc/superset-${source}`;
/** Touched by workers and beat while they are alive; see platform_alive.py. */
export const aliveFile = "/tmp/alive";
/** All keys in Redis begin so. */
export const redisPrefix = "superset:";
/**
 * The break-glass user. It has the name of Superset's user in Trino: what it asks there, it asks as the service, since
 * nobody in the realm has this name.
 */
export const administrator = "superset";
/** Seconds that a query may take while a browser waits. Longer ones are for SQL Lab's "run async". */
export const queryTimeout = 110;
/** For how long it is known who ran what and looked at what. */
const retentionDays = 180;

export const callbackPath = "/oauth-authorized/keycloak";
export const loginUrl = (host: string): string => `https://${host}/login/`;

/** A role of the program's beside Superset's own: reads whatever is connected. */
const readsAll = "platform_reads_all";
/** What people may do, by their role in the realm. Whoever has none is refused. */
export const supersetRoles: Readonly<Record<Role, readonly string[]>> = {
  admin: ["Admin"],
  data_engineer: ["Alpha", "sql_lab"],
  data_scientist: ["Alpha", "sql_lab"],
  analyst: ["Gamma", "sql_lab", readsAll],
  viewer: ["Gamma", readsAll],
};

/** By which the connections are known, whatever people call them. */
export const uuids = {
  trino: "5f0a4c52-6f0e-4d0c-9d0e-0d1a7c3b8a01",
  clickhouse: "5f0a4c52-6f0e-4d0c-9d0e-0d1a7c3b8a02",
} as const;

/** A connection that is there from the first day. */
export interface Connection {
  readonly uuid: string;
  readonly name: string;
  /** SQLAlchemy's, without user and password. */
  readonly uri: string;
  readonly username: string;
  /** Where the Job finds its password. */
  readonly source: string;
  /** Whether queries run with the rights of who asks. */
  readonly impersonate: boolean;
  /** As Superset's import takes it. */
  readonly extra: Readonly<Record<string, unknown>>;
  /** Whether the example is on it. */
  readonly example: boolean;
}

export const trinoConnection = ({ url }: Pick<TrinoAccess, "url">, impersonate: boolean): Connection => ({
  uuid: uuids.trino,
  name: "Trino",
  uri: `trino://${new URL(url).host}/iceberg`,
  username: administrator,
  source: "trino",
  impersonate,
  extra: {
    // The lakehouse, and the generated `tpch`.
    allow_multi_catalog: true,
    engine_params: {
      connect_args: { http_scheme: "https", verify: authorityFile },
    },
  },
  example: true,
});

export const clickhouseConnection = (
  { host, port, username }: Pick<ClickHouseAccess, "host" | "port" | "username">,
  database: string,
): Connection => ({
  uuid: uuids.clickhouse,
  name: "ClickHouse",
  uri: `clickhousedb://${host}:${port}/${database}`,
  username,
  source: "clickhouse",
  impersonate: false,
  extra: { engine_params: { connect_args: { secure: true, verify: true, ca_cert: authorityFile } } },
  example: false,
});

export interface Wired {
  /** Public host. */
  readonly host: string;
  readonly database: Pick<Database, "host" | "port" | "database">;
  readonly redis: Pick<RedisAccess, "sentinels" | "master" | "host" | "port">;
  readonly oidc: OidcClient | undefined;
  readonly connections: readonly Connection[];
}

export const platformJson = ({ host, database, redis, oidc, connections }: Wired): string =>
  jsonText({
    port: ports.https,
    statsd: ports.statsd,
    timeout: queryTimeout,
    retentionDays,
    authority: authorityFile,
    administrator,
    readsAll,
    roles: supersetRoles,
    database: { host: database.host, port: database.port, database: database.database },
    redis: {
      prefix: redisPrefix,
      sentinels: redis.sentinels,
      master: redis.master,
      ...(redis.host ? { host: redis.host, port: redis.port } : {}),
    },
    ...(oidc
      ? {
          login: {
            address: loginUrl(host),
            issuer: oidc.issuer,
            authorizationUrl: oidc.authorizationUrl,
            logoutUrl: oidc.logoutUrl,
            tokenUrl: oidc.tokenUrl,
            jwksUrl: oidc.jwksUrl,
          },
        }
      : {}),
    databases: connections.map(({ uuid, name, uri, username, source, impersonate, extra, example }) => ({
      ...{ uuid, name, uri, username, source, impersonate, extra, example },
    })),
  });

const scripts = [
  "gunicorn.conf.py",
  "platform_alive.py",
  "platform_login.py",
  "platform_redis.py",
  "provision.py",
  "provision_connections.py",
  "superset_config.py",
];

export const scriptFiles = (): Readonly<Record<string, string>> =>
  Object.fromEntries(scripts.map((file) => [file, fs.readFileSync(path.join(__dirname, file), "utf8")]));

/** Tables first; then the roles that come with this version; then the platform's own. All may run again. */
export const initScript = `
superset db upgrade
superset init
python ${directory}/provision.py
`.trim();

/** Of a Job: it loads all of Superset, `superset-init` thrice one after the other. */
export const jobSize = { replicas: 1, cpu: "200m", memory: "768Mi", cpuLimit: "2", memoryLimit: "1536Mi" } as const;

/** Connections that a process holds: a thread of the web server has one for itself, a process of Celery's needs few. */
const pool = { web: 10, worker: 3, beat: 2, init: 3, connections: 3 } as const;

export const environment = (part: keyof typeof pool): Readonly<Record<string, string>> => ({
  HOME: "/tmp",
  SUPERSET_HOME: "/tmp/superset",
  PYTHONPATH: directory,
  // What is mounted cannot be written beside.
  PYTHONDONTWRITEBYTECODE: "1",
  PYTHONUNBUFFERED: "1",
  FLASK_APP: "superset.app:create_app()",
  SUPERSET_PART: part,
  // Limits how often a login is tried.
  SUPERSET_ENV: "production",
  SCARF_ANALYTICS: "false",
  DATABASE_POOL: `${pool[part]}`,
});

/** Processes that fit: each has all of Superset in memory, and what the answers take that it makes. */
export const webProcesses = ({ memory }: Pick<Size, "memory">): number =>
  Math.max(1, Math.floor(mebibytes(memory) / 1024));
export const workerProcesses = ({ memory }: Pick<Size, "memory">): number =>
  Math.max(1, Math.floor(mebibytes(memory) / 384));

/** While pods are rolled there is one more of each. The second Job comes after the first. */
export const databaseConnections = (web: Size, worker: Size): number =>
  (web.replicas + 1) * webProcesses(web) * pool.web +
  (worker.replicas + 1) * (workerProcesses(worker) + 1) * pool.worker +
  pool.beat +
  pool.init;

const celery = "celery --app=superset.tasks.celery_app:app";

export const workerCommand = (size: Pick<Size, "memory">): readonly string[] => [
  ...`${celery} worker --pool=prefork -O fair --without-gossip --without-mingle --without-heartbeat`.split(" "),
  "--loglevel=INFO",
  `--concurrency=${workerProcesses(size)}`,
  // Memory of large results is given back.
  "--max-tasks-per-child=128",
];

export const beatCommand: readonly string[] =
  `${celery} beat --loglevel=INFO --pidfile= --schedule=/tmp/beat-schedule`.split(" ");

const level = `(?P<level>DEBUG|INFO|WARNING|ERROR|CRITICAL)`;
const words = { DEBUG: "debug", INFO: "info", WARNING: "warn", ERROR: "error", CRITICAL: "fatal" } as const;

/** Superset's lines, gunicorn's own, which have their date in brackets, and requests. */
export const webLogs: LogsSpec = {
  entry: String.raw`^\[?\d{4}-\d{2}-\d{2}[ T]|^\[\d{2}/\w{3}/\d{4}:`,
  level: { pattern: String.raw`^(?:\[[^\]]+\] (?:\[\d+\] \[)?|\S+ \S+ )${level}`, words },
  drop: [String.raw`"GET /health HTTP/1\.\d" 200 `],
};

/** Superset's lines, and Celery's. */
export const taskLogs: LogsSpec = {
  entry: String.raw`^\[?\d{4}-\d{2}-\d{2}[ T]`,
  level: { pattern: String.raw`^(?:\[\S+ \S+: |\S+ \S+ )${level}`, words },
};

export const mapping = (): string => yamlText(statsdMapping);
