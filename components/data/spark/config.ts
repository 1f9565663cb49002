import { type PropertyValues, properties } from "../../core/formats";
import type { JavaTrust } from "../../core/java";
import type { Size } from "../../core/profiles";
import { mebibytes, parseCpu } from "../../core/quantities";
import type { Bucket } from "../../storage/minio";
import type { IcebergCatalog } from "../nessie";

/** Spark's configuration, by process. Java properties: Spark reads both forms. */

/** `rpc`: the process itself; `web`: its UI, REST and metrics; the others: what a driver needs of its own. */
export const ports = {
  master: { rpc: 7077, web: 8080 },
  worker: { rpc: 7078, web: 8081 },
  history: { web: 18080 },
  driver: { web: 4040, driver: 40000, blocks: 40100 },
  /** Of the proxy: TLS, and whether Spark Connect behind it answers. */
  connect: { grpc: 15002, health: 15004 },
} as const;
/** Spark Connect itself, for the proxy beside it only: it knows no TLS. */
export const plainPort = 15003;
/** Executors of one worker take the first of these that is free. */
const firstBlocks = 40101;

export const directories = {
  home: "/opt/spark",
  config: "/etc/spark",
  settings: "/etc/spark-settings",
  recovery: "/recovery",
  work: "/opt/spark/work",
  local: "/local",
} as const;

/** Mebibytes of a worker's pod that executors cannot have: its own process, and each executor's beside its heap. */
const overhead = { daemon: 128, executor: 400 };
/** Less than this in all, and an executor does not get the heap of 450 MiB that Spark demands. */
const leastExecutor = 900;

/**
 * What a worker offers: as many executors of one core as its CPU limit and its memory carry. Spark counts heaps only;
 * the memory of Python and of the JVMs beside their heaps is kept free here.
 */
export function workerOf(size: Size) {
  const daemonHeap = Math.min(512, mebibytes(size.memory, 1 / 8));
  const left = mebibytes(size.memory) - daemonHeap - overhead.daemon;
  const byCpu = Math.floor((parseCpu(size.cpuLimit) ?? 0) / 1000);
  const cores = Math.max(1, Math.min(byCpu, Math.floor(left / leastExecutor)));
  const share = Math.floor(left / cores);
  const executorHeap = Math.min(Math.floor(share * 0.75), share - overhead.executor);
  return { daemonHeap, cores, executorHeap, memory: cores * executorHeap };
}

/** The heap of a process that only keeps account of others, in mebibytes. */
export const keeperHeap = (size: Size): number => mebibytes(size.memory, 0.6);

/** The ports on which executors of one worker give each other, and drivers, their blocks; one more, for one that is about to end. */
export const blockPorts = (cores: number): readonly number[] =>
  Array.from({ length: cores + 1 }, (_, i) => firstBlocks + i);

/** One application leaves a worker's cores to the others, and so still gets all of its own when a worker is lost. */
export const coresOfOne = (cores: number, workers: number): number => cores * Math.max(1, workers - 1);

/**
 * Every process proves that it knows the secret, and speaks encrypted from then on. AES-GCM, unlike the default, also
 * notices changed messages; it works from Spark 4.0.4 on.
 */
export const rpc = (secret: string): PropertyValues => ({
  "spark.authenticate": true,
  "spark.authenticate.secret": secret,
  "spark.network.crypto.enabled": true,
  "spark.network.crypto.authEngineVersion": 2,
  "spark.network.crypto.cipher": "AES/GCM/NoPadding",
  "spark.network.crypto.saslFallback": false,
});

/** UIs have no login: they show, and change nothing. The master's leads to all others. */
const web: PropertyValues = {
  "spark.ui.reverseProxy": true,
  "spark.ui.killEnabled": false,
  "spark.master.ui.decommission.allow.mode": "DENY",
};

export const daemonProperties = (secret: string): string =>
  properties({
    ...rpc(secret),
    ...web,
    "spark.deploy.recoveryMode": "FILESYSTEM",
    "spark.deploy.recoveryDirectory": directories.recovery,
    // Seconds a recovered master waits for workers that do not answer.
    "spark.deploy.recoveryTimeout": 30,
    // A second way to submit, without a login.
    "spark.master.rest.enabled": false,
    // What ended applications left in a worker's folder.
    "spark.worker.cleanup.enabled": true,
    "spark.worker.cleanup.interval": 1800,
    "spark.worker.cleanup.appDataTtl": 86400,
    // Of its executors a worker keeps the output as files, which its UI shows.
    "spark.executor.logs.rolling.strategy": "size",
    "spark.executor.logs.rolling.maxSize": 16 * 2 ** 20,
    "spark.executor.logs.rolling.maxRetainedFiles": 4,
  });

