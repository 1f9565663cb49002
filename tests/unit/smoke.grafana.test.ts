import * as assert from "node:assert/strict";
import type { Server } from "../../scripts/lib/clients/https";
import { check } from "../../scripts/lib/smoke/grafana";
import type { Installation } from "../../scripts/lib/smoke/installation";
import { tlsServer } from "./smoke.support";

interface Answer {
  readonly status?: number;
  readonly location?: string;
  readonly body?: unknown;
}

const password = `Basic ${Buffer.from("admin:right").toString("base64")}`;
const login =
  "https://keycloak.example.com/realms/datalyptica/protocol/openid-connect/auth?client_id=grafana&redirect_uri=https%3A%2F%2Fgrafana.example.com%2Flogin%2Fgeneric_oauth";
const metrics = "/api/datasources/proxy/uid/prometheus/api/v1/query?query=count(up)";
const dashboard = { body: { dashboard: { panels: [{}] } } };

/** Grafana as its API answers, to strangers and to the administrator, with some answers of its own. */
async function seen(answers: Readonly<Record<string, Answer>> = {}, given = "right") {
  const open: Readonly<Record<string, Answer>> = {
    "/api/health": { body: { database: "ok", version: "12.4.10" } },
    "/login/generic_oauth": { status: 302, location: login },
  };
  const known: Readonly<Record<string, Answer>> = {
    "/api/search?type=dash-db&tag=datalyptica": { body: [{ uid: "dp-overview" }, { uid: "dp-storage" }] },
    "/api/dashboards/uid/dp-overview": dashboard,
    "/api/dashboards/uid/dp-storage": dashboard,
    "/api/datasources/uid/prometheus": { body: {} },
    "/api/datasources/uid/alertmanager": { body: {} },
    [metrics]: { body: { status: "success", data: { result: [{ value: [0, "3"] }] } } },
    "/api/datasources/proxy/uid/alertmanager/api/v2/status": { body: { cluster: { status: "ready" } } },
  };
  const fake = await tlsServer("grafana.test-management.svc.cluster.local", ({ url, headers }, response) => {
    const mayAll = headers.authorization === password;
    const {
      status = 200,
      location,
      body = {},
    } = answers[url] ?? open[url] ?? (mayAll ? known[url] : undefined) ?? { status: mayAll ? 404 : 401 };
    response.writeHead(status, location === undefined ? {} : { location }).end(JSON.stringify(body));
  });
  const installation = {
    services: ["prometheus", "alertmanager", "grafana", "keycloak"],
    secret: async () => ({ username: "admin", password: given }),
    urls: async () => ["https://grafana.example.com", "https://keycloak.example.com"],
    connect: (_service: string, _port: number, use: (server: Server) => Promise<unknown>) => use(fake.server),
  };
  try {
    return await check.run(installation as unknown as Installation);
  } finally {
    await fake.close();
  }
}

describe("smoke check of Grafana", () => {
  it("tells what it saw", async () => {
    const { ok, detail } = await seen();
    assert.deepEqual(
      [ok, detail],
      [
        true,
        "Grafana 12.4.10, its database is well; 2 dashboards; prometheus and alertmanager answer through it; a login leads to https://keycloak.example.com and back",
      ],
    );
  });

  const fails = async (answers: Readonly<Record<string, Answer>>, expected: RegExp, given?: string) => {
    const { ok, detail } = await seen(answers, given);
    assert.equal(ok, false, detail);
    assert.match(detail, expected);
  };

  it("finds a database that is away", () =>
    fails({ "/api/health": { status: 503, body: { database: "failing" } } }, /its database is failing/));

  it("finds what is open to strangers", async () => {
    await fails({ "/metrics": { body: "grafana_build_info 1" } }, /stranger's GET \/metrics was to be refused: 200/);
    await fails({ "/api/datasources": { body: [] } }, /stranger's GET \/api\/datasources/);
  });

  it("says so when the administrator's password was changed", () =>
    fails({}, /Secret grafana-admin is not the administrator's any more/, "wrong"));

  it("finds dashboards that are missing or empty", async () => {
    await fails({ "/api/search?type=dash-db&tag=datalyptica": { body: [] } }, /dp-overview is not there, but none/);
    await fails({ "/api/dashboards/uid/dp-storage": { body: { dashboard: {} } } }, /dp-storage has no panels/);
  });

  it("finds data sources that are missing, do not answer, or know nothing", async () => {
    await fails({ "/api/datasources/uid/prometheus": { status: 404 } }, /GET \/api\/datasources\/uid\/prometheus: 404/);
    await fails({ [metrics]: { status: 502 } }, /query=count\(up\): 502/);
    await fails({ [metrics]: { body: { status: "success", data: { result: [] } } } }, /prometheus answers/);
  });

  it("finds a login that leads elsewhere, or does not come back", async () => {
    const to = (location: string) => ({ "/login/generic_oauth": { status: 302, location } });
    await fails(to(login.replace("keycloak.", "evil.")), /leads to https:\/\/evil/);
    await fails(to(login.replace("client_id=grafana", "client_id=trino")), /login of trino/);
    await fails(to(login.replace("grafana.example", "trino.example")), /comes back to https:\/\/trino/);
  });
});
