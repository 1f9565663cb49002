import { basicAuth, firstLine, parseJson, request, type Server } from "../clients/https";
import type { KubernetesObject } from "../kubectl";
import { cleaningUp, expect, smokeCheck } from "./check";
import type { Installation } from "./installation";
import { withBucket } from "./lakehouse";
import { leadsToKeycloak } from "./login";

const port = 8443;
const api = "/api/2.0/mlflow";
const artifacts = "/api/2.0/mlflow-artifacts/artifacts";
/** What a run logs, and is then looked for. */
export const metric = { key: "accuracy", value: 0.875 };
export const artifact = { name: "model.txt", text: "weights of the platform's check\n" };

/**
 * MLflow: strangers and wrong passwords are refused; a run with a metric and an artifact is logged through the proxy, lies
 * in the bucket, and is read back through every replica. With Keycloak, people are led there.
 */
export const check = smokeCheck("mlflow", (installation) =>
  withMlflow(installation, async (admin, server, wrong) => {
    await closed(server, wrong);
    const version = await admin.text("GET", "/version");
    const replicas = await withExperiment(admin, async (experiment) =>
      readBack(installation, admin, await logged(admin, experiment)),
    );
    const login = installation.services.includes("keycloak")
      ? await leadsToKeycloak(server, "/", "mlflow", await installation.urls())
      : "there is no Keycloak to log in at";
    const read = `a run with a metric and an artifact read back through each of ${replicas}`;
    return `MLflow ${version}, ${read}; strangers and wrong passwords are refused; ${login}`;
  }),
);

/** MLflow as its administrator has it. @param use is also given what a wrong password would say */
export async function withMlflow<T>(
  installation: Installation,
  use: (admin: Mlflow, server: Server, wrong: Readonly<Record<string, string>>) => Promise<T>,
): Promise<T> {
  const { username = "", password = "" } = await installation.secret("mlflow", "admin");
  return installation.connect("mlflow", port, (server) =>
    use(new Mlflow(server, basicAuth(username, password)), server, basicAuth(username, `${password}-wrong`)),
  );
}

/** @throws Error if somebody without a login, or with a wrong one, sees anything */
async function closed(server: Server, wrong: Readonly<Record<string, string>>): Promise<void> {
  for (const path of [`${api}/experiments/search?max_results=1`, `${artifacts}/0`]) {
    const { status } = await request(server, { path });
    expect(status === 401, `a stranger's GET ${path} was to be refused: ${status}`);
  }
  const path = `${api}/experiments/search?max_results=1`;
  const { status } = await request(server, { path, headers: wrong });
  expect(status === 401, `a wrong password was to be refused: ${status}`);
}

/** MLflow's REST API with a login. */
export class Mlflow {
  constructor(
    private readonly server: Server,
    private readonly headers: Readonly<Record<string, string>>,
  ) {}

  /** The same through another way. */
  through(server: Server): Mlflow {
    return new Mlflow(server, this.headers);
  }

  async text(method: string, path: string, body?: string): Promise<string> {
    const { status, text } = await request(this.server, {
      method,
      path,
      headers: { ...this.headers, ...(body?.startsWith("{") ? { "content-type": "application/json" } : {}) },
      ...(body === undefined ? {} : { body }),
    });
    expect(status === 200, `${method} ${path.replace(/\?.*/, "")}: ${status} ${firstLine(text)}`);
    return text;
  }

  async get<T>(path: string): Promise<T> {
    return parseJson<T>(await this.text("GET", `${api}/${path}`), path);
  }

  async post<T>(path: string, body: object): Promise<T> {
    return parseJson<T>(await this.text("POST", `${api}/${path}`, JSON.stringify(body)), path);
  }

  /** The runs of an experiment. */
  async runs(experiment: string): Promise<readonly Run[]> {
    const found = await this.post<{ readonly runs?: readonly Run[] }>("runs/search", { experiment_ids: [experiment] });
    return found.runs ?? [];
  }
}

export interface Run {
  readonly info: { readonly run_id: string; readonly artifact_uri: string };
  readonly data: { readonly metrics?: readonly { readonly key: string; readonly value: number }[] };
}

