import { authorityFile } from "../../core/certificates";
import type { SourceTable } from "../../core/settings";
import type { IcebergCatalog } from "../../data/nessie";
import type { ChangeStream } from "../../storage/postgresql/changes";
import type { Topic } from "../kafka/client";
import { type ConnectorSpec, connectorName, connectPrefix, secretOf } from "./client";

/**
 * The way of changed rows: PostgreSQL -> Debezium -> topic of each table -> Iceberg sink -> table `<table>_changes` of the
 * lakehouse, which has a line for each change. What the rows are now is view `<table>` beside it (`views.ts`).
 */

/** Topics of changes begin with `cdc.`; those of a database, or of one table. */
export const changeTopic = (database = "", { schema, table }: Partial<SourceTable> = {}): string =>
  ["cdc", database, ...(schema && table ? [schema, table] : [])].join(".");

/** Where the lakehouse has a table's changes: the schema has both names, since a lakehouse's schemas have no parts. */
export const lakehouseSchema = ({ database, schema }: SourceTable): string => `${database}_${schema}`;
export const changesSuffix = "_changes";

const sourceName = (database: string) => `${database}-source`;
const sinkName = (database: string) => `${database}-lakehouse`;
const controlTopic = (database: string) => `${connectPrefix}${connectorName(sinkName(database))}-control`;

/** The tables of each database. */
export function byDatabase(tables: readonly SourceTable[]): ReadonlyMap<string, readonly SourceTable[]> {
  const databases = [...new Set(tables.map(({ database }) => database))];
  return new Map(databases.map((name) => [name, tables.filter(({ database }) => database === name)]));
}

/** Made beforehand: a sink finds a topic that comes later only after minutes. */
export function changeTopics(databases: ReadonlyMap<string, readonly SourceTable[]>): readonly Topic[] {
  return [...databases].flatMap(([database, tables]) => [
    { name: controlTopic(database), partitions: 1 },
    ...tables.map((table) => ({ name: changeTopic(database, table), partitions: 3 })),
  ]);
}

/** Reads the database's log of changes, and before that, once, all rows. */
export function source(stream: ChangeStream): ConnectorSpec {
  const { host, port, database, tables, slot, publication, credentials } = stream;
  const name = sourceName(database);
  return {
    name,
    uses: [stream],
    secrets: { [name]: credentials },
    config: {
      "connector.class": "io.debezium.connector.postgresql.PostgresConnector",
      "tasks.max": "1",
      "database.hostname": host,
      "database.port": `${port}`,
      "database.user": secretOf(name, "username"),
      "database.password": secretOf(name, "password"),
      "database.dbname": database,
      "database.sslmode": "verify-full",
      "database.sslrootcert": authorityFile,
      "plugin.name": "pgoutput",
      "slot.name": slot,
      "publication.name": publication,
      "publication.autocreate.mode": "disabled",
      "table.include.list": tables.map(({ schema, table }) => `${schema}.${table}`).join(","),
      "topic.prefix": changeTopic(database),
      "snapshot.mode": "initial",
      // A quiet table in a busy server: without a word of its own, the slot would hold the whole server's log back.
      "heartbeat.interval.ms": "10000",
      "heartbeat.action.query": "SELECT pg_logical_emit_message(false, 'heartbeat', now()::text)",
      "logical.decoding.message.prefix.exclude.list": "heartbeat",
      "topic.heartbeat.prefix": changeTopic("heartbeat"),
      // Types that the lakehouse has as well, in milliseconds.
      "time.precision.mode": "connect",
      "schema.name.adjustment.mode": "avro",
      "field.name.adjustment.mode": "avro",
      // A deletion's second record only serves topics that are compacted.
      "tombstones.on.delete": "false",
      // What the cluster gives every topic.
      "topic.creation.default.replication.factor": "-1",
      "topic.creation.default.partitions": "-1",
    },
  };
}

/** Adds each change to the table of its source; tables and columns that are new are made. */
export function sink(stream: ChangeStream, catalog: IcebergCatalog): ConnectorSpec {
  const { database, tables } = stream;
  const { uri, storage } = catalog;
  const name = sinkName(database);
  return {
    name,
    uses: [catalog],
    secrets: { [name]: storage.credentials },
    config: {
      "connector.class": "org.apache.iceberg.connect.IcebergSinkConnector",
      "tasks.max": "1",
      topics: tables.map((table) => changeTopic(database, table)).join(","),
      transforms: "debezium",
      "transforms.debezium.type": "org.apache.iceberg.connect.transforms.DebeziumTransform",
      // Its `{db}` is the schema of PostgreSQL.
      "transforms.debezium.cdc.target.pattern": `${database}_{db}.{table}${changesSuffix}`,
      "iceberg.tables.dynamic-enabled": "true",
      "iceberg.tables.route-field": "_cdc.target",
      "iceberg.tables.auto-create-enabled": "true",
      "iceberg.tables.evolve-schema-enabled": "true",
      // A column that the source drops is missing from then on, which a required one could not be.
      "iceberg.tables.schema-force-optional": "true",
      "iceberg.control.topic": controlTopic(database),
      "iceberg.control.commit.interval-ms": "10000",
      "iceberg.control.group-id-prefix": `${controlTopic(database)}-`,
      "iceberg.coordinator.transactional.prefix": `${controlTopic(database)}-`,
      "iceberg.catalog.type": "rest",
      "iceberg.catalog.uri": uri,
      "iceberg.catalog.io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
      "iceberg.catalog.client.region": storage.region,
      "iceberg.catalog.s3.endpoint": storage.endpoint,
      "iceberg.catalog.s3.path-style-access": "true",
      "iceberg.catalog.s3.access-key-id": secretOf(name, "accessKey"),
      "iceberg.catalog.s3.secret-access-key": secretOf(name, "secretKey"),
    },
  };
}
