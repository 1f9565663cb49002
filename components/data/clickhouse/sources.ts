import type { Acl, KafkaClient } from "../../control/kafka/client";
import type { Xml } from "../../core/formats";
import { type EnvValue, keyOf } from "../../core/sources";
import type { Bucket } from "../../storage/minio";
import type { IcebergCatalog } from "../nessie";
import { secret } from "./config";
import { backupCollection } from "./users";

/** Data of others that queries reach by a name: where it is and the keys to it stay out of SQL, and out of logs. */

export interface Sources {
  readonly backups?: Bucket | undefined;
  readonly kafka?: KafkaClient | undefined;
  readonly lakehouse?: IcebergCatalog | undefined;
}

/** The database in which the lakehouse's tables are found by `<schema>.<table>`; also the collection of its files. */
export const lakehouse = "lakehouse";
const kafka = "kafka";

/** Reads every topic, under groups of its own. Who may make tables over them, only the administrator grants. */
export const kafkaGrants: readonly Acl[] = [
  { resource: "topic", name: "*", operations: ["Read", "Describe"] },
  { resource: "group", name: "clickhouse", prefix: true, operations: ["Read", "Describe"] },
];

/** `s3(<name>, filename = '...')`, `icebergS3(<name>, ...)`, `ENGINE = Kafka(<name>, kafka_topic_list = '...', ...)` */
export function collections(sources: Sources): Readonly<Record<string, Xml>> {
  const s3 = (name: string, { endpoint, bucket }: Bucket): Xml => ({
    url: `${endpoint}/${bucket}/`,
    access_key_id: secret(variable(name, "KEY")),
    secret_access_key: secret(variable(name, "SECRET")),
  });
  return {
    ...(sources.backups ? { [backupCollection]: s3(backupCollection, sources.backups) } : {}),
    ...(sources.lakehouse ? { [lakehouse]: s3(lakehouse, sources.lakehouse.storage) } : {}),
    ...(sources.kafka
      ? {
          [kafka]: {
            kafka_broker_list: sources.kafka.bootstrap,
            kafka_security_protocol: "SASL_SSL",
            kafka_sasl_mechanism: "SCRAM-SHA-512",
            kafka_sasl_username: sources.kafka.username,
            kafka_sasl_password: secret(variable(kafka, "PASSWORD")),
          },
        }
      : {}),
  };
}

/** The variables in which the collections' keys are. */
export function collectionKeys({ backups, kafka: client, lakehouse: catalog }: Sources): Record<string, EnvValue> {
  return {
    ...(backups ? bucketKeys(backupCollection, backups) : {}),
    ...(catalog ? bucketKeys(lakehouse, catalog.storage) : {}),
    ...(client ? { [variable(kafka, "PASSWORD")]: keyOf(client.credentials, "password") } : {}),
  };
}

/**
 * Statements that make the lakehouse's catalog a database; `$` stands for the shell's variables. ClickHouse keeps the key with
 * the database, so it is made anew; there is nothing in it.
 */
export const catalogStatements = ({ uri, storage }: IcebergCatalog): readonly string[] => [
  `DROP DATABASE IF EXISTS ${lakehouse}`,
  `CREATE DATABASE ${lakehouse} ENGINE = DataLakeCatalog('${uri}', '$${variable(lakehouse, "KEY")}', '$${variable(lakehouse, "SECRET")}') SETTINGS catalog_type = 'rest', warehouse = '${storage.bucket}', storage_endpoint = '${storage.endpoint}/${storage.bucket}'`,
];

export const bucketKeys = (name: string, { credentials }: Bucket): Record<string, EnvValue> => ({
  [variable(name, "KEY")]: keyOf(credentials, "accessKey"),
  [variable(name, "SECRET")]: keyOf(credentials, "secretKey"),
});

const variable = (name: string, part: string): string => `CLICKHOUSE_${name.toUpperCase()}_${part}`;
