import { authorityFile } from "../../core/certificates";
import type { LogsSpec } from "../../core/logs";
import type { Size } from "../../core/profiles";
import { mebibytes } from "../../core/quantities";
import type { Bucket } from "../../storage/minio";
import type { Database } from "../../storage/postgresql";
import { quiet } from "./client";

/** What MLflow's processes are started with. */

/** Of the pod, and of MLflow itself, which listens to its pod alone. */
export const ports = { https: 8443, inside: 9000 };
export const serverPort = 5000;

export const directories = {
  database: "/etc/mlflow-database",
  bucket: "/etc/mlflow-bucket",
  /** Where the start script leaves secrets as libraries read them. */
  keys: "/run/mlflow",
  metrics: "/run/mlflow-metrics",
};
/** What libpq and the AWS SDK read, made by the start script. */
export const keyFiles = { database: `${directories.keys}/pgpass`, bucket: `${directories.keys}/s3` };

/** Connections of one pool, and how many more it opens when they are all in use. */
const pool = { size: 3, overflow: 3 };
/** Each worker has a pool for runs and one for models; the process above them looks at the database when it starts. */
const connectionsOf = (workers: number): number => workers * 2 * (pool.size + pool.overflow) + 4;

/** Processes that answer, each with Pandas, SQLAlchemy and the rest of it in its memory. */
export const workersOf = ({ memory }: Pick<Size, "memory">): number => Math.max(1, Math.floor(mebibytes(memory) / 768));

/** While pods are rolled there is one more; a Job looks after deleted runs. */
export const connections = (size: Pick<Size, "replicas" | "memory">): number =>
  (size.replicas + 1) * connectionsOf(workersOf(size)) + pool.size + pool.overflow;

/** The password is in a file. A database on a lost node answers nothing at all: no query waits for that longer than 15 s. */
export const databaseUri = ({ host, port, database }: Pick<Database, "host" | "port" | "database">): string =>
  `postgresql+psycopg2://${database}@${host}:${port}/${database}?${new URLSearchParams({
    sslmode: "verify-full",
    sslrootcert: authorityFile,
    passfile: keyFiles.database,
    connect_timeout: "5",
    tcp_user_timeout: "15000",
    keepalives_idle: "10",
    keepalives_interval: "5",
    keepalives_count: "3",
  })}`;

/** Everything that runs MLflow. */
export const environment = {
  HOME: "/tmp",
  ...quiet,
} as const;

export const serverEnvironment = (
  { endpoint, region }: Pick<Bucket, "endpoint" | "region">,
  hosts: readonly string[],
  origin: string,
): Readonly<Record<string, string>> => ({
  ...environment,
  MLFLOW_SQLALCHEMYSTORE_POOL_SIZE: `${pool.size}`,
  MLFLOW_SQLALCHEMYSTORE_MAX_OVERFLOW: `${pool.overflow}`,
  MLFLOW_SQLALCHEMYSTORE_POOL_RECYCLE: "1800",
  MLFLOW_S3_ENDPOINT_URL: endpoint,
  MLFLOW_BOTO_CLIENT_ADDRESSING_STYLE: "path",
  AWS_DEFAULT_REGION: region,
  AWS_CA_BUNDLE: authorityFile,
  AWS_SHARED_CREDENTIALS_FILE: keyFiles.bucket,
  AWS_EC2_METADATA_DISABLED: "true",
  // Compared with what clients ask for, port included.
  MLFLOW_SERVER_ALLOWED_HOSTS: hosts.join(","),
  MLFLOW_SERVER_CORS_ALLOWED_ORIGINS: origin,
  // Its queue is a file of one pod.
  MLFLOW_SERVER_ENABLE_JOB_EXECUTION: "false",
});

/** Artifacts have addresses of the proxy (`mlflow-artifacts:/`) unless a root is named, so none is. */
export const serverArguments = (bucket: string, workers: number): readonly string[] => [
  "mlflow",
  "server",
  "--host=127.0.0.1",
  `--port=${serverPort}`,
  `--workers=${workers}`,
  "--serve-artifacts",
  `--artifacts-destination=s3://${bucket}/artifacts`,
  `--expose-prometheus=${directories.metrics}`,
];

/** Uvicorn's lines and MLflow's, with traces under them. Requests of probes and scrapes that went well are not kept. */
export const logs: LogsSpec = {
  entry: String.raw`^\d{4}/\d{2}/\d{2} `,
  level: {
    pattern: String.raw`^\d{4}/\d{2}/\d{2} [\d:]+ (?P<level>[A-Z]+)\b`,
    words: { DEBUG: "debug", INFO: "info", WARNING: "warn", ERROR: "error", CRITICAL: "fatal" },
  },
  drop: [String.raw`"GET /(health|metrics) HTTP/1\.[01]" 200`],
};
