import * as assert from "node:assert/strict";
import type { Server } from "../../scripts/lib/clients/https";
import type { Installation } from "../../scripts/lib/smoke/installation";
import { check } from "../../scripts/lib/smoke/mlflow";
import { type Request, tlsServer } from "./smoke.support";

interface Answer {
  readonly status?: number;
  readonly location?: string;
  readonly body?: unknown;
}

const password = `Basic ${Buffer.from("admin:right").toString("base64")}`;
const keycloak =
  "https://keycloak.example.com/realms/datalyptica/protocol/openid-connect/auth?client_id=mlflow&redirect_uri=https%3A%2F%2Fmlflow.example.com%2Foauth2%2Fcallback";
const folder = "7/r1/artifacts";
const artifact = `/api/2.0/mlflow-artifacts/artifacts/${folder}/model.txt`;
const asked = "/api/2.0/mlflow";

/** MLflow behind its door, with some answers of its own, and the bucket that it writes to. */
async function seen(
  answers: Readonly<Record<string, Answer>> = {},
  { writes = true }: { readonly writes?: boolean } = {},
) {
  const files = new Map<string, string>();
  const logged: unknown[] = [];
  const artifactAnswer = ({ method, body }: Request): Answer => {
    if (method === "PUT" && writes) files.set(artifact, body);
    if (method === "DELETE") files.delete(artifact);
    return method === "GET" ? { body: files.get(artifact) } : { body: "{}" };
  };
  const known = (request: Request): Answer | undefined => {
    const { method, url, body } = request;
    const created = answers[`POST ${asked}/runs/create`]?.body ?? {
      run: { info: { run_id: "r1", artifact_uri: `mlflow-artifacts:/${folder}` }, data: {} },
    };
    if (url === artifact) return artifactAnswer(request);
    if (url === `${asked}/runs/log-metric`) logged.push(JSON.parse(body));
    const all: Readonly<Record<string, Answer>> = {
      "GET /version": { body: "3.16.1" },
      [`POST ${asked}/experiments/create`]: { body: { experiment_id: "7" } },
      [`POST ${asked}/experiments/delete`]: { body: {} },
      [`POST ${asked}/runs/create`]: { body: created },
      [`POST ${asked}/runs/search`]: { body: { runs: [(created as { readonly run?: unknown }).run].filter(Boolean) } },
      [`POST ${asked}/runs/log-metric`]: { body: {} },
      [`GET ${asked}/runs/get?run_id=r1`]: {
        body: { run: { ...(created as { readonly run?: object }).run, data: { metrics: logged } } },
      },
    };
    return all[`${method} ${url}`];
  };
  const mlflow = await tlsServer("mlflow.test-analytics.svc.cluster.local", (request, response) => {
    const { method, url, headers } = request;
    const stranger: Answer = url === "/" ? { status: 302, location: keycloak } : { status: 401 };
    const {
      status = 200,
      location,
      body = "",
    } = answers[`${method} ${url}`] ??
      (headers.authorization === password ? known(request) : stranger) ?? { status: 404 };
    response
      .writeHead(status, location === undefined ? {} : { location })
      .end(typeof body === "string" ? body : JSON.stringify(body));
  });
  const minio = await tlsServer("minio.test-storage.svc.cluster.local", (_, response) => {
    const objects = [...files].map(
      ([path, text]) =>
        `<Contents><Key>${path.replace("/api/2.0/mlflow-artifacts/", "")}</Key><Size>${text.length}</Size></Contents>`,
    );
    response.end(`<ListBucketResult>${objects.join("")}</ListBucketResult>`);
  });
  const running = (name: string) => ({ metadata: { name }, status: { phase: "Running" } });
  const installation = {
    services: ["minio", "postgresql", "keycloak", "mlflow"],
    secret: async () => ({ username: "admin", password: "right" }),
    urls: async () => ["https://keycloak.example.com", "https://mlflow.example.com"],
    grants: async () => [{ owner: "mlflow", name: "mlflow", values: { accessKey: "a", secretKey: "s" } }],
    replicas: () => 2,
    objects: async () => [running("mlflow-a"), running("mlflow-b")],
    connect: (service: string, _port: number, use: (server: Server) => Promise<unknown>) =>
      use(service === "minio" ? minio.server : mlflow.server),
  };
  try {
    const result = await check.run(installation as unknown as Installation);
    return { ...result, calls: mlflow.requests.map(({ method, url }) => `${method} ${url}`), left: [...files.keys()] };
  } finally {
    await mlflow.close();
    await minio.close();
  }
}

describe("smoke check of MLflow", () => {
  it("tells what it saw, and leaves nothing behind", async () => {
    const { ok, detail, calls, left } = await seen();
    assert.deepEqual(
      [ok, detail],
      [
        true,
        "MLflow 3.16.1, a run with a metric and an artifact read back through each of 2; strangers and wrong passwords are refused; a login leads to https://keycloak.example.com and back",
      ],
    );
    assert.deepEqual(left, []);
    assert.equal(calls.filter((call) => call === `GET ${artifact}`).length, 2);
    assert.ok(calls.includes(`POST ${asked}/experiments/delete`));
  });

  const fails = async (answers: Readonly<Record<string, Answer>>, expected: RegExp, writes = true) => {
    const { ok, detail, calls } = await seen(answers, { writes });
    assert.equal(ok, false, detail);
    assert.match(detail, expected);
    return calls;
  };

  it("finds what is open to strangers", async () => {
    const search = `GET ${asked}/experiments/search?max_results=1`;
    await fails({ [search]: { body: {} } }, /stranger's GET .*search\?max_results=1 was to be refused: 200/);
    await fails(
      { "GET /api/2.0/mlflow-artifacts/artifacts/0": { status: 404 } },
      /artifacts\/0 was to be refused: 404/,
    );
  });

  it("finds artifacts that go past MLflow, and those that reach no bucket", async () => {
    const run = { info: { run_id: "r1", artifact_uri: "s3://mlflow/7/r1/artifacts" }, data: {} };
    const past = await fails(
      { [`POST ${asked}/runs/create`]: { body: { run } } },
      /do not go through MLflow, but to s3:/,
    );
    assert.ok(past.includes(`POST ${asked}/experiments/delete`));
    const calls = await fails(
      {},
      /bucket mlflow has nothing instead of artifacts\/7\/r1\/artifacts\/model\.txt/,
      false,
    );
    assert.ok(calls.includes(`DELETE ${artifact}`) && calls.includes(`POST ${asked}/experiments/delete`));
  });

  it("finds what is read otherwise than it was written", async () => {
    await fails({ [`GET ${artifact}`]: { body: "other" } }, /the artifact is read as "other"/);
    const run = { info: {}, data: {} };
    await fails({ [`GET ${asked}/runs/get?run_id=r1`]: { body: { run } } }, /accuracy was logged as 0\.875/);
  });

  it("finds a login that leads elsewhere", () =>
    fails(
      { "GET /": { status: 302, location: "https://elsewhere.example.com/" } },
      /a login leads to https:\/\/elsewhere\.example\.com/,
    ));

  it("tells what MLflow answers when it fails", () =>
    fails({ [`POST ${asked}/runs/create`]: { status: 503, body: "no database" } }, /runs\/create: 503 no database/));
});
