import * as assert from "node:assert/strict";
import { sandboxKubectl } from "../../../scripts/lib/proofs/sandbox";
import { Installation } from "../../../scripts/lib/smoke/installation";
import { withTrino } from "../../../scripts/lib/smoke/lakehouse";
import { eventually, inSandbox, pulumi, script, tryInSandbox, tryPulumi, updateWith } from "./sandbox";

const prefix = "datalyptica-sandbox";
const [storage, control] = [`${prefix}-storage`, `${prefix}-control`];
/** What the issue promises: seconds from a change in PostgreSQL until Trino shows it. */
const patience = 60;

/** The way of changed rows through the whole platform, on the stack `sandbox`, which is as before afterwards. */
export function changeDataChecks(): void {
  const tables = ["shop.public.orders", "shop.public.refunds"];
  let installation: Installation;
  before(async () => {
    installation = await Installation.find(sandboxKubectl(), prefix);
  });

  it("says which database is missing, and with it nothing is half made", () => {
    const { code, stdout, stderr } = tryPulumi(...update(["nowhere.public.orders"]));
    assert.notEqual(code, 0);
    assert.match(`${stdout}${stderr}${logs("postgresql-changes-nowhere")}`, /there is no database nowhere/);
    assert.equal(slots(), "");
    assert.deepEqual(connectors(), []);
  });

  it("brings the rows that are there to the lakehouse", async () => {
    sql("postgres", "CREATE DATABASE shop");
    sql(
      "shop",
      "CREATE TABLE orders (id bigint PRIMARY KEY, customer text, amount numeric(12, 2), placed timestamptz)",
    );
    sql("shop", "CREATE TABLE refunds (id bigint PRIMARY KEY, reason text)");
    for (const table of ["orders", "refunds"]) sql("shop", `ALTER TABLE ${table} REPLICA IDENTITY FULL`);
    sql("shop", "INSERT INTO orders SELECT n, 'customer ' || n, n * 1.25, now() FROM generate_series(1, 1000) n");
    const { seconds } = pulumi(...update(tables));
    console.log(`        pulumi up with two tables: ${seconds.toFixed(1)} s`);
    assert.deepEqual(connectors(), ["platform-shop-lakehouse", "platform-shop-source"]);
    await eventually("the rows are in the lakehouse", 180, () => arrived("orders_changes", 1000));
    views();
    assert.deepEqual(await rows("orders", "count(*), sum(amount)"), [[1000, "625625.00"]]);
  });

  it(`shows an insert, an update and a delete within ${patience} s`, async () => {
    for (const [what, statement] of [
      ["insert", "INSERT INTO orders VALUES (1001, 'Ada', 99.99, now())"],
      ["update", "UPDATE orders SET amount = amount + 1000 WHERE id <= 10"],
      ["delete", "DELETE FROM orders WHERE id > 900 AND id <= 1000"],
      [
        "all in one",
        "BEGIN; DELETE FROM orders WHERE id = 1; INSERT INTO orders VALUES (1, 'again', 0.01, now()); COMMIT",
      ],
    ] as const) {
      sql("shop", statement);
      console.log(`        ${what}: seen after ${(await seen()).toFixed(1)} s`);
    }
  });

  it("has the first row of a table that was empty, and a new column", async () => {
    sql("shop", "INSERT INTO refunds VALUES (1, 'too late')");
    sql("shop", "ALTER TABLE orders ADD COLUMN note text");
    sql("shop", "INSERT INTO orders VALUES (2000, 'Grace', 1.00, now(), 'with a note')");
    await eventually("the refund is in the lakehouse", patience, () => arrived("refunds_changes", 1));
    await seen();
    views();
    assert.deepEqual(await rows("refunds", "id, reason"), [[1, "too late"]]);
    assert.deepEqual(await rows("orders", "note", "id = 2000"), [["with a note"]]);
  });

  it("goes on where it was after the loss of the worker and of PostgreSQL", async () => {
    inSandbox("kubectl", "delete", "pod", "-n", control, "kafka-connect-0", "--grace-period=0", "--force");
    inSandbox("kubectl", "delete", "pod", "-n", storage, "postgresql-0", "--grace-period=0", "--force");
    for (const [namespace, name] of [
      [storage, "postgresql"],
      [control, "kafka-connect"],
    ] as const) {
      inSandbox("kubectl", "rollout", "status", "-n", namespace, `statefulset/${name}`, "--timeout=300s");
    }
    await eventually("PostgreSQL answers", 60, () => psql(tryInSandbox, "postgres", "SELECT 1").code === 0);
    sql("shop", "INSERT INTO orders SELECT n, 'later', 2.50, now() FROM generate_series(3000, 3099) n");
    sql("shop", "UPDATE orders SET customer = 'later still' WHERE id = 3000");
    console.log(`        after the loss: seen after ${(await seen(240)).toFixed(1)} s`);
    console.log(script("smoke.ts", "--services", "kafka-connect").stdout.replace(/^/gm, "        "));
  });

  it("is not changed by a second update, and leaves neither connectors nor slots when it is switched off", async () => {
    pulumi(...update(tables), "--expect-no-changes");
    pulumi(...update([]));
    assert.deepEqual(connectors(), []);
    await eventually("the slot is gone", 60, () => slots() === "");
  });

  const update = (tables: readonly string[]) => updateWith({ "datalyptica:changeData": tables });

  /** Waits until Trino shows exactly PostgreSQL's rows. @returns seconds from the call */
  async function seen(limit = patience): Promise<number> {
    const start = Date.now();
    const figures = "count(*), sum(id), sum(amount), sum(length(customer))";
    const expected = sql("shop", `SELECT ${figures} FROM orders`).split("|").map(Number);
    let last: unknown;
    await eventually("Trino shows what PostgreSQL has", limit, async () => {
      [last] = await rows("orders", figures);
      return JSON.stringify((last as unknown[]).map(Number)) === JSON.stringify(expected);
    }).catch((error: Error) => {
      throw new Error(`${error.message}: ${JSON.stringify(last)} instead of ${JSON.stringify(expected)}`);
    });
    return (Date.now() - start) / 1000;
  }

  /** Whether a change table is there and has that many lines. */
  async function arrived(table: string, count: number): Promise<boolean> {
    const where = `table_schema = 'shop_public' AND table_name = '${table}'`;
    const known = await query(`SELECT table_name FROM iceberg.information_schema.tables WHERE ${where}`);
    if (known.length === 0) return false;
    const [[found]] = (await rows(table, "count(*)")) as [[number]];
    return found >= count;
  }

  const rows = (table: string, columns: string, where = "true") =>
    query(`SELECT ${columns} FROM iceberg.shop_public.${table} WHERE ${where}`);

  const query = (statement: string) =>
    withTrino(installation, "change data", async (trino) => (await trino.query(statement)).rows);
}

