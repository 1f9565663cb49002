import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { ServiceName } from "../../../components/core/catalogue";
import { schemaOf } from "../../../components/data/dbt/config";
import { sandboxKubectl } from "../../../scripts/lib/proofs/sandbox";
import { root } from "../../../scripts/lib/render";
import { demonstration, judged, type RunResults, removed, run } from "../../../scripts/lib/smoke/dbt";
import { Installation } from "../../../scripts/lib/smoke/installation";
import { withBucket, withTrino } from "../../../scripts/lib/smoke/lakehouse";
import { pulumi, updateWith } from "./sandbox";

const prefix = "datalyptica-sandbox";
const bundle = "projects/shop.tgz";

/** dbt beyond its smoke check, on the stack `sandbox` with these services, which is as before afterwards. */
export function dbtChecks(services: readonly ServiceName[]): void {
  let installation: Installation;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "dbt-"));
  before(async () => {
    installation = await Installation.find(sandboxKubectl(), prefix);
  });
  after(async () => {
    fs.rmSync(folder, { recursive: true });
    for (const project of ["demo", "shop"]) {
      await withTrino(installation, "dbt", (trino) => removed(installation, trino, schemaOf(project)));
    }
    await withBucket(installation, "dbt", async (s3) => {
      const left = [...(await s3.list("dbt", "site/")), ...(await s3.list("dbt", "projects/"))];
      for (const { key } of left) await s3.delete("dbt", key);
    });
  });

  it("builds an incremental model in full at first, and then only what is new", async () => {
    const first = await timed("demo");
    assert.match(messageOf(first, "fct_orders"), /^CREATE TABLE \(15_000 rows\)/);
    const totals = await figures("demo");
    const second = await timed("demo");
    assert.match(messageOf(second, "fct_orders"), /^MERGE \(\d+ rows\)/);
    assert.deepEqual(await figures("demo"), totals);
    assert.equal(totals[0], demonstration.orders);
  });

  it("builds a project out of a bundle in the bucket, and forgets it when it is not declared any more", async () => {
    const file = path.join(folder, "shop.tgz");
    execFileSync("tar", ["-czf", file, "-C", path.join(root, "components/data/dbt"), "demo"]);
    await withBucket(installation, "dbt", (s3) => s3.put("dbt", bundle, fs.readFileSync(file)));
    const projects = [{ name: "shop", bundle: path.basename(bundle), directory: "demo" }];
    pulumi(...update(projects));
    judged(await timed("shop"));
    assert.equal((await figures("shop"))[0], demonstration.orders);
    pulumi(...update([]));
    const found = await sandboxKubectl().list("cronjobs", { namespace: `${prefix}-data` });
    assert.deepEqual(
      found.map(({ metadata }) => metadata.name).filter((name) => name.startsWith("dbt-")),
      ["dbt-demo"],
    );
  });

  const update = (dbtProjects: readonly object[]) =>
    updateWith({ "datalyptica:services": services, "datalyptica:dbtProjects": dbtProjects });

  async function timed(project: string): Promise<RunResults> {
    const start = Date.now();
    const results = await run(installation, project);
    console.log(`        ${project}: ${Math.round((Date.now() - start) / 1000)} s`);
    return results;
  }

  const figures = (project: string): Promise<readonly unknown[]> =>
    withTrino(installation, "dbt", async (trino) => {
      const { rows } = await trino.query(
        `SELECT count(*), sum(order_id), cast(sum(net_amount) AS decimal(38, 2)) FROM iceberg.${schemaOf(project)}.fct_orders`,
      );
      return rows[0] ?? [];
    });
}

const messageOf = ({ results }: RunResults, model: string): string =>
  results.find(({ unique_id }) => unique_id === `model.demo.${model}`)?.message ?? "";
