import { type PropertyValues, properties, yamlText } from "../../core/formats";
import type { JavaTrust } from "../../core/java";
import { serviceHost } from "../../core/names";
import { type Acl, clientProperties, type KafkaClient, type Topic } from "../kafka/client";
import type { SchemaRegistryAccess } from "../schema-registry";
import { changeTopic } from "./changes";
import { connectPrefix, secretOf, secretsDirectory } from "./client";

/** Configuration of Kafka Connect's workers. */

export const ports = { rest: 8083, metrics: 9404 };
export const headless = "kafka-connect-headless";
export const configDirectory = "/etc/kafka-connect";
export const tlsDirectory = "/etc/kafka-connect-tls";
/** Written at the start: the server certificate as Java's HTTP server wants it. */
export const keystore = "/tmp/keystore.p12";

const group = "kafka-connect";
/** Connect keeps everything it knows in these; they are made beforehand, with as many copies as the cluster gives. */
const compacted = { "cleanup.policy": "compact" };
export const topics: readonly Topic[] = [
  { name: `${connectPrefix}configs`, partitions: 1, config: compacted },
  { name: `${connectPrefix}offsets`, partitions: 25, config: compacted },
  { name: `${connectPrefix}status`, partitions: 5, config: compacted },
];

/** Connectors use the worker's own user, so these are what any of them may do. */
export const acls: readonly Acl[] = [
  {
    resource: "topic",
    name: connectPrefix,
    prefix: true,
    operations: ["Read", "Write", "Create", "Describe", "DescribeConfigs"],
  },
  {
    resource: "topic",
    name: changeTopic(),
    prefix: true,
    operations: ["Read", "Write", "Create", "Describe", "DescribeConfigs"],
  },
  { resource: "group", name: group, operations: ["Read", "Describe"] },
  { resource: "group", name: connectPrefix, prefix: true, operations: ["Read", "Describe"] },
  { resource: "transactional-id", name: connectPrefix, prefix: true, operations: ["Write", "Describe"] },
];

export function workerProperties(
  namespace: string,
  kafka: KafkaClient,
  registry: SchemaRegistryAccess,
  trust: Pick<JavaTrust, "path" | "password">,
): string {
  const client = clientProperties(kafka, secretOf("kafka", "password"));
  return properties({
    "bootstrap.servers": kafka.bootstrap,
    "group.id": group,
    "config.storage.topic": `${connectPrefix}configs`,
    "offset.storage.topic": `${connectPrefix}offsets`,
    "status.storage.topic": `${connectPrefix}status`,
    // The cluster's own number, for the case that a topic was deleted.
    "config.storage.replication.factor": -1,
    "offset.storage.replication.factor": -1,
    "status.storage.replication.factor": -1,
    "config.providers": "dir,env",
    "config.providers.dir.class": "org.apache.kafka.common.config.provider.DirectoryConfigProvider",
    "config.providers.dir.param.allowed.paths": secretsDirectory,
    "config.providers.env.class": "org.apache.kafka.common.config.provider.EnvVarConfigProvider",
    "config.providers.env.param.allowlist.pattern": "^(POD_NAME|KEYSTORE_PASSWORD)$",
    ...client,
    ...prefixed("producer.", client),
    ...prefixed("consumer.", client),
    ...prefixed("admin.", client),
    listeners: `https://0.0.0.0:${ports.rest}`,
    "rest.advertised.listener": "https",
    "rest.advertised.host.name": `\${env:POD_NAME}.${serviceHost(headless, namespace)}`,
    "rest.advertised.port": ports.rest,
    "listeners.https.ssl.keystore.type": "PKCS12",
    "listeners.https.ssl.keystore.location": keystore,
    "listeners.https.ssl.keystore.password": "${env:KEYSTORE_PASSWORD}",
    "listeners.https.ssl.key.password": "${env:KEYSTORE_PASSWORD}",
    // As clients of each other; without it, each would trust the certificate that it has itself, and no renewed one.
    "listeners.https.ssl.truststore.type": "PKCS12",
    "listeners.https.ssl.truststore.location": trust.path,
    "listeners.https.ssl.truststore.password": trust.password,
    "plugin.path": "/opt/kafka/plugins",
    // The image's plugins list their classes; to search for them takes most of a minute and 200 MiB.
    "plugin.discovery": "service_load",
    ...converter("key", registry),
    ...converter("value", registry),
    // Where a connector could choose its own login module or class, the REST API would run any code.
    "connector.client.config.override.policy": "None",
    // Half a minute after a worker has left, the others take over its work; until then it may come back.
    "scheduled.rebalance.max.delay.ms": 30000,
    // An idle sink looks up from its topics only when offsets are due: the lakehouse's commits wait for that.
    "offset.flush.interval.ms": 2000,
    "task.shutdown.graceful.timeout.ms": 20000,
  });
}

const prefixed = (prefix: string, values: PropertyValues): PropertyValues =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [`${prefix}${key}`, value]));

/** Avro, its schemas in the registry; the registry's certificate is known to the JVM. */
const converter = (part: "key" | "value", { url }: SchemaRegistryAccess): PropertyValues =>
  prefixed(`${part}.converter`, {
    "": "io.confluent.connect.avro.AvroConverter",
    ".schema.registry.url": url,
    ".basic.auth.credentials.source": "USER_INFO",
    ".basic.auth.user.info": `${secretOf("schema-registry", "username")}:${secretOf("schema-registry", "password")}`,
  });

/** Names as Strimzi's rules and public dashboards have them. Rules are tried in this order. */
export const metricRules = (): string =>
  yamlText({
    lowercaseOutputName: true,
    lowercaseOutputLabelNames: true,
    rules: [
      // Of each connector and task: its state, as a label.
      {
        pattern: "kafka.connect<type=connector-task-metrics, connector=(.+), task=(.+)><>status: ([a-z-]+)",
        name: "kafka_connect_connector_task_status",
        type: "GAUGE",
        value: 1,
        labels: { connector: "$1", task: "$2", status: "$3" },
      },
      {
        pattern: "kafka.connect<type=connector-metrics, connector=(.+)><>status: ([a-z-]+)",
        name: "kafka_connect_connector_status",
        type: "GAUGE",
        value: 1,
        labels: { connector: "$1", status: "$2" },
      },
      {
        pattern: "kafka.connect<type=(.+)-metrics, connector=(.+), task=(.+)><>([a-z-]+)",
        name: "kafka_connect_$1_$4",
        type: "GAUGE",
        labels: { connector: "$2", task: "$3" },
      },
      {
        pattern: "kafka.connect<type=connect-worker-metrics, connector=(.+)><>([a-z-]+)",
        name: "kafka_connect_worker_$2",
        type: "GAUGE",
        labels: { connector: "$1" },
      },
      {
        pattern: "kafka.connect<type=connect-worker-(rebalance-)?metrics><>([a-z-]+)",
        name: "kafka_connect_worker_$1$2",
        type: "GAUGE",
      },
      {
        pattern:
          "debezium.postgres<type=connector-metrics, context=(.+), server=(.+)><>(Connected|MilliSecondsBehindSource|TotalNumberOfEventsSeen|SnapshotRunning)",
        name: "debezium_$1_$3",
        type: "GAUGE",
        labels: { server: "$2" },
      },
    ],
  });
