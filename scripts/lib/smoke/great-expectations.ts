import { catalog, schema } from "../../../components/analytics/great-expectations/config";
import type { Trino } from "../clients/trino";
import { cleaningUp, expect, smokeCheck } from "./check";
import type { Installation } from "./installation";
import { dropTable, withTrino } from "./lakehouse";
import { demonstrationTurn, type Left, lastRun, type Ran, runProject, whenShown } from "./project-runs";

/** The table that the demonstration looks at; docs/DATA_QUALITY.md has the same statements, for whoever tries it. */
export const table = { schema: "data_quality_demo", name: "orders" };
const orders = `iceberg.${table.schema}.${table.name}`;

export const seeds = {
  good: [
    `CREATE SCHEMA IF NOT EXISTS iceberg.${table.schema}`,
    `CREATE TABLE ${orders} AS SELECT orderkey AS order_id, custkey AS customer_id, orderstatus AS status, totalprice AS amount, orderdate AS order_date FROM tpch.tiny.orders`,
  ],
  /** One row for each expectation that it does not meet; no customer of the others has this number. */
  bad: [
    `INSERT INTO ${orders} VALUES (1, 0, 'O', 10.0, DATE '1996-01-02'), (NULL, 0, 'O', 10.0, DATE '1996-01-02'), (60001, 0, 'X', 10.0, DATE '1996-01-02'), (60002, 0, 'O', -10.0, DATE '1996-01-02'), (60003, 0, 'O', 10.0, NULL)`,
  ],
  mend: [`DELETE FROM ${orders} WHERE customer_id = 0`],
} as const;

const goodRows = 15_000;

/** What the demonstration says of the table, without bad rows and with them: expectation, column, how it ended, how many rows. */
export const expected = {
  good: [
    ["expect_column_values_to_be_between", "amount", "passed", 0],
    ["expect_column_values_to_be_in_set", "status", "passed", 0],
    ["expect_column_values_to_be_unique", "order_id", "passed", 0],
    ["expect_column_values_to_not_be_null", "order_date", "passed", 0],
    ["expect_column_values_to_not_be_null", "order_id", "passed", 0],
    ["expect_table_columns_to_match_set", null, "passed", null],
    ["expect_table_row_count_to_be_between", null, "passed", null],
  ],
  bad: [
    ["expect_column_values_to_be_between", "amount", "failed", 1],
    ["expect_column_values_to_be_in_set", "status", "failed", 1],
    // Both of the two that share a key.
    ["expect_column_values_to_be_unique", "order_id", "failed", 2],
    ["expect_column_values_to_not_be_null", "order_date", "failed", 1],
    ["expect_column_values_to_not_be_null", "order_id", "failed", 1],
    ["expect_table_columns_to_match_set", null, "passed", null],
    ["expect_table_row_count_to_be_between", null, "passed", null],
  ],
} as const;

/**
 * Great Expectations: the platform's demonstration runs as a Job made from its CronJob. Over a table with bad rows it fails
 * and tells which expectations are not met, without them it succeeds; both runs are in the table of results, in the bucket,
 * and on the pages that the web server shows.
 */
export const check = smokeCheck("great-expectations", (installation) => demonstrationTurn(() => checked(installation)));

/** Where runs of the demonstration leave their results. */
export const validations: Left = { bucket: "data-docs", prefix: "validations/demo/" };

const checked = (installation: Installation): Promise<string> =>
  withTrino(installation, "smoke", async (trino) => {
    const results = new ResultTable(trino, installation);
    await results.open();
    return cleaningUp(
      async () => {
        await dropTable(trino, installation, table.schema, table.name);
        await trino.query(`DROP SCHEMA IF EXISTS iceberg.${table.schema}`);
        await results.close();
      },
      async () => {
        for (const statement of [...seeds.good, ...seeds.bad]) await trino.query(statement);
        const bad = await run(installation);
        expect(bad.failed, "the run over bad rows succeeded");
        judged(await results.added(), expected.bad);
        const page = await shown(installation, bad, false);

        for (const statement of seeds.mend) await trino.query(statement);
        const rows = await trino.value(`SELECT count(*) FROM ${orders}`);
        expect(rows === goodRows, `${orders} has ${rows} rows instead of ${goodRows}`);
        const good = await run(installation);
        expect(!good.failed, `the run over good rows failed: ${good.log}`);
        judged(await results.added(), expected.good);
        await shown(installation, good, true);
        const failed = expected.bad.filter(([, , result]) => result === "failed").length;
        return `${failed} of ${expected.bad.length} expectations failed over 5 bad rows of ${goodRows + 5}, none over good ones; both runs are in ${catalog}.${schema}.results, and Data Docs has a page of ${page} KiB on the first`;
      },
    );
  });

