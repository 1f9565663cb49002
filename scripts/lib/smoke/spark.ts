import { checkTable } from "../../../components/data/spark/check";
import { directories, ports, rpc } from "../../../components/data/spark/config";
import { literal, type Trino } from "../clients/trino";
import type { KubernetesObject } from "../kubectl";
import { cleaningUp, expect, smokeCheck } from "./check";
import type { Installation } from "./installation";
import { dropTable, removeFiles, withBucket, withTrino } from "./lakehouse";
import { runClient, type Seen } from "./spark-client";

/**
 * Spark: the master has all its workers and refuses who does not know the secret; a client in a pod of its own writes an
 * Iceberg table through Spark Connect, which refuses a wrong token; Trino then reads the table. What Spark Connect does is
 * written to the bucket that the history server reads.
 */
export const check = smokeCheck("spark", async (installation) => {
  const { workers, application } = await cluster(installation);
  const stranger = await wrongSecret(installation);
  expect(refusals.includes(stranger), `a wrong secret was to be refused by the master: ${stranger}`);
  await eventsOf(installation, application);
  const trino = installation.services.includes("trino");
  const version = trino
    ? await withTrino(installation, "smoke-spark", (session) => throughTrino(installation, session))
    : await alone(installation);
  const written = `a client pod wrote ${checkTable.rows} rows of an Iceberg table, ${trino ? "Trino" : "it"} read them`;
  return `Spark ${version}, ${workers} of ${workers} workers; ${written}; wrong token and wrong secret refused`;
});

/** JSON of a plain port. */
const json = <T>(installation: Installation, target: string, port: number, path: string): Promise<T> =>
  installation.forward("spark", target, port, async (localPort) => {
    const response = await fetch(`http://127.0.0.1:${localPort}${path}`, { signal: AbortSignal.timeout(30_000) });
    expect(response.ok, `${target}: GET ${path}: ${response.status}`);
    return (await response.json()) as T;
  });

interface Master {
  readonly status: string;
  readonly aliveworkers: number;
  readonly activeapps: readonly { readonly id: string; readonly name: string }[];
}

async function cluster(installation: Installation) {
  const workers = installation.replicas("spark-worker");
  const master = await json<Master>(installation, "pod/spark-master-0", ports.master.web, "/json/");
  expect(master.status === "ALIVE", `the master is ${master.status}`);
  expect(master.aliveworkers === workers, `${master.aliveworkers} of ${workers} workers are registered`);
  const application = master.activeapps.find(({ name }) => name === "spark-connect");
  expect(application !== undefined, "the master does not know Spark Connect");
  return { workers, application: application.id };
}

interface Pod extends KubernetesObject {
  readonly status: { readonly phase: string };
}

/**
 * A master that does not know a client's secret says so and hangs up. Which of the two the client hears of first is for its
 * threads to decide; a master that cannot be reached sounds otherwise.
 */
const refusals: readonly string[] = ["Authentication failed", "Message is dropped because Outbox is stopped"];

/** What the master says to a client with another secret. It comes from where a worker's calls come from. */
async function wrongSecret(installation: Installation): Promise<string> {
  const selector = ",app.kubernetes.io/name=spark,app.kubernetes.io/component=worker";
  const pods = await installation.objects<Pod>("pods", selector);
  const worker = pods.find(({ status }) => status.phase === "Running");
  expect(worker !== undefined, "no worker runs");
  const said = await installation.kubectl.bash(
    installation.namespace("spark"),
    worker.metadata.name,
    strangerScript,
    "",
    120_000,
  );
  return said.trim();
}

/** A driver that does not exist is to be ended: the master would say so. Whatever else went wrong is told by its exceptions. */
const strangerScript = `
java -Xmx64m -cp '${directories.home}/jars/*' ${Object.entries(rpc("wrong"))
  .map(([key, value]) => `-D${key}=${value}`)
  .join(" ")} \\
  org.apache.spark.deploy.Client kill spark://spark-master:${ports.master.rpc} driver-none > /tmp/stranger 2>&1
grep -m 1 -o ${refusals.map((text) => `-e '${text}'`).join(" ")} -e 'Driver driver-none .*' /tmp/stranger || grep -e 'Exception: ' -e 'Error: ' /tmp/stranger || tail -n 1 /tmp/stranger
rm /tmp/stranger
`.trim();

/** @throws Error unless the application writes its events, and the history server reads such */
async function eventsOf(installation: Installation, application: string): Promise<void> {
  const bucket = "spark-events";
  const objects = await withBucket(installation, bucket, (s3) => s3.list(bucket, `eventlog_v2_${application}/`));
  expect(objects.length > 0, `bucket ${bucket} has no events of ${application}`);
  const path = "/api/v1/applications";
  const known = await json<readonly unknown[]>(installation, "deployment/spark-history", ports.history.web, path);
  expect(Array.isArray(known), `the history server answers something else than a list to ${path}`);
}

const { schema, table, rows } = checkTable;

/** @returns Spark's version */
function throughTrino(installation: Installation, trino: Trino): Promise<string> {
  const cleanUp = async () => {
    await dropTable(trino, installation, schema, table);
    await trino.query(`DROP SCHEMA IF EXISTS iceberg.${schema}`);
  };
  return cleaningUp(cleanUp, async () => {
    const { run, seen } = await runClient(installation, "keep");
    const version = judge(seen);
    const read = await trino.query(
      `SELECT count(*), sum(doubled) FROM iceberg.${schema}.${table} WHERE run = ${literal(run)}`,
    );
    const found = JSON.stringify(read.rows[0]);
    // Twice the sum of all numbers below that of the rows.
    expect(found === `[${rows},${rows * (rows - 1)}]`, `what Spark wrote, Trino reads as ${found}`);
    return version;
  });
}

/** Without Trino the client itself reads and drops the table, whose files then remain. */
async function alone(installation: Installation): Promise<string> {
  const { seen } = await runClient(installation, "drop");
  const [, bucket, prefix] = /^s3:\/\/([^/]+)\/(.+\/)data\/[^/]+$/.exec(seen.file ?? "") ?? [];
  expect(bucket !== undefined && prefix?.includes(`/${schema}/${table}`) === true, `the table lies in ${seen.file}`);
  await removeFiles(installation, bucket, prefix);
  return judge(seen);
}

function judge({ intruder, version, rows: written }: Seen): string {
  expect(intruder === "UNAUTHENTICATED", `a wrong token was to be refused: ${intruder}`);
  expect(written === `${rows}`, `the client wrote ${rows} rows and read ${written}`);
  expect(version !== undefined, "the client did not tell Spark's version");
  return version;
}
