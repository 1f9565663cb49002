import { jobPrefix } from "../../../components/data/flink/client";
import { FlinkSession } from "../clients/flink";
import { getJson, type Identity, type Server } from "../clients/https";
import { cleaningUp, expect, refused, smokeCheck } from "./check";
import type { Installation } from "./installation";
import { placeOf, removeFiles, withTrino } from "./lakehouse";

const schema = "smoke_flink";
const table = "round_trip";
const rows = 100;
const sum = (rows * (rows + 1)) / 2;

interface Overview {
  readonly "flink-version": string;
  readonly taskmanagers: number;
  readonly "slots-total": number;
}

interface Checkpoints {
  readonly counts: { readonly completed: number };
  readonly latest: { readonly completed?: { readonly external_path: string } };
}

type Jobs = { readonly jobs: readonly { readonly name: string; readonly state: string }[] };

/**
 * Flink: its REST API wants a certificate, all TaskManagers have registered with the leader, the declared jobs run. A
 * stream of some seconds, in SQL through the gateway, fills a table of the lakehouse, with checkpoints in the bucket; the
 * table is read by Trino where there is one, else by Flink.
 */
export const check = smokeCheck("flink", async (installation) => {
  const { "tls.crt": cert = "", "tls.key": key = "" } = await installation.secret("flink", "tls");
  const identity = { cert, key };
  await refused(
    () => installation.connect("flink", 8081, (server) => getJson(server, "/overview"), "service/flink-jobmanager"),
    (error) => /alert|reset|hang up|closed|EPIPE/i.test((error as Error).message),
    "a client without a certificate",
  );
  return leader(installation, identity, async (server) => {
    const overview = await getJson<Overview>(server, "/overview");
    const expected = installation.replicas("flink-taskmanager");
    expect(overview.taskmanagers === expected, `${overview.taskmanagers} of ${expected} TaskManagers have registered`);
    const running = await declaredJobs(installation, server);
    const checkpoints = await stream(installation, identity, server);
    const reader = installation.services.includes("trino") ? "Trino" : "Flink";
    return [
      `Flink ${overview["flink-version"]}, a client without a certificate is refused`,
      `TaskManagers: ${expected}, slots: ${overview["slots-total"]}`,
      `a stream of ${rows} rows with ${checkpoints} checkpoints, read by ${reader}`,
      running.length === 0 ? "no jobs declared" : `running: ${running.join(", ")}`,
    ].join("; ");
  });
});

const leader = <T>(installation: Installation, identity: Identity, use: (server: Server) => Promise<T>) =>
  installation.connect("flink", 8081, (server) => use({ ...server, identity }), "service/flink-jobmanager");

const gateway = <T>(installation: Installation, identity: Identity, use: (server: Server) => Promise<T>) =>
  installation.connect("flink", 8083, (server) => use({ ...server, identity }), "service/flink-sql-gateway");

/** @returns the names of the declared jobs @throws Error when one of them does not run */
async function declaredJobs(installation: Installation, server: Server): Promise<readonly string[]> {
  type ConfigMap = { readonly metadata: { readonly name: string }; readonly data?: Readonly<Record<string, string>> };
  const declared = await installation.kubectl.get<ConfigMap>(
    installation.namespace("flink"),
    "configmap",
    "flink-jobs",
  );
  const names = (declared.data?.["names.txt"] ?? "").split("\n").flatMap((line) => line.split(" ")[0] || []);
  const { jobs } = await getJson<Jobs>(server, "/jobs/overview");
  for (const name of names) {
    const runs = jobs.some((job) => job.name.startsWith(`${jobPrefix}${name}-`) && job.state === "RUNNING");
    expect(runs, `the declared job ${name} does not run`);
  }
  return names;
}

/** @returns how many checkpoints there were */
async function stream(installation: Installation, identity: Identity, server: Server): Promise<number> {
  return gateway(installation, identity, (sql) =>
    FlinkSession.with(sql, { "pipeline.name": "smoke" }, async (session) => {
      const cleanUp = async () => {
        await dropTable(installation, session);
        await session.run(`DROP DATABASE IF EXISTS iceberg.${schema}`);
      };
      return cleaningUp(cleanUp, async () => {
        await session.run(`CREATE DATABASE IF NOT EXISTS iceberg.${schema}`);
        // One that a run left behind which was ended half-way.
        await dropTable(installation, session);
        await session.run(`CREATE TABLE iceberg.${schema}.${table} (n BIGINT, word STRING)`);
        for (const [name, value] of Object.entries(settings)) await session.run(`SET '${name}' = '${value}'`);
        await session.run(`CREATE TEMPORARY TABLE numbers (n BIGINT) WITH (${generator})`);
        const insert = `INSERT INTO iceberg.${schema}.${table} SELECT n, CONCAT('row ', CAST(n AS STRING)) FROM numbers`;
        const { job } = await session.run(insert, 240_000);
        const { counts, latest } = await getJson<Checkpoints>(server, `/jobs/${job}/checkpoints`);
        const place = latest.completed?.external_path ?? "nowhere";
        expect(/^s3p:\/\/flink\/checkpoints\//.test(place), `the last checkpoint lies ${place}`);
        const seen = JSON.stringify(await totals(installation, session));
        expect(seen === `[${rows},${sum}]`, `${rows} rows with the sum ${sum} read as ${seen}`);
        return counts.completed;
      });
    }),
  );
}

/** A checkpoint a second, and the statement ends with the job. */
const settings = { "execution.checkpointing.interval": "1s", "table.dml-sync": "true" };

const generator = Object.entries({
  connector: "datagen",
  "number-of-rows": rows,
  "rows-per-second": 20,
  "fields.n.kind": "sequence",
  "fields.n.start": 1,
  "fields.n.end": rows,
})
  .map(([name, value]) => `'${name}' = '${value}'`)
  .join(", ");

/** How many rows the table has, and their sum. */
async function totals(installation: Installation, session: FlinkSession): Promise<unknown> {
  const select = `SELECT count(*), sum(n) FROM iceberg.${schema}.${table}`;
  if (installation.services.includes("trino")) {
    return withTrino(installation, "smoke", async (trino) => (await trino.query(select)).rows[0]);
  }
  await session.run("SET 'execution.runtime-mode' = 'batch'");
  return (await session.run(select)).rows[0];
}

/** Drops the table, and its files with it: Nessie keeps those for older commits, and nothing else would ever remove them. */
async function dropTable(installation: Installation, session: FlinkSession): Promise<void> {
  const found = await session.run(`SHOW TABLES IN iceberg.${schema} LIKE '${table}'`);
  if (found.rows.length === 0) return;
  const { "metadata-location": metadata } = await installation.connect("nessie", 19120, (server) =>
    getJson<{ "metadata-location": string }>(server, `/iceberg/v1/main/namespaces/${schema}/tables/${table}`),
  );
  const { bucket, prefix } = placeOf(metadata, `${schema}.${table}`);
  expect(prefix.includes(`/${schema}/${table}`), `the smoke table lies in ${prefix}, which may hold more than itself`);
  await session.run(`DROP TABLE iceberg.${schema}.${table}`);
  await removeFiles(installation, bucket, prefix);
}