/** The rows that runs of the demonstration add, which are taken away again. */
export class ResultTable {
  private existed = true;
  private known = 0;

  constructor(
    private readonly trino: Trino,
    private readonly installation: Installation,
  ) {}

  async open(): Promise<void> {
    this.existed = await this.exists();
    if (this.existed) await this.clear();
  }

  /** What the last run added. */
  async added(): Promise<readonly (readonly unknown[])[]> {
    const { rows } = await this.trino.query(
      `SELECT expectation, column_name, result, unexpected FROM ${catalog}.${schema}.results WHERE project = 'demo' AND run_at = (SELECT max(run_at) FROM ${catalog}.${schema}.results WHERE project = 'demo') ORDER BY 1, 2`,
    );
    const runs = Number(
      await this.trino.value(`SELECT count(DISTINCT run_at) FROM ${catalog}.${schema}.results WHERE project = 'demo'`),
    );
    expect(runs === this.known + 1, `${catalog}.${schema}.results has ${runs} runs of the demonstration`);
    this.known = runs;
    return rows;
  }

  async close(): Promise<void> {
    if (!(await this.exists())) return;
    if (this.existed) return this.clear();
    await dropTable(this.trino, this.installation, schema, "results");
    await this.trino.query(`DROP SCHEMA IF EXISTS ${catalog}.${schema}`);
  }

  private async clear(): Promise<void> {
    await this.trino.query(`DELETE FROM ${catalog}.${schema}.results WHERE project = 'demo'`);
  }

  private async exists(): Promise<boolean> {
    const { rows } = await this.trino.query(
      `SELECT 1 FROM ${catalog}.information_schema.tables WHERE table_schema = '${schema}' AND table_name = 'results'`,
    );
    return rows.length > 0;
  }
}

const run = (installation: Installation): Promise<Ran> =>
  runProject(installation, "great-expectations", "demo", validations);

/** @throws Error naming the first expectation that did not end as it must */
export function judged(rows: readonly (readonly unknown[])[], wanted: readonly (readonly unknown[])[]): void {
  for (const [i, row] of wanted.entries()) {
    const found = rows[i]?.join(" ") ?? "nothing";
    expect(found === row.join(" "), `the run says "${found}" instead of "${row.join(" ")}"`);
  }
  expect(rows.length === wanted.length, `the run says ${rows.length} things instead of ${wanted.length}`);
}

/** The place of a run's page, by the object with its results; and whether these are of a validation of the demonstration. */
export function pageOf({ added }: Pick<Ran, "added">, success: boolean): string {
  const [[key, text] = ["", "{}"], ...more] = [...added];
  const place = /^validations\/(demo\/)(orders\/orders\/[^/]+\/[^/]+)\.json$/.exec(key);
  expect(
    place !== null && more.length === 0,
    `the run put ${[...added.keys()].join(", ") || "nothing"} into the bucket`,
  );
  const result = JSON.parse(text) as { readonly success?: boolean };
  expect(result.success === success, `${key} says success ${result.success}`);
  return `/${place[1]}validations/${place[2]}.html`;
}

/** The size of a run's page in KiB, once the web server has it, the list of runs with it, and the run's figures. */
async function shown(installation: Installation, ran: Ran, success: boolean): Promise<number> {
  const place = pageOf(ran, success);
  const link = place.replace("/demo/", "");
  const paths = [place, "/demo/index.html", "/metrics"];
  return whenShown(
    installation,
    "great-expectations",
    "great-expectations",
    paths,
    (page = "", index = "", figures = "") => {
      const there = page.includes("Data documentation compiled by Great Expectations") && index.includes(link);
      return there && lastRun(figures, "gx", "demo").success === Number(success)
        ? Math.round(page.length / 1024)
        : undefined;
    },
  );
}
