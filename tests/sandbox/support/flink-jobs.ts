import * as assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { ServiceName } from "../../../components/core/catalogue";
import { jobPrefix } from "../../../components/data/flink/client";
import { getJson } from "../../../scripts/lib/clients/https";
import { sandboxKubectl } from "../../../scripts/lib/proofs/sandbox";
import { Installation } from "../../../scripts/lib/smoke/installation";
import { dropTable, withTrino } from "../../../scripts/lib/smoke/lakehouse";
import { eventually, inSandbox, pulumi, script, tryPulumi, updateWith } from "./sandbox";

const prefix = "datalyptica-sandbox";
const data = `${prefix}-data`;
const [schema, table] = ["clicks", "visits"];

const job = (select: string) => ({
  reads: [table],
  sql: [
    "SET 'execution.checkpointing.interval' = '5s'",
    `CREATE DATABASE IF NOT EXISTS iceberg.${schema}`,
    `CREATE TABLE IF NOT EXISTS iceberg.${schema}.${table} (id BIGINT, page STRING)`,
    `CREATE TEMPORARY TABLE ${table} (id BIGINT, page STRING) WITH ('topic' = '${table}', 'format' = 'json') LIKE kafka`,
    `INSERT INTO iceberg.${schema}.${table} SELECT ${select} FROM ${table}`,
  ],
});

interface Running {
  readonly jid: string;
  readonly name: string;
  readonly state: string;
}

/**
 * A declared job from Kafka to the lakehouse, on the stack `sandbox` with these services, which is as before afterwards.
 */
export function flinkJobsChecks(services: readonly ServiceName[]): void {
  let installation: Installation;
  let first: Running;
  before(async () => {
    installation = await Installation.find(sandboxKubectl(), prefix);
  });

  it("runs as soon as it is declared, and what comes to its topic is in the table", async () => {
    const { seconds } = pulumi(...update({ visits: job("id, LOWER(page)") }));
    console.log(`        pulumi up with a job: ${seconds.toFixed(1)} s`);
    first = await running();
    await produce(1, 500);
    await complete(500);
  });

  it("goes on from its checkpoints when its JobManager is killed while rows come in: none is lost, none is doubled", async () => {
    // A row every 20 ms, for half a minute.
    const produced = produce(501, 2000, 0.02);
    await sleep(8000);
    const start = Date.now();
    const leaders = ["-n", data, "-l", "app.kubernetes.io/component=jobmanager"];
    inSandbox("kubectl", "delete", "pod", ...leaders, "--grace-period=0", "--force");
    await produced;
    await complete(2000, 300);
    console.log(`        all rows are there ${Math.round((Date.now() - start) / 1000)} s after the loss`);
    const again = await running();
    assert.equal(again.jid, first.jid, "another job than before");
    const { counts, latest } = await leader<Checkpoints>(`/jobs/${again.jid}/checkpoints`);
    assert.ok(counts.restored > 0, "restored from no checkpoint");
    assert.match(latest.restored?.external_path ?? "", /^s3p:\/\/flink\/checkpoints\//);
  });

  it("is not touched by a second update, nor by one with a mistake in it", async () => {
    pulumi(...update({ visits: job("id, LOWER(page)") }), "--expect-no-changes");
    const { code } = tryPulumi(...update({ visits: job("id, nothing") }));
    assert.notEqual(code, 0);
    const { stdout, stderr } = inSandbox("kubectl", "logs", "-n", data, "job/flink-jobs");
    assert.match(`${stdout}${stderr}`, /Column 'nothing' not found/);
    assert.equal((await running()).jid, first.jid);
  });

  it("goes on where it was when it is declared in another way", async () => {
    pulumi(...update({ visits: job("id, UPPER(page)") }));
    assert.notEqual((await running()).jid, first.jid);
    await produce(2001, 2100);
    await complete(2100);
    const upper = await query(`SELECT count(*) FROM iceberg.${schema}.${table} WHERE page = upper(page)`);
    assert.deepEqual(upper, [[100]]);
    console.log(script("smoke.ts", "--services", "flink").stdout.replace(/^/gm, "        "));
  });

  it("is stopped when it is not declared any more", async () => {
    pulumi(...update({}));
    assert.deepEqual(await jobs(), []);
    await withTrino(installation, "flink jobs", async (trino) => {
      await dropTable(trino, installation, schema, table);
      await trino.query(`DROP SCHEMA iceberg.${schema}`);
    });
  });

  const update = (flinkJobs: object) =>
    updateWith({ "datalyptica:services": services, "datalyptica:flinkJobs": flinkJobs });

  /** Sends rows to the topic. @param pause seconds after each */
  const produce = (from: number, to: number, pause = 0) =>
    installation.kubectl.bash(`${prefix}-control`, "kafka-broker-0", producer, `${from} ${to} ${pause}\n`, 240_000);

  /** Waits until Trino shows exactly the rows 1 to `count`, each once. */
  async function complete(count: number, limit = 120): Promise<void> {
    const expected = JSON.stringify([[count, count, (count * (count + 1)) / 2]]);
    let seen = "";
    await eventually(`the table has ${count} rows`, limit, async () => {
      seen = JSON.stringify(
        await query(`SELECT count(*), count(DISTINCT id), sum(id) FROM iceberg.${schema}.${table}`),
      );
      return seen === expected;
    }).catch((error: Error) => {
      throw new Error(`${error.message}: ${seen} instead of ${expected}`);
    });
  }

  const query = (statement: string) =>
    withTrino(installation, "flink jobs", async (trino) => (await trino.query(statement)).rows);

  /** The platform's only job, when it runs. */
  async function running(): Promise<Running> {
    let found: Running | undefined;
    await eventually("the job runs", 180, async () => {
      [found] = await jobs();
      return found?.state === "RUNNING";
    });
    return found as Running;
  }

  const jobs = async (): Promise<readonly Running[]> =>
    (await leader<{ readonly jobs: readonly Running[] }>("/jobs/overview")).jobs.filter(
      ({ name, state }) => name.startsWith(jobPrefix) && !["FINISHED", "CANCELED", "FAILED"].includes(state),
    );

  async function leader<T>(path: string): Promise<T> {
    const { "tls.crt": cert = "", "tls.key": key = "" } = await installation.secret("flink", "tls");
    const target = "service/flink-jobmanager";
    return installation.connect(
      "flink",
      8081,
      (server) => getJson<T>({ ...server, identity: { cert, key } }, path),
      target,
    );
  }
}

interface Checkpoints {
  readonly counts: { readonly restored: number };
  readonly latest: { readonly restored?: { readonly external_path: string } };
}

/** Standard input: first and last row, and the pause after each. As the broker itself, who may do everything. */
const producer = `
read -r from to pause
for ((id = from; id <= to; id++)); do
  echo "{\\"id\\": $id, \\"page\\": \\"page $((id % 7))\\"}"
  if [ "$pause" != 0 ]; then sleep "$pause"; fi
done | /opt/kafka/bin/kafka-console-producer.sh --bootstrap-server localhost:9091 \\
  --command-config /etc/kafka-common/admin.properties --topic ${table}
`.trim();