/** The views are kept by a CronJob; here it runs now. */
function views(): void {
  const job = `views-${Date.now()}`;
  inSandbox("kubectl", "create", "job", "-n", control, job, "--from=cronjob/kafka-connect-views");
  inSandbox("kubectl", "wait", "-n", control, `job/${job}`, "--for=condition=complete", "--timeout=180s");
}

const sql = (database: string, statement: string): string => psql(inSandbox, database, statement).stdout.trim();

const psql = (run: typeof inSandbox, database: string, statement: string) => {
  const pod = ["kubectl", "exec", "-n", storage, "postgresql-0", "-c", "postgresql", "--"] as const;
  return run(...pod, "psql", "-v", "ON_ERROR_STOP=1", "-qAt", "-d", database, "-c", statement);
};

const slots = () => sql("postgres", "SELECT slot_name FROM pg_replication_slots WHERE slot_type = 'logical'");

/** The connectors that the workers know. */
function connectors(): readonly string[] {
  const rest = ["curl", "-sS", "--cacert", "/etc/platform-ca/ca.crt", "https://localhost:8083/connectors"];
  const { stdout } = inSandbox("kubectl", "exec", "-n", control, "kafka-connect-0", "--", ...rest);
  return (JSON.parse(stdout) as string[]).sort();
}

const logs = (job: string): string => inSandbox("kubectl", "logs", "-n", storage, `job/${job}`).stdout;
