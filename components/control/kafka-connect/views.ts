import { authorityFile, authorityMount } from "../../core/certificates";
import { plainLines } from "../../core/logs";
import { jobSize, type Size } from "../../core/profiles";
import type { Account, Service } from "../../core/service";
import type { SourceTable } from "../../core/settings";
import { filesFrom, scratch } from "../../core/sources";
import { cronJob } from "../../core/workload";
import type { TrinoAccess } from "../../data/trino";
import { changesSuffix, lakehouseSchema } from "./changes";

/**
 * The lakehouse's side of changed rows: for each table `<table>_changes`, to which the sink adds a line for every change,
 * a view `<table>` of the rows as they are now; and at night its many small files become few.
 */

/** Trino's client is a JVM for some seconds. */
const clientSize: Size = { ...jobSize, memory: "128Mi", cpuLimit: "1", memoryLimit: "512Mi" };

/** Schema and table of each change table, as Trino knows them. */
const lines = (tables: readonly SourceTable[]): string =>
  tables.map((table) => `${lakehouseSchema(table)} ${table.table}\n`).join("");

export function views(service: Service, account: Account, trino: TrinoAccess, tables: readonly SourceTable[]): void {
  const declared = service.configMap("views", "views", { tables: lines(tables) });
  const task = (part: string, script: string, schedule: string) =>
    cronJob(service, {
      name: `kafka-connect-${part}`,
      component: part,
      account,
      uses: [trino],
      schedule,
      size: clientSize,
      containers: [
        {
          name: part,
          image: service.platform.image("trino"),
          logs: plainLines,
          command: ["/bin/bash", "-ec", script],
          env: { HOME: "/tmp", TRINO: trino.url },
          resources: clientSize,
          mounts: [
            scratch("tmp", "/tmp", "64Mi"),
            filesFrom(declared, "/etc/views"),
            filesFrom(trino.credentials, "/etc/trino"),
            authorityMount(service),
          ],
        },
      ],
    });
  task("views", viewsScript, "*/5 * * * *");
  task("compaction", compactionScript, "37 2 * * *");
}

const client = `
export TRINO_PASSWORD="$(cat /etc/trino/password)"
trino() { command trino --server "$TRINO" --user "$(cat /etc/trino/username)" --password --truststore-path ${authorityFile} \\
  --catalog iceberg --output-format=TSV "$@"; }
# SQL lists of the change tables, of the views, and of their schemas.
changes= views= schemas=
while read -r schema table; do
  changes="$changes\${changes:+, }'\${table}${changesSuffix}'" views="$views\${views:+, }'$table'" schemas="$schemas\${schemas:+, }'$schema'"
done < /etc/views/tables
# All statements of a file, also after one that fails.
run() { if [ -s "$1" ]; then trino --ignore-errors --file "$1"; fi; }
`.trim();

/**
 * A row's last change is the one with the highest offset, since all changes of a key are in one partition. A view's columns
 * and their types are fixed when it is made: it is made anew when its table has got others, and only then.
 */
export const viewsScript = `
${client}
declare -A names types
trino --execute "
  SELECT table_schema, table_name, array_join(array_agg('\\"' || column_name || '\\"' ORDER BY ordinal_position), ', '),
    array_join(array_agg(data_type ORDER BY ordinal_position), ', ')
  FROM information_schema.columns
  WHERE table_schema IN ($schemas) AND table_name IN ($changes, $views) AND column_name <> '_cdc' GROUP BY 1, 2" > /tmp/columns
while IFS=$'\\t' read -r schema table columns type; do
  names["$schema.$table"]="$columns" types["$schema.$table"]="$type"
done < /tmp/columns
: > /tmp/views.sql
while read -r schema table; do
  view="$schema.$table" from="$schema.\${table}${changesSuffix}"
  if [ -z "\${names["$from"]:-}" ]; then
    echo "$view: no row has arrived yet"
  elif [ "\${names["$from"]} \${types["$from"]}" != "\${names["$view"]:-} \${types["$view"]:-}" ]; then
    echo "$view: \${names["$from"]}"
    echo "CREATE OR REPLACE VIEW \\"$schema\\".\\"$table\\" SECURITY INVOKER AS SELECT \${names["$from"]} FROM (
      SELECT *, row_number() OVER (PARTITION BY _cdc.key ORDER BY _cdc.\\"offset\\" DESC) AS \\"_change\\"
      FROM \\"$schema\\".\\"\${table}${changesSuffix}\\") WHERE \\"_change\\" = 1 AND _cdc.op <> 'D';" >> /tmp/views.sql
  fi
done < /etc/views/tables
run /tmp/views.sql
`.trim();

export const compactionScript = `
${client}
trino --execute "SELECT table_schema, table_name FROM information_schema.tables
  WHERE table_schema IN ($schemas) AND table_name IN ($changes) AND table_type = 'BASE TABLE'" > /tmp/found
while IFS=$'\\t' read -r schema table; do
  echo "ALTER TABLE \\"$schema\\".\\"$table\\" EXECUTE optimize;"
done < /tmp/found > /tmp/compaction.sql
run /tmp/compaction.sql
`.trim();
