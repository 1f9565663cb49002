import { checker, ports } from "../../../components/analytics/jupyterhub/config";
import { namespaceOf, serviceHost } from "../../../components/core/names";
import { request, type Server } from "../clients/https";
import { Jupyter } from "../clients/jupyter";
import { cleaningUp, expect, smokeCheck, within } from "./check";
import type { Installation } from "./installation";
import { leadsToKeycloak } from "./login";
import { artifact, metric, readBack, withExperiment, withMlflow } from "./mlflow";

/**
 * JupyterHub: strangers get nothing, and with Keycloak they are sent there. A notebook is started for a user of the check's
 * own, which nobody else may open; a kernel in it asks Trino, Spark, MLflow and the object store as far as the stack has
 * them, and cannot reach what notebooks must not. Then notebook, user and volume are removed.
 */
export const check = smokeCheck("jupyterhub", (installation) =>
  installation.connect("jupyterhub", ports.proxy.https, async (server) => {
    const { token = "" } = await installation.secret("jupyterhub", "smoke");
    const hub = new Jupyter(server, token);
    await within(60_000, () => known(hub), "the hub does not know the token of Secret jupyterhub-smoke");
    const { version } = await hub.get<{ readonly version: string }>("/hub/api/");
    await closed(server, "/hub/api/users");
    const seen = await cleaningUp(
      () => remove(hub, installation),
      async () => {
        // What an earlier check may have left.
        await remove(hub, installation);
        const seconds = await start(hub);
        await closed(server, `/user/${checker}/api/kernels`);
        return `a notebook started within ${seconds} s; ${await inside(hub, installation)}`;
      },
    );
    const login = installation.services.includes("keycloak")
      ? `; ${await leadsToKeycloak(server, "/hub/oauth_login", "jupyterhub", await installation.urls())}`
      : "";
    return `JupyterHub ${version}; ${seen}; strangers refused${login}`;
  }),
);

/** What may not be seen without a login, nor with a token that is none. */
export async function closed(server: Server, path: string): Promise<void> {
  const headers: readonly Readonly<Record<string, string>>[] = [{}, { authorization: "token none" }];
  for (const each of headers) {
    const { status, headers: answer } = await request(server, { path, headers: each });
    const toLogin = status === 302 && /\/hub\/(login|api\/oauth2\/authorize)/.test(answer.location ?? "");
    expect(status === 401 || status === 403 || toLogin, `a stranger's GET ${path} was to be refused: ${status}`);
  }
}

/** The hub has begun to work, which it may just do. */
async function known(hub: Jupyter): Promise<true | undefined> {
  const { status } = await hub.call("GET", `/hub/api/users/${checker}`, [200, 403, 404, 503]);
  return status === 200 || status === 404 ? true : undefined;
}

interface User {
  readonly servers: Readonly<Record<string, { readonly ready: boolean; readonly pending: string | null }>>;
}

/** @returns seconds until it answered */
async function start(hub: Jupyter): Promise<number> {
  const user = `/hub/api/users/${checker}`;
  const begun = Date.now();
  await hub.call("POST", user, [201, 409]);
  await hub.call("POST", `${user}/server`, [201, 202], { profile: "notebook-small" }, 120_000);
  await within(
    600_000,
    async () => {
      const { servers } = await hub.get<User>(user);
      const own = servers[""];
      expect(own !== undefined, "the notebook did not start: see the hub's log");
      return own.ready || undefined;
    },
    "the notebook was not ready within 10 minutes",
  );
  return Math.round((Date.now() - begun) / 1000);
}

/** By it a line is one of the program's; libraries print others. */
const mark = "smoke:";

/**
 * What a kernel does and prints, a line each; the last one it must not reach.
 * @param experiment of MLflow's, where there is one
 */
export function program(installation: Pick<Installation, "services" | "prefix">, experiment?: string): string {
  const has = (service: Installation["services"][number]) => installation.services.includes(service);
  const say = (name: string, value: string) => `print('${mark} ${name}', ${value})`;
  const closedHost = serviceHost("postgresql", namespaceOf(installation.prefix, "storage"));
  return [
    "import os, socket, lakehouse",
    ...(has("trino") ? [say("Trino", "lakehouse.sql('SELECT count(*) FROM tpch.tiny.nation').iloc[0, 0]")] : []),
    ...(has("spark")
      ? [
          "from pyspark.sql import SparkSession",
          "spark = SparkSession.builder.getOrCreate()",
          say("Spark", "spark.range(1000).count()"),
          "spark.stop()",
        ]
      : []),
    ...(has("minio")
      ? [
          "entry = lakehouse.bucket().Object('smoke-check')",
          "entry.put(Body=b'smoke')",
          say("S3", "entry.get()['Body'].read().decode()"),
          "entry.delete()",
        ]
      : []),
    ...(experiment === undefined
      ? []
      : [
          "import mlflow",
          `with mlflow.start_run(experiment_id='${experiment}'):`,
          `    mlflow.log_metric('${metric.key}', ${metric.value})`,
          `    mlflow.log_text(${JSON.stringify(artifact.text)}, '${artifact.name}')`,
          say("MLflow", "'logged'"),
        ]),
    "open(os.path.expanduser('~/smoke-check'), 'w').close()",
    "try:",
    `    socket.create_connection(('${closedHost}', 5432), 5).close()`,
    `    ${say("PostgreSQL", "'reached'")}`,
    "except OSError:",
    `    ${say("PostgreSQL", "'closed'")}`,
  ].join("\n");
}

const expected: Readonly<Record<string, string>> = {
  Trino: "25",
  Spark: "1000",
  S3: "smoke",
  MLflow: "logged",
  PostgreSQL: "closed",
};

/** What a kernel sees. What it logs with MLflow is then looked for there. */
async function inside(hub: Jupyter, installation: Installation): Promise<string> {
  const ask = async (experiment?: string) => judge(await hub.run(checker, program(installation, experiment), 300_000));
  if (!installation.services.includes("mlflow")) return ask();
  return withMlflow(installation, (admin) =>
    withExperiment(admin, async (experiment) => {
      const answers = await ask(experiment);
      const [run] = await admin.runs(experiment);
      expect(run !== undefined, "MLflow does not know the run that the notebook logged");
      await readBack(installation, admin, run);
      return `${answers}; MLflow has its run with metric and artifact`;
    }),
  );
}

/** @param printed by `program` */
export function judge(printed: string): string {
  const lines = printed.split("\n").filter((line) => line.startsWith(`${mark} `));
  const names = lines.map((line) => {
    const [, name = "", ...rest] = line.split(" ");
    const value = rest.join(" ");
    expect(value === expected[name], `from a notebook, ${name} answers "${value}" instead of "${expected[name]}"`);
    return name;
  });
  expect(names.at(-1) === "PostgreSQL", `the kernel printed ${printed.trim()}`);
  return `a kernel in it asked ${names.slice(0, -1).join(", ") || "nobody"}, and cannot reach PostgreSQL`;
}

/** The user, his notebook and his volume, which the hub itself never removes. */
async function remove(hub: Jupyter, installation: Installation): Promise<void> {
  const user = `/hub/api/users/${checker}`;
  await within(
    180_000,
    async () => {
      const { status } = await hub.call("DELETE", user, [204, 400, 404]);
      return status !== 400 || undefined;
    },
    "the notebook does not stop",
  );
  const selector = `hub.jupyter.org/username=${checker}`;
  await installation.kubectl.run([
    ...["delete", "persistentvolumeclaims", "--namespace", installation.namespace("jupyterlab")],
    ...["--selector", selector, "--wait=false"],
  ]);
}
