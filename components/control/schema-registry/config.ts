import { type PropertyValues, properties, yamlText } from "../../core/formats";
import { serviceHost } from "../../core/names";
import { clientProperties, environmentProvider, type KafkaClient, pemStores } from "../kafka/client";

/** Schema Registry's configuration files. */

export const ports = { https: 8081, metrics: 9404 };
/** Headless Service, by which the instances find each other. */
export const headless = "schema-registry-headless";
/** All schemas are in this topic; an instance refuses to start when it has several partitions or is not compacted. */
export const topic = "_schemas";
export const consumerGroup = "schema-registry";
export const configDirectory = "/etc/schema-registry";
export const usersDirectory = "/etc/schema-registry-users";
export const tlsDirectory = "/etc/schema-registry-tls";
export const versionPath = "/v1/metadata/version";

const realm = "SchemaRegistry";
/** There are no rights per subject in the Community edition: who logs in may do all. */
const role = "user";

/** @param kafka its user there; the password is in the environment, as KAFKA_PASSWORD */
export const registryProperties = (namespace: string, kafka: KafkaClient): string =>
  properties({
    ...environmentProvider,
    listeners: `https://0.0.0.0:${ports.https}`,
    ...pemStores(`${tlsDirectory}/server.pem`),
    // Probes come to the pod's address, which is in no certificate.
    "sni.host.check.enabled": false,

    "authentication.method": "BASIC",
    "authentication.realm": realm,
    "authentication.roles": role,
    "authentication.skip.paths": versionPath,

    // Followers send writes to the leader under this name, with the login of whoever writes.
    "host.name": `\${env:POD_NAME}.${serviceHost(headless, namespace)}`,
    "inter.instance.protocol": "https",
    "schema.registry.group.id": consumerGroup,
    // The leader stays while others come and go; by default each of them takes writes away for a moment.
    "leader.election.sticky": true,
    // A leader on a lost node answers nothing. Default a minute.
    "leader.connect.timeout.ms": 5000,

    ...kafkaStore({
      "bootstrap.servers": `SASL_SSL://${kafka.bootstrap}`,
      ...clientProperties(kafka, "${env:KAFKA_PASSWORD}"),
      topic,
      // Its default has the pod's name in it, and rights are given to names.
      "group.id": `${consumerGroup}-store`,
      // A write is done when two brokers have it. The default of 500 ms is short for that while a broker is being replaced.
      "timeout.ms": 5000,
      "init.timeout.ms": 120000,
    }),
  });

const kafkaStore = (values: PropertyValues): PropertyValues =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [`kafkastore.${key}`, value]));

/** Jetty's own login module; Kafka's client has its login in the properties. */
export const jaas = (): string =>
  `${realm} {
  org.eclipse.jetty.security.jaas.spi.PropertyFileLoginModule required file="${usersDirectory}/users";
};
`;

export interface User {
  readonly name: string;
  readonly password: string;
}

/** In the order of names, so that the order of wiring restarts nothing. */
export const usersFile = (users: readonly User[]): string =>
  [...users]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, password }) => `${name}: ${password},${role}\n`)
    .join("");

/** What the registry says of itself: `kafka_schema_registry_master_slave_role` is 1 on the leader, `..._node_count` all instances. */
export const metricRules = (): string =>
  yamlText({
    lowercaseOutputName: true,
    rules: [{ pattern: "kafka\\.schema\\.registry<type=(.+)><>\\1:", name: "kafka_schema_registry_$1", type: "GAUGE" }],
  });
