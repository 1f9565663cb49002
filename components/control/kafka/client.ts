import { authorityFile } from "../../core/certificates";
import type { PropertyValues } from "../../core/formats";
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

/**
 * Client properties: TLS with the authority in `core/certificates.authorityFile`, which the client must mount, and SCRAM.
 * @param password put in as it is: a placeholder that the product replaces, such as `${env:KAFKA_PASSWORD}`
 */
export const clientProperties = ({ username }: KafkaClient, password: string): PropertyValues => ({
  "security.protocol": "SASL_SSL",
  "sasl.mechanism": "SCRAM-SHA-512",
  "sasl.jaas.config": `org.apache.kafka.common.security.scram.ScramLoginModule required username="${username}" password="${password}";`,
  "ssl.truststore.type": "PEM",
  "ssl.truststore.location": authorityFile,
});
