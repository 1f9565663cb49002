import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "pg";
import { catalogue } from "../../../components/core/catalogue";
import { schemaOf } from "../../../components/data/dbt/config";
import { firstLine, parseJson, request, type Server } from "../clients/https";
import { withDatabase } from "../clients/postgresql";
import type { Trino } from "../clients/trino";
import type { KubernetesObject } from "../kubectl";
import { cleaningUp, expect, smokeCheck, within } from "./check";
import { artifacts, removed } from "./dbt";
import { ResultTable, table, validations } from "./great-expectations";
import type { Installation } from "./installation";
import { removeFiles, withBucket, withTrino } from "./lakehouse";
import { leadsToKeycloak } from "./login";
import { primary } from "./postgresql";
import { demonstrationTurn, keys, takenAway } from "./project-runs";

const port = 8443;
const dag = "platform_demo";
const schema = "airflow_demo";
/** Seconds: for the DAG to be found, for a run. */
const patience = { found: 300, run: 1800 };
const orders = 15_000;

/**
 * Airflow: all of its processes give signs of life, strangers see nothing, people are sent to Keycloak or the administrator's
 * password opens it. Its demonstration runs through scheduler, Redis and worker, and leaves its logs in the bucket; with
 * bad rows, it stops where they are found.
 */
export const check = smokeCheck("airflow", async (installation) => {
  const seen = await installation.connect("airflow", port, async (server) => [
    await healthy(server),
    await login(installation, server),
  ]);
  seen.push(
    installation.services.includes("trino")
      ? await demonstrationTurn(() => demonstration(installation))
      : "no Trino, so no demonstration",
  );
  return seen.join("; ");
});

const parts = ["metadatabase", "scheduler", "dag_processor", "triggerer"] as const;
type Health = Readonly<Partial<Record<(typeof parts)[number], { readonly status: string | null } | null>>>;

/** @throws Error naming the parts that do not say that they are healthy */
export function judgeHealth(health: Health): string {
  const bad = parts.filter((part) => health[part]?.status !== "healthy");
  expect(bad.length === 0, bad.map((part) => `${part} is ${health[part]?.status ?? "unknown"}`).join(", "));
  return `${parts.join(", ")} healthy`;
}

async function healthy(server: Server): Promise<string> {
  const { text } = await request(server, { path: "/api/v2/monitor/health" });
  return judgeHealth(parseJson<Health>(text, "/api/v2/monitor/health"));
}

async function login(installation: Installation, server: Server): Promise<string> {
  const stranger = await request(server, { path: "/api/v2/dags" });
  expect(stranger.status === 401, `a stranger's GET /api/v2/dags was to be refused: ${stranger.status}`);
  const urls = await installation.urls();
  if (installation.services.includes("keycloak")) {
    const { host } = new URL(urls.find((url) => url.startsWith(`https://${catalogue.airflow.route}.`)) ?? server.host);
    const forwarded = { "x-forwarded-host": host, "x-forwarded-proto": "https", "x-forwarded-port": "443" };
    return leadsToKeycloak(server, "/auth/login/keycloak", "airflow", urls, forwarded);
  }
  const { username = "", password = "" } = await installation.secret("airflow", "admin");
  const wrong = await token(server, username, `${password}-wrong`);
  expect(wrong.status === 401, `a wrong password was to be refused: ${wrong.status}`);
  const right = await token(server, username, password);
  expect(right.status === 201, `POST /auth/token as ${username}: ${right.status} ${firstLine(right.text)}`);
  const { access_token } = parseJson<{ readonly access_token: string }>(right.text, "/auth/token");
  const dags = await request(server, { path: "/api/v2/dags", headers: { authorization: `Bearer ${access_token}` } });
  expect(dags.status === 200, `GET /api/v2/dags of ${username}: ${dags.status}`);
  return `${username} sees DAGs, a wrong password is refused`;
}

const token = (server: Server, username: string, password: string) =>
  request(server, {
    method: "POST",
    path: "/auth/token",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username, password }),
  });

function demonstration(installation: Installation): Promise<string> {
  return withTrino(installation, "smoke-airflow", async (trino) => {
    const cleanUp = await leftBehind(installation, trino);
    return cleaningUp(cleanUp, async () => {
      const good = await run(installation, {});
      judgeGood(good);
      const rows = await trino.value(`SELECT sum(orders) FROM iceberg.${schema}.orders_by_day`);
      expect(Number(rows) === orders, `orders_by_day has ${rows} orders instead of ${orders}`);
      const names = good.tasks.map(({ task_id }) => task_id);
      const told = `${dag} ran ${names.join(", ")} and left their logs`;
      if (!names.includes("validate")) return told;
      judgeBad(await run(installation, { bad_rows: 3 }));
      const after = await trino.value(`SELECT sum(orders) FROM iceberg.${schema}.orders_by_day`);
      expect(Number(after) === orders, `orders_by_day was changed by a run that was to stop: ${after} orders`);
      return `${told}; with 3 bad rows it stopped at validate`;
    });
  });
}

interface Run {
  readonly state: string;
  readonly tasks: readonly { readonly task_id: string; readonly state: string | null }[];
}

const states = ({ state, tasks }: Run): string =>
  `the run ended ${state}: ${tasks.map((task) => `${task.task_id} ${task.state}`).join(", ")}`;

/** @throws Error unless the run and all of its tasks succeeded */
export function judgeGood(run: Run): void {
  const all = run.tasks.length > 1 && run.tasks.every(({ state }) => state === "success");
  expect(run.state === "success" && all, states(run));
}

