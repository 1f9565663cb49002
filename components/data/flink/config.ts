import type * as k8s from "@pulumi/kubernetes";
import { type PropertyValues, properties, yamlText } from "../../core/formats";
import { heapOptions } from "../../core/java";
import type { Size } from "../../core/profiles";
import { mebibytes } from "../../core/quantities";
import type { Bucket } from "../../storage/minio";
import type { IcebergCatalog } from "../nessie";

/** Flink's configuration files. Each is a key of a ConfigMap; what differs from pod to pod and secrets are added at the start (`scripts.ts`). */

export const ports = {
  jobManager: { rest: 8081, rpc: 6123, blob: 6124, query: 6126, metrics: 9249 },
  taskManager: { data: 6121, rpc: 6122, query: 6126, metrics: 9249 },
  sqlGateway: { https: 8083 },
} as const;

export const paths = {
  config: "/etc/flink",
  catalogs: "/etc/flink-catalogs",
  /** Certificate of the REST endpoints and of whoever calls them for Flink. */
  tls: "/etc/flink-tls",
  /** Certificate by which JobManagers and TaskManagers know each other, and nobody else's. */
  internal: "/etc/flink-internal",
  /** Keys of the bucket with checkpoints, and of the one with tables. */
  bucket: "/etc/flink-bucket",
  lakehouse: "/etc/flink-lakehouse",
  kafka: "/etc/flink-kafka",
  /** Written at the start. */
  work: "/tmp/flink",
  data: "/data",
} as const;

/** Made at the start out of the PEM files, since Flink reads Java's stores only. */
export const stores = {
  tls: `${paths.work}/tls.p12`,
  internal: `${paths.work}/internal.p12`,
  trust: `${paths.work}/trust.p12`,
  /** No secret: the store has the authority's public certificate only. */
  trustPassword: "changeit",
} as const;

/** Leader election and pointers to checkpoints are ConfigMaps that Flink makes, with names of its own. */
export const rules: k8s.types.input.rbac.v1.PolicyRule[] = [
  {
    apiGroups: [""],
    resources: ["configmaps"],
    // `patch` is how the leader renews its claim; Flink's own documentation forgets it.
    verbs: ["get", "list", "watch", "create", "update", "patch", "delete"],
  },
];

/** What Java 17 must open for Flink, as in the configuration that Flink ships, without the compiler, which no JRE has. */
const opened = ["java.rmi/sun.rmi.registry", "java.security.jgss/sun.security.krb5"].map(
  (name) => `--add-exports=${name}=ALL-UNNAMED`,
);
const reflected = [
  ...["lang", "net", "io", "nio", "lang.reflect", "text", "time", "util"].map((name) => `java.${name}`),
  ...["util.concurrent", "util.concurrent.atomic", "util.concurrent.locks"].map((name) => `java.${name}`),
  "sun.nio.ch",
].map((name) => `--add-opens=java.base/${name}=ALL-UNNAMED`);

/** Of every process: TLS in both directions, and no Hadoop beyond its classes. */
const common: PropertyValues = {
  "env.java.opts.all": [
    ...opened,
    ...reflected,
    "-XX:+ExitOnOutOfMemoryError",
    `-Djavax.net.ssl.trustStore=${stores.trust}`,
    `-Djavax.net.ssl.trustStorePassword=${stores.trustPassword}`,
  ].join(" "),
  // Both ends of REST show a certificate of the platform's authority.
  "security.ssl.rest.enabled": true,
  "security.ssl.rest.authentication-enabled": true,
  "security.ssl.rest.keystore": stores.tls,
  "security.ssl.rest.truststore": stores.trust,
  "security.ssl.rest.truststore-password": stores.trustPassword,
  "security.ssl.protocol": "TLSv1.3",
  // Flink's own list has suites for RSA only.
  "security.ssl.algorithms": "TLS_AES_128_GCM_SHA256,TLS_AES_256_GCM_SHA384",
  // Both ask Hadoop who the user is, which has no name here.
  "security.module.factory.classes": "org.apache.flink.runtime.security.modules.JaasModuleFactory",
  "security.delegation.tokens.enabled": false,
};

