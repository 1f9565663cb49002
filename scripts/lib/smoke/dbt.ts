import { setTimeout as sleep } from "node:timers/promises";
import { schemaOf } from "../../../components/data/dbt/config";
import { request, type Server } from "../clients/https";
import type { Trino } from "../clients/trino";
import type { KubernetesObject } from "../kubectl";
import { cleaningUp, expect, smokeCheck } from "./check";
import type { Installation } from "./installation";
import { dropTable, withBucket, withTrino } from "./lakehouse";

/** What a run of the demonstration must come to: all of its models and tests, and rows that never change. */
export const demonstration = { models: 10, tests: 20, orders: 15_000 } as const;

/** Seconds for a run, and for its documentation to be shown. */
const patience = { run: 900, site: 120 };

type Job = KubernetesObject & { readonly status: { readonly succeeded?: number; readonly failed?: number } };

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
export const check = smokeCheck("dbt", (installation) =>
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
  ),
);

/**
 * Runs a project by hand, and takes the artifacts of the run away again.
 * @returns what dbt says of it
 * @throws Error with the end of its log when it fails
 */
export async function run(installation: Installation, project: string): Promise<RunResults> {
  const { kubectl } = installation;
  const namespace = installation.namespace("dbt");
  const job = `dbt-check-${Date.now()}`;
  const before = await artifacts(installation, project);
  await kubectl.run(["create", "job", job, `--from=cronjob/dbt-${project}`, "--namespace", namespace]);
  try {
    await finished(installation, namespace, job);
  } finally {
    await kubectl.run(["delete", "job", job, "--namespace", namespace, "--ignore-not-found", "--wait=false"]);
  }
  const added = (await artifacts(installation, project)).filter((key) => !before.includes(key));
  const results = added.find((key) => key.endsWith("/run_results.json"));
  expect(results !== undefined, `the run published no run_results.json, but ${added.join(", ") || "nothing"}`);
  return withBucket(installation, "dbt", async (s3) => {
    const text = await s3.get("dbt", results);
    for (const key of added) await s3.delete("dbt", key);
    return JSON.parse(text) as RunResults;
  });
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

const artifacts = (installation: Installation, project: string): Promise<readonly string[]> =>
  withBucket(installation, "dbt", async (s3) => (await s3.list("dbt", `artifacts/${project}/`)).map(({ key }) => key));

async function finished(installation: Installation, namespace: string, name: string): Promise<void> {
  const deadline = Date.now() + patience.run * 1000;
  for (;;) {
    const { status } = await installation.kubectl.get<Job>(namespace, "job", name);
    if (status.succeeded) return;
    const over = Date.now() > deadline;
    if (status.failed || over) {
      const log = await installation.kubectl
        .run(["logs", `job/${name}`, "--namespace", namespace, "--all-containers", "--tail=20"])
        .catch((error: Error) => error.message);
      throw new Error(`Job ${name} ${over ? `did not end within ${patience.run} s` : "failed"}: ${log.trim()}`);
    }
    await sleep(2000);
  }
}

/**
 * The documentation's size in KiB, once the web server has what the run published.
 * @param started seconds of this machine's clock, from which the cluster's may be a minute away
 */
async function shown(installation: Installation, started: number): Promise<number> {
  const deadline = Date.now() + patience.site * 1000;
  for (;;) {
    const [page, figures] = await installation.connect("dbt", 8443, both, "service/dbt-docs");
    const last = Number(/^dbt_last_run_timestamp_seconds\{project="demo".* (\d+)$/m.exec(figures)?.[1] ?? 0);
    const success = /^dbt_run_success\{project="demo",target="trino"\} 1$/m.test(figures);
    // What an earlier run published is older.
    if (page.includes("<title>dbt Docs</title>") && success && last > started - 60)
      return Math.round(page.length / 1024);
    expect(Date.now() < deadline, `the documentation is not shown: ${page.slice(0, 100)} ${figures.slice(0, 100)}`);
    await sleep(2000);
  }
}

const both = async (server: Server): Promise<readonly [string, string]> => [
  (await request(server, { path: "/demo/index.html" })).text,
  (await request(server, { path: "/metrics" })).text,
];

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
