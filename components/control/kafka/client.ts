import { authorityFile } from "../../core/certificates";
import { type PropertyValues, yamlText } from "../../core/formats";
import type { LogsSpec } from "../../core/logs";
import type { Handle } from "../../core/service";
import type { Source } from "../../core/sources";

/** What a client of Kafka asks for, and what it gets. */

export interface Topic {
  readonly name: string;
  readonly partitions: number;
  /** Settings beside the cluster's defaults, such as `cleanup.policy`. */
  readonly config?: Readonly<Record<string, string>>;
}

/** A right on resources of a name, or of a prefix of names. */
export interface Acl {
  readonly resource: "topic" | "group" | "transactional-id" | "cluster";
  /** `*` = all; a cluster's name is `kafka-cluster`. */
  readonly name: string;
  /** Whether `name` is only the beginning of the names. Default false. */
  readonly prefix?: boolean;
  readonly operations: readonly Operation[];
}

/** What a user is declared with; topics that are absent are made. */
export interface Grants {
  readonly topics?: readonly Topic[];
  readonly acls: readonly Acl[];
}

/** As the provisioning Job reads them: a line for each topic and each right, its words separated by blanks. */
export const grantFiles = ({ topics = [], acls }: Grants): { readonly topics: string; readonly acls: string } => ({
  topics: lines(topics, ({ name, partitions, config = {} }) => [
    name,
    `${partitions}`,
    ...Object.entries(config).map(([key, value]) => `${key}=${value}`),
  ]),
  acls: lines(acls, ({ resource, name, prefix, operations }) => [
    resource,
    name,
    prefix ? "prefixed" : "literal",
    ...operations,
  ]),
});

const lines = <T>(entries: readonly T[], words: (entry: T) => readonly string[]): string =>
  entries.map((entry) => `${words(entry).join(" ")}\n`).join("");

/** Operations as `kafka-acls.sh` spells them. */
export type Operation =
  | "Read"
  | "Write"
  | "Create"
  | "Delete"
  | "Alter"
  | "Describe"
  | "DescribeConfigs"
  | "AlterConfigs"
  | "IdempotentWrite";

export interface KafkaClient extends Handle {
  /** `host:port` from which a client learns of all brokers. */
  readonly bootstrap: string;
  readonly username: string;
  /** Secret in the owner's namespace: `username`, `password`. */
  readonly credentials: Source;
}

const trust: PropertyValues = { "ssl.truststore.type": "PEM", "ssl.truststore.location": authorityFile };

/** TLS with a certificate of one's own, in PEM: such stores have no password. @param pem key and certificate in one file */
export const pemStores = (pem: string): PropertyValues => ({
  "ssl.keystore.type": "PEM",
  "ssl.keystore.location": pem,
  ...trust,
});

/** Lets `${env:NAME}` stand in properties files, for what differs from pod to pod and for passwords. */
export const environmentProvider: PropertyValues = {
  "config.providers": "env",
  "config.providers.env.class": "org.apache.kafka.common.config.provider.EnvVarConfigProvider",
};

/**
 * Log4j to the console only: images' own files write log files as well.
 * @param levels logger -> level, where it is not INFO
 */
export const log4j = (levels: Readonly<Record<string, string>>): string =>
  yamlText({
    Configuration: {
      Properties: { Property: { name: "pattern", value: "[%d] %p %m (%c)%n" } },
      Appenders: { Console: { name: "STDOUT", PatternLayout: { pattern: "${pattern}" } } },
      Loggers: {
        Root: { level: "INFO", AppenderRef: { ref: "STDOUT" } },
        Logger: Object.entries(levels).map(([name, level]) => ({ name, level })),
      },
    },
  });

/** What it writes. */
export const log4jEntries = { entry: String.raw`^\[\d{4}-` } as const satisfies LogsSpec;

/** The line that a request for one of these paths leaves, when all is well: probes send one every few seconds. */
export const answered = (paths: readonly string[]): string => `"GET (${paths.join("|")}) HTTP/[0-9.]+" 200 `;

/**
 * Client properties: TLS with the authority in `core/certificates.authorityFile`, which the client must mount, and SCRAM.
 * @param password put in as it is: a placeholder that the product replaces, such as `${env:KAFKA_PASSWORD}`
 */
export const clientProperties = ({ username }: KafkaClient, password: string): PropertyValues => ({
  "security.protocol": "SASL_SSL",
  "sasl.mechanism": "SCRAM-SHA-512",
  "sasl.jaas.config": `org.apache.kafka.common.security.scram.ScramLoginModule required username="${username}" password="${password}";`,
  ...trust,
});