export interface Storage {
  readonly catalog: IcebergCatalog;
  readonly events: Bucket;
  readonly landing: Bucket;
}

export type KeyName = "LAKEHOUSE" | "EVENTS" | "LANDING";

/** Names of the variables with a bucket's keys, in the pods that use it. */
export const keyVariables = (bucket: KeyName) => ({
  accessKey: `${bucket}_ACCESS_KEY`,
  secretKey: `${bucket}_SECRET_KEY`,
});

/** S3A reads `${env.NAME}` where it uses the key: on executors that is the worker's environment. */
function s3a(name: KeyName, { bucket, endpoint, region }: Bucket): PropertyValues {
  const { accessKey, secretKey } = keyVariables(name);
  return {
    "spark.hadoop.fs.s3a.endpoint": endpoint,
    "spark.hadoop.fs.s3a.endpoint.region": region,
    "spark.hadoop.fs.s3a.path.style.access": true,
    "spark.hadoop.fs.s3a.aws.credentials.provider": "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider",
    [`spark.hadoop.fs.s3a.bucket.${bucket}.access.key`]: `\${env.${accessKey}}`,
    [`spark.hadoop.fs.s3a.bucket.${bucket}.secret.key`]: `\${env.${secretKey}}`,
  };
}

/** Iceberg reads `env:NAME` in the driver, and gives executors what it found. */
function iceberg({ uri, storage }: IcebergCatalog): PropertyValues {
  const catalog = "spark.sql.catalog.iceberg";
  const { accessKey, secretKey } = keyVariables("LAKEHOUSE");
  return {
    "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
    "spark.sql.catalogImplementation": "in-memory",
    "spark.sql.defaultCatalog": "iceberg",
    [catalog]: "org.apache.iceberg.spark.SparkCatalog",
    [`${catalog}.type`]: "rest",
    [`${catalog}.uri`]: uri,
    [`${catalog}.io-impl`]: "org.apache.iceberg.aws.s3.S3FileIO",
    [`${catalog}.client.region`]: storage.region,
    [`${catalog}.s3.endpoint`]: storage.endpoint,
    [`${catalog}.s3.path-style-access`]: true,
    [`${catalog}.s3.access-key-id`]: `env:${accessKey}`,
    [`${catalog}.s3.secret-access-key`]: `env:${secretKey}`,
  };
}

const eventLog = ({ bucket }: Bucket) => `s3a://${bucket}/`;

export interface ConnectSpec {
  readonly storage: Storage;
  readonly secret: string;
  readonly master: string;
  readonly size: Size;
  readonly worker: Size;
  readonly trust: Pick<JavaTrust, "options">;
}

/** Spark Connect is one application, whose driver runs all sessions. */
export function connectProperties({ secret, master, size, worker, trust, storage }: ConnectSpec): string {
  const { cores, executorHeap } = workerOf(worker);
  const most = coresOfOne(cores, worker.replicas);
  const javaOptions = ["-XX:+ExitOnOutOfMemoryError", ...trust.options].join(" ");
  return properties({
    ...rpc(secret),
    ...web,
    "spark.master": master,
    "spark.app.name": "spark-connect",
    "spark.connect.grpc.binding.address": "127.0.0.1",
    "spark.connect.grpc.binding.port": plainPort,
    "spark.driver.bindAddress": "0.0.0.0",
    "spark.driver.port": ports.driver.driver,
    "spark.driver.blockManager.port": ports.driver.blocks,
    "spark.driver.memory": `${mebibytes(size.memory, 0.65)}m`,
    "spark.driver.extraJavaOptions": javaOptions,
    "spark.ui.port": ports.driver.web,
    "spark.blockManager.port": firstBlocks,
    "spark.port.maxRetries": blockPorts(cores).length - 1,
    "spark.executor.cores": 1,
    "spark.executor.memory": `${executorHeap}m`,
    "spark.executor.extraJavaOptions": javaOptions,
    "spark.cores.max": most,
    "spark.dynamicAllocation.enabled": true,
    "spark.dynamicAllocation.maxExecutors": most,
    // Without a shuffle service, an executor stays as long as its output may be read again.
    "spark.dynamicAllocation.shuffleTracking.enabled": true,
    "spark.dynamicAllocation.shuffleTracking.timeout": "30min",
    // Sessions share the executors; none waits for all that another has asked for.
    "spark.scheduler.mode": "FAIR",
    // In place of the application's ID, which no alert could name.
    "spark.metrics.namespace": "connect",
    "spark.sql.warehouse.dir": "file:/tmp/warehouse",
    ...iceberg(storage.catalog),
    ...s3a("LANDING", storage.landing),
    ...s3a("EVENTS", storage.events),
    "spark.eventLog.enabled": true,
    "spark.eventLog.dir": eventLog(storage.events),
    "spark.eventLog.rolling.enabled": true,
    // The least there is: an object can be read when it is complete, and is lost with a driver that crashes before.
    "spark.eventLog.rolling.maxFileSize": "10m",
  });
}

