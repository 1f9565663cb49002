import { schemaOf } from "../../../components/data/dbt/config";
import type { Trino } from "../clients/trino";
import { cleaningUp, expect, smokeCheck } from "./check";
import type { Installation } from "./installation";
import { dropTable, withTrino } from "./lakehouse";
import { demonstrationTurn, type Left, lastRun, runProject, whenShown } from "./project-runs";

/** What a run of the demonstration must come to: all of its models and tests, and rows that never change. */
export const demonstration = { models: 10, tests: 20, orders: 15_000 } as const;

export interface RunResults {
  readonly results: readonly {
    readonly unique_id: string;
    readonly status: string;
    readonly message?: string | null;
  }[];
}

/**
 * dbt: the platform's demonstration is built, tested and documented by a Job made from its CronJob; its rows are in the
 * lakehouse, its artifacts in the bucket, and the web server shows its documentation and figures.
 */
export const check = smokeCheck("dbt", (installation) => demonstrationTurn(() => checked(installation)));

/** Where runs of a project leave their artifacts. */
export const artifacts = (project: string): Left => ({ bucket: "dbt", prefix: `artifacts/${project}/` });

const checked = (installation: Installation): Promise<string> =>
  withTrino(installation, "smoke", (trino) =>
    cleaningUp(
      () => removed(installation, trino, schemaOf("demo")),
      async () => {
        const started = Date.now() / 1000;
        const { models, tests } = judged(await run(installation, "demo"));
        const orders = await trino.value(`SELECT count(*) FROM iceberg.${schemaOf("demo")}.fct_orders`);
        expect(orders === demonstration.orders, `fct_orders has ${orders} rows instead of ${demonstration.orders}`);
        const page = await shown(installation, started);
        return `${models} models built and ${tests} tests passed on Trino, ${orders} orders in the lakehouse; ${page} KiB of documentation and the figures of the run are shown`;
      },
    ),
  );

/**
 * Runs a project by hand, and takes the artifacts of the run away again.
 * @returns what dbt says of it
 * @throws Error with the end of its log when it fails
 */
export async function run(installation: Installation, project: string): Promise<RunResults> {
  const { failed, log, added } = await runProject(installation, "dbt", project, artifacts(project));
  expect(!failed, `the run of ${project} failed: ${log}`);
  const results = [...added].find(([key]) => key.endsWith("/run_results.json"));
  expect(
    results !== undefined,
    `the run published no run_results.json, but ${[...added.keys()].join(", ") || "nothing"}`,
  );
  return JSON.parse(results[1]) as RunResults;
}

/** @throws Error naming what did not succeed, or how many are missing */
export function judged({ results }: RunResults): { readonly models: number; readonly tests: number } {
  const bad = results.filter(({ status }) => status !== "success" && status !== "pass");
  expect(bad.length === 0, bad.map((each) => `${each.unique_id}: ${each.status} ${each.message ?? ""}`).join("; "));
  const count = (type: string) => results.filter(({ unique_id }) => unique_id.startsWith(`${type}.`)).length;
  const [models, tests] = [count("model"), count("test")];
  expect(
    models === demonstration.models && tests === demonstration.tests,
    `${models} models and ${tests} tests ran instead of ${demonstration.models} and ${demonstration.tests}`,
  );
  return { models, tests };
}

/**
 * The documentation's size in KiB, once the web server has what the run published.
 * @param started seconds of this machine's clock, from which the cluster's may be a minute away
 */
function shown(installation: Installation, started: number): Promise<number> {
  return whenShown(installation, "dbt", "dbt-docs", ["/demo/index.html", "/metrics"], (page = "", figures = "") => {
    const { at, success } = lastRun(figures, "dbt", "demo");
    // What an earlier run published is older.
    const fresh = page.includes("<title>dbt Docs</title>") && success === 1 && at > started - 60;
    return fresh ? Math.round(page.length / 1024) : undefined;
  });
}

/** Drops a project's tables and views, with their files. */
export async function removed(installation: Installation, trino: Trino, schema: string): Promise<void> {
  const schemas = await trino.query(`SHOW SCHEMAS FROM iceberg LIKE '${schema}'`);
  if (schemas.rows.length === 0) return;
  const found = await trino.query(
    `SELECT table_name, table_type FROM iceberg.information_schema.tables WHERE table_schema = '${schema}'`,
  );
  for (const [name, type] of found.rows) {
    if (type === "VIEW") await trino.query(`DROP VIEW IF EXISTS iceberg.${schema}.${name}`);
    else await dropTable(trino, installation, schema, `${name}`);
  }
  await trino.query(`DROP SCHEMA IF EXISTS iceberg.${schema}`);
}
