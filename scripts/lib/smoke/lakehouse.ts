import { S3 } from "../clients/s3";
import { Trino } from "../clients/trino";
import { expect } from "./check";
import type { Installation } from "./installation";

/** The ways into a stack's lakehouse. */

/** A Trino session as administrator. */
export async function withTrino<T>(
  installation: Installation,
  source: string,
  use: (trino: Trino, wrongPassword: Trino) => Promise<T>,
): Promise<T> {
  const { username = "", password = "" } = await installation.secret("trino", "admin");
  return installation.connect("trino", 8443, (server) =>
    use(
      new Trino(server, { user: username, password }, source),
      new Trino(server, { user: username, password: `${password}-wrong` }, source),
    ),
  );
}

/** Where a table's files lie: bucket, and the start of the keys, which no other table shares. */
export async function tableLocation(trino: Trino, schema: string, table: string) {
  const metadata = await trino.value(`SELECT max(file) FROM iceberg.${schema}."${table}$metadata_log_entries"`);
  return placeOf(String(metadata), `${schema}.${table}`);
}

/** Where the files of a table lie, by that of its metadata. */
export function placeOf(metadata: string, table: string) {
  const [, bucket, prefix] = /^s3a?:\/\/([^/]+)\/(.+\/)metadata\/[^/]+$/.exec(metadata) ?? [];
  expect(bucket !== undefined && prefix !== undefined, `${table} has no metadata file in S3: ${metadata}`);
  return { bucket, prefix };
}

/** Drops a table, and its files with it: Nessie keeps those for older commits, and nothing else would ever remove them. */
export async function dropTable(
  trino: Trino,
  installation: Installation,
  schema: string,
  table: string,
): Promise<void> {
  const schemas = await trino.query(`SHOW SCHEMAS FROM iceberg LIKE '${schema}'`);
  const found = schemas.rows.length > 0 && (await trino.query(`SHOW TABLES FROM iceberg.${schema} LIKE '${table}'`));
  if (!found || found.rows.length === 0) return;
  const { bucket, prefix } = await tableLocation(trino, schema, table);
  expect(prefix.includes(`/${schema}/${table}`), `table ${table} lies in ${prefix}, which may hold more than itself`);
  await trino.query(`DROP TABLE iceberg.${schema}.${table}`);
  await removeFiles(installation, bucket, prefix);
}

/** Deletes all objects of a bucket whose keys begin so. */
export const removeFiles = (installation: Installation, bucket: string, prefix: string): Promise<void> =>
  withBucket(installation, bucket, async (s3) => {
    for (const { key } of await s3.list(bucket, prefix)) await s3.delete(bucket, key);
  });

/** The object store as the service that owns a bucket sees it. */
export async function withBucket<T>(
  installation: Installation,
  bucket: string,
  use: (s3: S3) => Promise<T>,
): Promise<T> {
  const grant = (await installation.grants("bucket")).find(({ name }) => name === bucket);
  expect(grant !== undefined, `no Secret <service>-bucket-${bucket} holds a key for bucket ${bucket}`);
  const { accessKey = "", secretKey = "" } = grant.values;
  return installation.connect("minio", 9000, (server) => use(new S3(server, { accessKey, secretKey })));
}