/** @throws Error unless the run failed at the check, and nothing after it ran */
export function judgeBad(run: Run): void {
  const stateOf = (name: string) => run.tasks.find(({ task_id }) => task_id === name)?.state;
  const stopped = stateOf("load") === "success" && stateOf("validate") === "failed";
  expect(
    run.state === "failed" && stopped && stateOf("publish") === "upstream_failed",
    `bad rows were to stop it at validate; ${states(run)}`,
  );
}

async function run(installation: Installation, conf: object): Promise<Run> {
  const id = `check-${Date.now()}`;
  await database(installation, async (client) => {
    const found = async () =>
      (await client.query("SELECT 1 FROM dag WHERE dag_id = $1 AND NOT is_stale", [dag])).rowCount === 1 || undefined;
    await within(patience.found * 1000, found, `no DAG processor has found ${dag}`);
  });
  await inScheduler(installation, `airflow dags trigger ${dag} --run-id ${id} --conf '${JSON.stringify(conf)}'`);
  const ended = await database(installation, (client) => over(client, id));
  const ran = ended.tasks.filter(({ state }) => state === "success" || state === "failed");
  const logged = () => withBucket(installation, "airflow-logs", (s3) => s3.list("airflow-logs", `${logs}${id}`));
  const all = async () => {
    const keys = (await logged()).map(({ key }) => key);
    return ran.every(({ task_id }) => keys.some((key) => key.includes(`/task_id=${task_id}/`))) || undefined;
  };
  // A worker brings it there when the task has ended.
  await within(
    60_000,
    all,
    `bucket airflow-logs lacks logs of ${ran.map(({ task_id }) => task_id).join(", ")} of ${id}`,
  );
  return ended;
}

/** Keys of logs of the demonstration's runs, before the run's id. */
const logs = `tasks/dag_id=${dag}/run_id=`;

async function over(client: Client, id: string): Promise<Run> {
  const deadline = Date.now() + patience.run * 1000;
  for (;;) {
    const { rows } = await client.query("SELECT state FROM dag_run WHERE dag_id = $1 AND run_id = $2", [dag, id]);
    const state = `${rows[0]?.state}`;
    if (state === "success" || state === "failed") {
      const tasks = await client.query(
        "SELECT task_id, state FROM task_instance WHERE dag_id = $1 AND run_id = $2 ORDER BY start_date NULLS LAST",
        [dag, id],
      );
      return { state, tasks: tasks.rows };
    }
    expect(Date.now() < deadline, `the run of ${dag} is ${state} after ${patience.run} s`);
    await sleep(3000);
  }
}

type Pod = KubernetesObject & { readonly status: { readonly phase: string } };

async function inScheduler(installation: Installation, script: string): Promise<void> {
  const selector = ",app.kubernetes.io/name=airflow,app.kubernetes.io/component=scheduler";
  const pods = await installation.objects<Pod>("pods", selector);
  const pod = pods.find(({ status }) => status.phase === "Running");
  expect(pod !== undefined, "no scheduler runs");
  await installation.kubectl.bash(installation.namespace("airflow"), pod.metadata.name, script, "", 180_000);
}

/** Airflow's own database, as its own role. */
async function database<T>(installation: Installation, use: (client: Client) => Promise<T>): Promise<T> {
  const { username = "", password = "" } = await installation.secret("airflow", "database-airflow");
  const target = `pod/${await primary(installation)}`;
  const login = { user: username, password, database: username };
  return installation.connect("postgresql", 5432, (server) => withDatabase(server, login, use), target);
}

/** What takes away again what runs of the demonstration will leave, in Airflow and with those whose Jobs they start. */
async function leftBehind(installation: Installation, trino: Trino): Promise<() => Promise<void>> {
  const runs = [
    { service: "dbt", left: artifacts("demo") },
    { service: "great-expectations", left: validations },
  ] as const;
  const objects = await Promise.all(
    runs
      .filter(({ service }) => installation.services.includes(service))
      .map(async ({ left }) => ({ left, before: await keys(installation, left) })),
  );
  const jobs = (await startedJobs(installation)).map(({ metadata }) => metadata.name);
  const results = installation.services.includes("great-expectations") && new ResultTable(trino, installation);
  if (results) await results.open();
  return async () => {
    await database(installation, (client) =>
      client.query("DELETE FROM dag_run WHERE dag_id = $1 AND run_id LIKE 'check-%'", [dag]),
    );
    await removeFiles(installation, "airflow-logs", `${logs}check-`);
    for (const each of [schema, table.schema, schemaOf("demo")]) await removed(installation, trino, each);
    for (const { left, before } of objects) await takenAway(installation, left, before);
    if (results) await results.close();
    for (const { metadata } of await startedJobs(installation)) {
      const { name, namespace = "" } = metadata;
      if (!jobs.includes(name)) await installation.kubectl.run(["delete", "job", name, "--namespace", namespace]);
    }
  };
}

type StartedJob = KubernetesObject & { readonly metadata: { readonly annotations?: Readonly<Record<string, string>> } };

/** Jobs of demonstrations that Airflow has had started. */
const startedJobs = async (installation: Installation): Promise<readonly StartedJob[]> =>
  (await installation.objects<StartedJob>("jobs")).filter(
    ({ metadata: { name, annotations } }) =>
      annotations?.["datalyptica.io/started-by"] === "airflow" && /^(dbt|great-expectations)-demo-/.test(name),
  );
