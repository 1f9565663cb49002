import { Command } from "commander";
import type { S3Object } from "./lib/clients/s3";
import type { Trino } from "./lib/clients/trino";
import { Kubectl } from "./lib/kubectl";
import { expect } from "./lib/smoke/check";
import { runCommand, table } from "./lib/smoke/command";
import { Installation } from "./lib/smoke/installation";
import { tableLocation, withBucket, withTrino } from "./lib/smoke/lakehouse";

/** The platform's main job on real data: tables in the lakehouse, made and queried through Trino. May run again. */

/** Rows of the generated data set `tiny`, which are the same everywhere. */
const tables = { orders: 15_000, lineitem: 60_175 } as const;
type Table = keyof typeof tables;
const schema = "iceberg.tpch";

const revenueByPriority = `
SELECT o.orderpriority AS priority,
       count(DISTINCT o.orderkey) AS orders,
       count(*) AS items,
       sum(CAST(l.extendedprice * (1 - l.discount) AS decimal(18, 2))) AS revenue
FROM ${schema}.orders o JOIN ${schema}.lineitem l ON l.orderkey = o.orderkey
GROUP BY o.orderpriority
ORDER BY o.orderpriority`;

const command = new Command("demo")
  .description(
    "load tpch.tiny.orders and lineitem into the lakehouse through Trino, join them, and show what came of it",
  )
  .option("--prefix <prefix>", "prefix of the stack's namespaces (default: the only stack in the cluster)")
  .option("--context <context>", "context of the kubeconfig (default: its current one)");

async function main(): Promise<boolean> {
  const { prefix, context } = command.opts<{ prefix?: string; context?: string }>();
  const installation = await Installation.find(new Kubectl(undefined, context), prefix);
  await withTrino(installation, "demo", async (trino) => {
    await trino.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
    const loaded: Loaded[] = [];
    for (const name of Object.keys(tables) as Table[]) loaded.push(await load(installation, trino, name));
    console.log(
      table(
        ["table", "rows", "loaded", "snapshot", "files", "bytes"],
        loaded.map((each) => [each.name, each.rows, each.how, each.snapshot, each.files.length, bytes(each.files)]),
      ),
    );
    const files = loaded.flatMap((each) => each.files.map(({ size, key }) => [size, key]));
    console.log(`\n${table(["bytes", "file"], files)}`);
    console.log(`\nRevenue by order priority, joined by Trino:\n${await join(trino)}`);
  });
  const urls = await installation.urls();
  console.log(`\nRoutes:\n${urls.map((url) => `  ${url}`).join("\n")}`);
  const namespace = installation.namespace("trino");
  console.log(
    `\nLog in to Trino as admin; the password: kubectl get secret trino-admin -n ${namespace} -o jsonpath='{.data.password}' | base64 -d`,
  );
  return true;
}

interface Loaded {
  readonly name: Table;
  readonly rows: number;
  readonly how: string;
  readonly snapshot: string;
  readonly files: readonly S3Object[];
}

const bytes = (files: readonly S3Object[]): number => files.reduce((sum, { size }) => sum + size, 0);

/** Makes a table unless it is there; a table is made whole or not at all. */
async function load(installation: Installation, trino: Trino, name: Table): Promise<Loaded> {
  const start = performance.now();
  const { updateCount } = await trino.query(
    `CREATE TABLE IF NOT EXISTS ${schema}.${name} AS SELECT * FROM tpch.tiny.${name}`,
  );
  const how = updateCount ? `now, in ${((performance.now() - start) / 1000).toFixed(1)} s` : "earlier";
  const rows = await trino.value(`SELECT count(*) FROM ${schema}.${name}`);
  expect(rows === tables[name], `${schema}.${name} has ${rows} rows instead of ${tables[name]}; drop it and run again`);
  const snapshot = await trino.value(
    `SELECT CAST(snapshot_id AS varchar) FROM ${schema}."${name}$snapshots" ORDER BY committed_at DESC LIMIT 1`,
  );
  const { bucket, prefix } = await tableLocation(trino, "tpch", name);
  const files = await withBucket(installation, bucket, (s3) => s3.list(bucket, prefix));
  expect(files.length > 0, `s3://${bucket}/${prefix} is empty, although ${schema}.${name} has ${rows} rows`);
  const paths = files.map(({ key, size }) => ({ key: `s3://${bucket}/${key}`, size }));
  return { name, rows: tables[name], how, snapshot: String(snapshot), files: paths };
}

async function join(trino: Trino): Promise<string> {
  const { columns, rows } = await trino.query(revenueByPriority);
  const items = rows.reduce((sum, row) => sum + Number(row[2]), 0);
  expect(items === tables.lineitem, `the join gives ${items} items instead of ${tables.lineitem}`);
  return table(columns, rows as readonly (readonly (string | number)[])[]);
}

void runCommand(command, main);
