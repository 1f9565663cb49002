import { clientConfig, ports } from "./config";
import { backupCollection } from "./users";

/** Bash of ClickHouse's containers. User and password come as CLICKHOUSE_USER and CLICKHOUSE_PASSWORD. Every one may run again. */

export const keeperScript = (file: string): string =>
  `
export KEEPER_ID=$((\${POD_NAME##*-} + 1))
exec clickhouse keeper --config-file=${file}
`.trim();

const client = `
sql() { # host, statement: the answer, with tabs between columns
  clickhouse client --config-file=${clientConfig} --host "$1" --port ${ports.native} <<< "$2"
}
`.trim();

/**
 * For each replica in REPLICAS: waits until it has read the users of VERSION, which the kubelet may bring late, then makes
 * what is in DATABASES.
 * @param statements further ones, for each replica
 */
export const provisionScript = (statements: readonly string[]): string =>
  [
    client,
    `
deadline=$(($(date +%s) + 900))
for replica in $REPLICAS; do
  until [ "$(sql "$replica" "SELECT count() FROM system.roles WHERE name = '$VERSION'" 2> /tmp/error)" = 1 ]; do
    if [ "$(date +%s)" -ge "$deadline" ]; then
      echo "$replica does not have the users of $VERSION: $(tail -n 1 /tmp/error)" >&2
      exit 1
    fi
    sleep 5
  done
  echo "$replica has the users of $VERSION"
  for database in $DATABASES; do
    # Its tables are made on all replicas, whichever is told to.
    sql "$replica" "CREATE DATABASE IF NOT EXISTS $database ENGINE = Replicated('/clickhouse/databases/$database', '{shard}', '{replica}')"
    sql "$replica" "SYSTEM SYNC DATABASE REPLICA $database"
    echo "$replica has $database"
  done`.trim(),
    ...statements.map((statement) => `  sql "$replica" "${statement}"`),
    "done",
  ].join("\n");

/**
 * All replicated databases but the smoke check's, and what people made by SQL to log in with: in full at the first run of a
 * week, then what has changed since. Only a backup that has its last file counts as one to build on.
 */
export const backupScript = `
${client}
week="$(date -u +%G-W%V)" now="$(date -u +%Y%m%dT%H%M%S)"
databases="$(sql "$SERVER" "SELECT arrayStringConcat(groupArray('DATABASE \\\`' || name || '\\\`'), ', ') FROM system.databases
  WHERE engine = 'Replicated' AND name != '$LEFT_OUT'")"
accounts="TABLE system.users, TABLE system.roles, TABLE system.settings_profiles, TABLE system.row_policies, TABLE system.quotas"
base="$(sql "$SERVER" "SELECT extract(_path, '$week/full-[^/]+') FROM s3(${backupCollection}, filename = '$week/full-*/.backup', format = 'One')
  ORDER BY 1 DESC LIMIT 1")"
if [ -z "$base" ]; then
  sql "$SERVER" "BACKUP $databases, $accounts TO S3(${backupCollection}, '$week/full-$now')"
else
  sql "$SERVER" "BACKUP $databases, $accounts TO S3(${backupCollection}, '$week/$now') SETTINGS base_backup = S3(${backupCollection}, '$base')"
fi
`.trim();