/**
 * An experiment for as long as `use` runs, and the artifacts of its runs. One of its own each time: one that is brought back
 * has all its runs back, and would keep them for ever.
 */
export async function withExperiment<T>(admin: Mlflow, use: (experiment: string) => Promise<T>): Promise<T> {
  const { experiment_id } = await admin.post<{ readonly experiment_id: string }>("experiments/create", {
    name: `platform-check-${Date.now()}`,
  });
  // The runs go with their experiment.
  const removed = async () => void (await admin.post("experiments/delete", { experiment_id }));
  const emptied = async () => {
    for (const run of await admin.runs(experiment_id)) await admin.text("DELETE", artifactPath(run));
  };
  return cleaningUp(removed, () => cleaningUp(emptied, () => use(experiment_id)));
}

/** A run with a metric and an artifact. */
async function logged(admin: Mlflow, experiment_id: string): Promise<Run> {
  const { run } = await admin.post<{ readonly run: Run }>("runs/create", {
    experiment_id,
    run_name: "check",
    start_time: Date.now(),
  });
  await admin.text("PUT", artifactPath(run), artifact.text);
  const { run_id } = run.info;
  await admin.post("runs/log-metric", { run_id, ...metric, timestamp: Date.now(), step: 0 });
  return run;
}

function artifactFolder({ info }: Run): string {
  const [, folder] = /^mlflow-artifacts:\/(.+)$/.exec(info.artifact_uri) ?? [];
  expect(folder !== undefined, `artifacts do not go through MLflow, but to ${info.artifact_uri}`);
  return folder;
}

const artifactPath = (run: Run): string => `${artifacts}/${artifactFolder(run)}/${artifact.name}`;

/**
 * Looks for what a run has logged: its artifact in the bucket, and both through every replica.
 * @returns how many these are
 */
export async function readBack(installation: Installation, admin: Mlflow, run: Run): Promise<number> {
  await stored(installation, artifactFolder(run));
  return everywhere(installation, (server) => seen(admin.through(server), run));
}

/** @throws Error unless the artifact lies in the bucket */
async function stored(installation: Installation, folder: string): Promise<void> {
  const bucket = "mlflow";
  const found = await withBucket(installation, bucket, (s3) => s3.list(bucket, `artifacts/${folder}/`));
  const seen = found.map(({ key, size }) => `${key} of ${size} bytes`);
  const expected = `artifacts/${folder}/${artifact.name} of ${artifact.text.length} bytes`;
  expect(seen.includes(expected), `bucket ${bucket} has ${seen.join(", ") || "nothing"} instead of ${expected}`);
}

type Pod = KubernetesObject & {
  readonly metadata: { readonly deletionTimestamp?: string };
  readonly status: { readonly phase: string };
};

/** @returns the number of replicas, each of which was asked */
async function everywhere(installation: Installation, use: (server: Server) => Promise<void>): Promise<number> {
  const replicas = installation.replicas("mlflow");
  const pods = await installation.objects<Pod>(
    "pods",
    ",app.kubernetes.io/name=mlflow,app.kubernetes.io/component=server",
  );
  // One that is about to end still runs.
  const running = pods.filter(({ metadata, status }) => status.phase === "Running" && !metadata.deletionTimestamp);
  expect(running.length >= replicas, `${running.length} of ${replicas} replicas run`);
  for (const { metadata } of running) await installation.connect("mlflow", port, use, `pod/${metadata.name}`);
  return running.length;
}

async function seen(mlflow: Mlflow, { info }: Run): Promise<void> {
  const { run } = await mlflow.get<{ readonly run: Run }>(`runs/get?run_id=${info.run_id}`);
  const value = run.data.metrics?.find(({ key }) => key === metric.key)?.value;
  expect(value === metric.value, `${metric.key} was logged as ${metric.value} and is read as ${value}`);
  const text = await mlflow.text("GET", artifactPath(run));
  expect(text === artifact.text, `the artifact is read as ${JSON.stringify(text.slice(0, 100))}`);
}
