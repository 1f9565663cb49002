import * as assert from "node:assert/strict";
import { uuids } from "../../components/analytics/superset/config";
import type { Server } from "../../scripts/lib/clients/https";
import type { Installation } from "../../scripts/lib/smoke/installation";
import { check } from "../../scripts/lib/smoke/superset";
import { tlsServer } from "./smoke.support";

interface Answer {
  readonly status?: number;
  readonly location?: string;
  readonly body?: unknown;
}
type Answers = Readonly<Record<string, Answer>>;

const token = "Bearer valid";
const redirect =
  "https://keycloak.example.com/realms/datalyptica/protocol/openid-connect/auth?client_id=superset&redirect_uri=https%3A%2F%2Fsuperset.example.com%2Foauth-authorized%2Fkeycloak";
const database = (id: number, uuid: string, name: string) => ({ id, uuid, database_name: name });

/** By the path without its query; what changes something has its method in front. */
const known: Answers = {
  "/api/v1/database/": {
    body: { result: [database(1, uuids.trino, "Trino"), database(2, uuids.clickhouse, "ClickHouse")] },
  },
  "/api/v1/database/1/schemas/": { body: { result: ["information_schema", "sales"] } },
  "/api/v1/database/2/schemas/": { body: { result: ["analytics"] } },
  "/api/v1/dashboard/": { body: { result: [{ slug: "tpch-orders" }] } },
  "/api/v1/dashboard/tpch-orders/charts": { body: { result: [{ id: 7, slice_name: "Orders" }] } },
  "/api/v1/chart/7/data/": { body: { result: [{ data: [{ orders: 15_000 }] }] } },
  "/api/v1/security/csrf_token/": { body: { result: "forged-not" } },
  "POST /api/v1/sqllab/execute/": { status: 202, body: { query: { queryId: 9 } } },
  "/api/v1/query/9": { body: { result: { status: "success", results_key: "k", error_message: null } } },
  "/api/v1/sqllab/results/": { body: { data: [{ nations: 25 }] } },
};

async function seen(answers: Answers = {}, services = ["trino", "clickhouse", "keycloak", "superset"]) {
  const fake = await tlsServer(
    "superset.test-analytics.svc.cluster.local",
    ({ method, url, headers, body }, response) => {
      const path = url.replace(/\?.*/, "");
      const key = method === "GET" ? path : `${method} ${path}`;
      const answer = (): Answer => {
        const given = answers[key];
        if (path === "/health") return given ?? { body: "OK" };
        if (path === "/login/") {
          const routed = headers["x-forwarded-host"] === "superset.example.com";
          return given ?? { status: 302, location: routed ? redirect : "https://superset.test/" };
        }
        if (path === "/api/v1/security/login") {
          const { password, provider } = JSON.parse(body) as { password: string; provider: string };
          const right = password === "right" && provider === "db";
          return given ?? (right ? { body: { access_token: "valid" } } : { status: 401, body: {} });
        }
        if (headers.authorization !== token) return answers[`stranger ${path}`] ?? { status: 401, body: {} };
        const forged = method === "POST" && (headers["x-csrftoken"] !== "forged-not" || headers.cookie !== "session=s");
        return forged ? { status: 400, body: { message: "CSRF" } } : (given ?? known[key] ?? { status: 404, body: {} });
      };
      const { status = 200, location, body: text } = answer();
      const cookie = path.endsWith("/csrf_token/") ? { "set-cookie": "session=s; Secure; HttpOnly" } : {};
      response
        .writeHead(status, { ...(location === undefined ? {} : { location }), ...cookie })
        .end(typeof text === "string" ? text : JSON.stringify(text ?? {}));
    },
  );
  const installation = {
    services,
    secret: async () => ({ username: "superset", password: "right" }),
    urls: async () => ["https://superset.example.com", "https://keycloak.example.com"],
    connect: (_service: string, _port: number, use: (server: Server) => Promise<unknown>) => use(fake.server),
  };
  try {
    return await check.run(installation as unknown as Installation);
  } finally {
    await fake.close();
  }
}

describe("smoke check of Superset", () => {
  it("tells what it saw", async () => {
    const { ok, detail } = await seen();
    assert.deepEqual(
      [ok, detail],
      [
        true,
        "superset logs in, strangers and a wrong password are refused; connected: Trino (2 schemas), ClickHouse (1 schemas); 1 charts of the example, one of them asked: 15000 orders; a query ran in a worker, and its result came back by Redis; a login leads to https://keycloak.example.com and back",
      ],
    );
  });

  it("asks only what the stack has", async () => {
    const { ok, detail } = await seen({}, ["superset"]);
    assert.deepEqual(
      [ok, detail],
      [true, "superset logs in, strangers and a wrong password are refused; no connections of the platform"],
    );
  });

  it("does without an example that somebody deleted", async () => {
    const { ok, detail } = await seen({ "/api/v1/dashboard/": { body: { result: [] } } });
    assert.equal(ok, true, detail);
    assert.match(detail, /has been deleted; a query ran in a worker/);
  });

  const fails = async (answers: Answers, expected: RegExp) => {
    const { ok, detail } = await seen(answers);
    assert.equal(ok, false, detail);
    assert.match(detail, expected);
  };

  it("finds what is open to strangers", () =>
    fails(
      { "stranger /api/v1/database/": { body: { result: [] } } },
      /stranger's GET \/api\/v1\/database\/ was to be/,
    ));

  it("finds a login that takes any password, or not the right one", async () => {
    await fails({ "POST /api/v1/security/login": { body: { access_token: "valid" } } }, /a wrong password was to be/);
    await fails(
      { "POST /api/v1/security/login": { status: 401 } },
      /Secret superset-admin is not that of Superset's own/,
    );
  });

  it("finds connections that are missing or do not answer", async () => {
    await fails({ "/api/v1/database/": { body: { result: [] } } }, /the connection to trino is not there/);
    await fails(
      { "/api/v1/database/1/schemas/": { status: 500, body: { message: "unreachable" } } },
      /GET \/api\/v1\/database\/1\/schemas\/: 500 .*unreachable/,
    );
    await fails({ "/api/v1/database/2/schemas/": { body: { result: [] } } }, /ClickHouse has no schemas/);
  });

  it("finds a chart that shows something else than there is", () =>
    fails({ "/api/v1/chart/7/data/": { body: { result: [{ data: [{ orders: 3 }] }] } } }, /shows 3 instead of 15000/));

  it("finds workers that take no query, fail it, or lose its result", async () => {
    await fails({ "POST /api/v1/sqllab/execute/": { status: 200, body: {} } }, /was to be taken on: 200/);
    const failed = { status: "failed", results_key: null, error_message: "no such table" };
    await fails({ "/api/v1/query/9": { body: { result: failed } } }, /a query in a worker: no such table/);
    await fails({ "/api/v1/sqllab/results/": { status: 410, body: { message: "gone" } } }, /results\/: 410 .*gone/);
    await fails({ "/api/v1/sqllab/results/": { body: { data: [{ nations: 1 }] } } }, /found {"nations":1}/);
  });

  it("finds a login that leads elsewhere", () =>
    fails({ "/login/": { status: 302, location: redirect.replace("superset.", "evil.") } }, /comes back to/));
});