/** What JobManagers and TaskManagers must agree on. */
const cluster = (namespace: string, bucket: Bucket): PropertyValues => ({
  ...common,
  "security.ssl.internal.enabled": true,
  "security.ssl.internal.keystore": stores.internal,
  // The certificate's fingerprint, added at the start, decides; the store must be there all the same.
  "security.ssl.internal.truststore": stores.trust,
  "security.ssl.internal.truststore-password": stores.trustPassword,
  "kubernetes.cluster-id": "flink",
  "kubernetes.namespace": namespace,
  "high-availability.type": "kubernetes",
  "high-availability.cluster-id": "flink",
  "high-availability.storageDir": `s3p://${bucket.bucket}/ha`,
  "s3.endpoint": bucket.endpoint,
  "s3.path.style.access": true,
  "jobmanager.rpc.port": ports.jobManager.rpc,
  "metrics.internal.query-service.port": ports.jobManager.query,
  "metrics.reporter.prom.factory.class": "org.apache.flink.metrics.prometheus.PrometheusReporterFactory",
  "metrics.reporter.prom.port": ports.jobManager.metrics,
  "io.tmp.dirs": `${paths.data}/tmp`,
  "state.backend.type": "rocksdb",
  "state.backend.rocksdb.localdir": `${paths.data}/rocksdb`,
  // Defaults of jobs, which may set their own.
  "execution.checkpointing.dir": `s3p://${bucket.bucket}/checkpoints`,
  "execution.checkpointing.savepoint-dir": `s3p://${bucket.bucket}/savepoints`,
  "execution.checkpointing.interval": "60s",
  "execution.checkpointing.incremental": true,
  "execution.checkpointing.num-retained": 3,
  // Some seconds without the object store are no reason to start a job anew.
  "execution.checkpointing.tolerable-failed-checkpoints": 3,
  "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
});

/** Of the container's memory: the rest is for what Flink does not count, such as the allocator's own. */
const processMemory = (size: Size): string => `${mebibytes(size.memory, 0.92)}m`;

export const jobManagerConfig = (size: Size, namespace: string, bucket: Bucket): string =>
  yamlText({
    ...cluster(namespace, bucket),
    "jobmanager.memory.process.size": processMemory(size),
    "jobmanager.bind-host": "0.0.0.0",
    "blob.server.port": ports.jobManager.blob,
    "rest.port": ports.jobManager.rest,
    "rest.bind-address": "0.0.0.0",
    // A streaming job runs on with fewer slots when a TaskManager is lost.
    "jobmanager.scheduler": "adaptive",
    "web.submit.enable": false,
  });

/** Slots of a TaskManager: one for each 2 GiB, and at least two. */
export const slotsOf = (size: Size): number => Math.max(2, Math.floor(mebibytes(size.memory) / 2048));

export const taskManagerConfig = (size: Size, namespace: string, bucket: Bucket): string =>
  yamlText({
    ...cluster(namespace, bucket),
    "taskmanager.memory.process.size": processMemory(size),
    "taskmanager.bind-host": "0.0.0.0",
    "taskmanager.rpc.port": ports.taskManager.rpc,
    "taskmanager.data.port": ports.taskManager.data,
    "taskmanager.numberOfTaskSlots": slotsOf(size),
    "process.taskmanager.working-dir": `${paths.data}/work`,
    // After a restart of the container, state is taken from the pod's disk where it is still there.
    "execution.state-recovery.from-local": true,
  });

export const sqlGatewayConfig = (jobManager: string): string =>
  yamlText({
    ...common,
    "execution.target": "remote",
    "rest.address": jobManager,
    "rest.port": ports.jobManager.rest,
    "sql-gateway.endpoint.rest.address": "localhost",
    "sql-gateway.endpoint.rest.bind-address": "0.0.0.0",
    "sql-gateway.endpoint.rest.port": ports.sqlGateway.https,
    "sql-gateway.session.idle-timeout": "30 min",
    "table.catalog-store.kind": "file",
    "table.catalog-store.file.path": `file://${paths.work}/catalogs`,
  });

/** The gateway's heap; the rest is for classes, of which the planner has many. */
export const sqlGatewayHeap = (size: Size): string => heapOptions(size, 0.4).join(" ");

/** The lakehouse, under the name that Trino has for it. The keys of its bucket are in the environment. */
export const icebergCatalog = ({ uri, storage }: IcebergCatalog): string =>
  yamlText({
    type: "iceberg",
    "catalog-type": "rest",
    uri,
    "io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
    "s3.endpoint": storage.endpoint,
    "s3.path-style-access": "true",
    "client.region": storage.region,
  });

/** Log4j to the console only, as Flink's scripts name the file; levels where INFO says too much. */
export const log4j = (): string =>
  properties({
    "rootLogger.level": "INFO",
    "rootLogger.appenderRef.console.ref": "console",
    "appender.console.name": "console",
    "appender.console.type": "CONSOLE",
    "appender.console.layout.type": "PatternLayout",
    "appender.console.layout.pattern": "[%d] %p %m (%c)%n",
    // The settings of each client, several times.
    ...level("kafka", "org.apache.flink.kafka.shaded.org.apache.kafka", "WARN"),
    ...level("plugins", "org.apache.flink.core.plugin", "WARN"),
    // It looks for the user's name, which has none.
    ...level("environment", "org.apache.flink.runtime.util.EnvironmentInformation", "ERROR"),
  });

const level = (name: string, logger: string, level: string): PropertyValues => ({
  [`logger.${name}.name`]: logger,
  [`logger.${name}.level`]: level,
});
