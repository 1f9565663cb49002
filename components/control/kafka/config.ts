import { type PropertyValues, properties } from "../../core/formats";
import { serviceHost } from "../../core/names";
import { environmentProvider, pemStores } from "./client";

/**
 * Kafka's configuration files. What differs from pod to pod comes from its environment, through Kafka's own config
 * provider, so that the files here are complete.
 */

export const ports = { internal: 9091, client: 9092, controller: 9093, metrics: 9404 };
/** Headless Services, and so the names of the pods. */
export const headless = { broker: "kafka-broker", controller: "kafka-controller" };
export const dataDirectory = "/var/lib/kafka/data";
/** Where servers and tools find the files they share, and the certificate that each of them has. */
export const commonDirectory = "/etc/kafka-common";
export const tlsDirectory = "/etc/kafka-tls";
/** Common names of the certificates by which Kafka's own processes know each other. */
export const principals = { broker: "kafka-broker", controller: "kafka-controller", admin: "kafka-admin" };
/** Brokers are numbered from 0, controllers from here: a number must never have two roles. */
export const firstController = 100;

export interface Cluster {
  readonly namespace: string;
  readonly controllers: number;
  readonly brokers: number;
}

/** Copies of each partition, and how many of them must have a write before it is acknowledged: one broker may be away. */
export function replication(brokers: number) {
  const factor = Math.min(3, brokers);
  return { factor, inSync: Math.max(1, factor - 1) };
}

const controllerAddress = (namespace: string, pod: string | number): string =>
  `${headless.controller}-${pod}.${serviceHost(headless.controller, namespace)}:${ports.controller}`;

/** The first voters, `id@host:port:directory` each. @param directories the identifier of each one's log directory */
export const initialControllers = (namespace: string, directories: readonly string[]): string =>
  directories.map((id, i) => `${firstController + i}@${controllerAddress(namespace, i)}:${id}`).join(",");

const stores = pemStores(`${tlsDirectory}/server.pem`);

/** What controllers and brokers have in common. */
function node({ namespace, controllers, brokers }: Cluster): PropertyValues {
  const { factor, inSync } = replication(brokers);
  return {
    ...environmentProvider,
    "node.id": "${env:NODE_ID}",
    "controller.listener.names": "CONTROLLER",
    "controller.quorum.bootstrap.servers": Array.from({ length: controllers }, (_, i) =>
      controllerAddress(namespace, i),
    ).join(","),
    ...stores,
    "ssl.principal.mapping.rules": "RULE:^.*CN=([a-z0-9-]+).*$/$1/,DEFAULT",
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "super.users": Object.values(principals)
      .map((name) => `User:${name}`)
      .join(";"),
    // The active controller makes the topics, and writes the cluster's `min.insync.replicas` once, from its own file.
    "default.replication.factor": factor,
    "min.insync.replicas": inSync,
    "num.partitions": 3,
    "unclean.leader.election.enable": false,
  };
}

export const controllerProperties = (cluster: Cluster): string =>
  properties({
    "process.roles": "controller",
    ...node(cluster),
    listeners: `CONTROLLER://:${ports.controller}`,
    "advertised.listeners": `CONTROLLER://\${env:POD_NAME}.${serviceHost(headless.controller, cluster.namespace)}:${ports.controller}`,
    "listener.security.protocol.map": "CONTROLLER:SSL",
    "listener.name.controller.ssl.client.auth": "required",
    // A new controller, or one that lost its disk, becomes a voter by itself.
    "controller.quorum.auto.join.enable": true,
    // Below the mount: Kafka takes every folder of a log directory, such as lost+found, for a partition.
    "log.dirs": `${dataDirectory}/kraft`,
  });

export function brokerProperties(cluster: Cluster): string {
  const { factor, inSync } = replication(cluster.brokers);
  const host = `\${env:POD_NAME}.${serviceHost(headless.broker, cluster.namespace)}`;
  return properties({
    "process.roles": "broker",
    ...node(cluster),
    // It starts beside the controllers. By default it would end after a minute without them, and be put off by Kubernetes.
    "initial.broker.registration.timeout.ms": 600_000,
    "broker.rack": cluster.brokers > 1 ? "${env:RACK}" : undefined,
    listeners: `INTERNAL://:${ports.internal},CLIENT://:${ports.client}`,
    "advertised.listeners": `INTERNAL://${host}:${ports.internal},CLIENT://${host}:${ports.client}`,
    "inter.broker.listener.name": "INTERNAL",
    "listener.security.protocol.map": "CONTROLLER:SSL,INTERNAL:SSL,CLIENT:SASL_SSL",
    "listener.name.internal.ssl.client.auth": "required",
    "listener.name.client.ssl.client.auth": "none",
    "listener.name.client.sasl.enabled.mechanisms": "SCRAM-SHA-512",
    "listener.name.client.scram-sha-512.sasl.jaas.config":
      "org.apache.kafka.common.security.scram.ScramLoginModule required;",
    "log.dirs": `${dataDirectory}/logs`,
    "auto.create.topics.enable": false,
    "offsets.topic.replication.factor": factor,
    "transaction.state.log.replication.factor": factor,
    "transaction.state.log.min.isr": inSync,
    "share.coordinator.state.topic.replication.factor": factor,
    "share.coordinator.state.topic.min.isr": inSync,
    "log.retention.hours": 168,
    "log.segment.bytes": 268435456,
  });
}

/** For the tools: by certificate, through the brokers' internal listener. */
export const adminProperties = (): string => properties({ "security.protocol": "SSL", ...stores });