export const historyProperties = (events: Bucket): string =>
  properties({
    ...s3a("EVENTS", events),
    "spark.history.ui.port": ports.history.web,
    "spark.history.fs.logDirectory": eventLog(events),
    "spark.history.fs.cleaner.enabled": true,
    "spark.history.fs.cleaner.maxAge": "14d",
    // An application that runs for months is shown from about here on; what is older is taken out of its log.
    "spark.history.fs.eventLog.rolling.maxFilesToRetain": 20,
  });

/** What all processes have, under the names that Spark looks for. */
export const commonFiles = () => ({ "metrics.properties": metrics(), "log4j2.properties": log4j() });

/** A process' own settings, in a folder beside: some hold the secret. */
export const settingsFile = "spark-defaults.conf";
const settings = ["--properties-file", `${directories.settings}/${settingsFile}`];
const bin = `${directories.home}/bin`;

/** The command line of a process that is no application. */
export const daemon = (main: string, ...args: readonly string[]): readonly string[] => [
  `${bin}/spark-class`,
  `org.apache.spark.deploy.${main}`,
  ...settings,
  ...args,
];

/** The command line of an application that is in Spark itself. */
export const application = (main: string, ...options: readonly string[]): readonly string[] => [
  `${bin}/spark-submit`,
  ...settings,
  ...options,
  ...["--class", `org.apache.spark.${main}`, "spark-internal"],
];

const metrics = (): string =>
  properties({
    "*.source.jvm.class": "org.apache.spark.metrics.source.JvmSource",
    "*.sink.prometheusServlet.class": "org.apache.spark.metrics.sink.PrometheusServlet",
    "*.sink.prometheusServlet.path": "/metrics/prometheus",
    "master.sink.prometheusServlet.path": "/metrics/master/prometheus",
    // Names of an application's metrics hold the time of its start: nobody scrapes these.
    "applications.sink.prometheusServlet.path": "/metrics/applications/prometheus",
  });

const log4j = (): string =>
  properties({
    "rootLogger.level": "info",
    "rootLogger.appenderRef.stderr.ref": "console",
    "appender.console.type": "Console",
    "appender.console.name": "console",
    "appender.console.target": "SYSTEM_ERR",
    "appender.console.layout.type": "PatternLayout",
    "appender.console.layout.pattern": "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5p %c{1}: %m%n%ex",
    // A line for each path of each UI at every start, and one for Hadoop's native code, which no image has.
    "logger.jetty.name": "org.sparkproject.jetty",
    "logger.jetty.level": "warn",
    "logger.hadoop.name": "org.apache.hadoop.util.NativeCodeLoader",
    "logger.hadoop.level": "error",
  });

/** Where libnss_wrapper finds the user the container runs as: Hadoop's login fails for one without a name. */
const userName = { passwd: "/tmp/passwd", group: "/tmp/group" };

export const environment = {
  HOME: "/tmp",
  SPARK_CONF_DIR: directories.config,
  LD_PRELOAD: "/usr/lib64/libnss_wrapper.so",
  NSS_WRAPPER_PASSWD: userName.passwd,
  NSS_WRAPPER_GROUP: userName.group,
};

/** Where executors and drivers put what does not fit into memory. */
export const localDirectory = { SPARK_LOCAL_DIRS: directories.local };

/** Names the user, then becomes the program that it is given. */
export const startScript = `
echo "spark:x:$(id -u):$(id -g):Spark:/tmp:/bin/sh" > ${userName.passwd}
echo "spark:x:$(id -g):" > ${userName.group}
exec "$@"
`.trim();

/** What master, worker and history server read in place of properties. @param heap mebibytes */
export const daemonEnvironment = (heap: number, javaOptions: readonly string[] = []) => ({
  SPARK_DAEMON_MEMORY: `${heap}m`,
  SPARK_DAEMON_JAVA_OPTS: ["-XX:+ExitOnOutOfMemoryError", ...javaOptions].join(" "),
});
