import { randomBytes } from "node:crypto";
import * as config from "../../../components/analytics/superset/config";
import { dashboardSlug } from "../../../components/analytics/superset/example";
import { catalogue } from "../../../components/core/catalogue";
import { firstLine, parseJson, request, type Server } from "../clients/https";
import { expect, smokeCheck, within } from "./check";
import { leadsToKeycloak } from "./login";

/**
 * Superset: strangers and wrong passwords are refused, its own user logs in, the platform's connections answer, a chart of
 * the example shows what Trino has, and a query runs in a worker, whose result comes back by Redis. With Keycloak, a login
 * leads there. What is left behind is a line in the history of that user's queries.
 */
export const check = smokeCheck("superset", (installation) =>
  installation.connect("superset", config.ports.https, async (server) => {
    const { services } = installation;
    await healthy(server);
    await closed(server);
    const { username = "", password = "" } = await installation.secret("superset", "admin");
    const api = await login(server, username, password);
    const seen = [`${username} logs in, strangers and a wrong password are refused`];
    seen.push(await connections(api, services));
    if (services.includes("trino")) {
      seen.push(await example(api));
      seen.push(await inWorker(api));
    }
    if (services.includes("keycloak")) {
      const urls = await installation.urls();
      const own = urls.find((url) => url.startsWith(`https://${catalogue.superset.route}.`)) ?? "https://unknown";
      const routed = { "x-forwarded-host": new URL(own).host, "x-forwarded-proto": "https", "x-forwarded-port": "443" };
      seen.push(await leadsToKeycloak(server, "/login/", "superset", urls, routed));
    }
    return seen.join("; ");
  }),
);

async function healthy(server: Server): Promise<void> {
  const { status, text } = await request(server, { path: "/health" });
  expect(status === 200 && text.trim() === "OK", `GET /health: ${status} ${firstLine(text)}`);
}

/** What may not be seen without a login. */
async function closed(server: Server): Promise<void> {
  for (const path of ["/api/v1/dashboard/", "/api/v1/database/", "/api/v1/security/users/"]) {
    const { status } = await request(server, { path });
    expect(status === 401, `a stranger's GET ${path} was to be refused: ${status}`);
  }
}

class Api {
  private session: Readonly<Record<string, string>> | undefined;

  constructor(
    private readonly server: Server,
    private readonly token: string,
  ) {}

  async get<T>(path: string): Promise<T> {
    const { status, text } = await request(this.server, { path, headers: this.bearer, timeout: 120_000 });
    expect(status === 200, `GET ${path.replace(/\?.*/, "")}: ${status} ${firstLine(text)}`);
    return parseJson<T>(text, path);
  }

  /** @returns status and body of what changes something, which takes a token against forgery as browsers have it */
  async post(path: string, body: unknown): Promise<{ readonly status: number; readonly text: string }> {
    this.session ??= await this.begin();
    const headers = { ...this.bearer, ...this.session, "content-type": "application/json" };
    return request(this.server, { method: "POST", path, headers, body: JSON.stringify(body) });
  }

  private async begin(): Promise<Readonly<Record<string, string>>> {
    const path = "/api/v1/security/csrf_token/";
    const { status, text, headers } = await request(this.server, { path, headers: this.bearer });
    expect(status === 200, `GET ${path}: ${status} ${firstLine(text)}`);
    const cookie = (headers["set-cookie"] ?? []).map((each) => each.split(";")[0]).join("; ");
    const { result } = parseJson<{ readonly result: string }>(text, path);
    return { cookie, "x-csrftoken": result, referer: `https://${this.server.host}:${this.server.port}/` };
  }

  private get bearer() {
    return { authorization: `Bearer ${this.token}` };
  }
}

async function login(server: Server, username: string, password: string): Promise<Api> {
  const path = "/api/v1/security/login";
  const attempt = (given: string) =>
    request(server, {
      method: "POST",
      path,
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ username, password: given, provider: "db", refresh: false }),
    });
  const wrong = await attempt(`${password}-wrong`);
  expect(wrong.status === 401, `a wrong password was to be refused: ${wrong.status} ${firstLine(wrong.text)}`);
  const { status, text } = await attempt(password);
  expect(
    status !== 401,
    "the password in Secret superset-admin is not that of Superset's own user any more: see docs/SUPERSET.md",
  );
  expect(status === 200, `POST ${path}: ${status} ${firstLine(text)}`);
  return new Api(server, parseJson<{ readonly access_token: string }>(text, path).access_token);
}

interface Connection {
  readonly id: number;
  readonly uuid: string;
  readonly database_name: string;
}

const known = { trino: config.uuids.trino, clickhouse: config.uuids.clickhouse } as const;

/** The connections that come with the platform, each by a question that goes to the database itself. */
async function connections(api: Api, services: readonly string[]): Promise<string> {
  const wanted = (Object.keys(known) as (keyof typeof known)[]).filter((service) => services.includes(service));
  const answers: string[] = [];
  for (const service of wanted) {
    const { id, database_name } = await connection(api, service);
    const { result } = await api.get<{ readonly result: readonly string[] }>(
      `/api/v1/database/${id}/schemas/?q=${encodeURIComponent("(force:!t)")}`,
    );
    expect(result.length > 0, `database ${database_name} has no schemas`);
    answers.push(`${database_name} (${result.length} schemas)`);
  }
  return answers.length > 0 ? `connected: ${answers.join(", ")}` : "no connections of the platform";
}

async function connection(api: Api, service: keyof typeof known): Promise<Connection> {
  const { result } = await api.get<{ readonly result: readonly Connection[] }>(
    `/api/v1/database/?q=${encodeURIComponent("(page_size:100)")}`,
  );
  const found = result.find(({ uuid }) => uuid === known[service]);
  expect(found !== undefined, `the connection to ${service} is not there, but ${result.length} others`);
  return found;
}

/** TPC-H has these figures at its smallest scale, whoever generates it. */
const tpch = { orders: 15_000, nations: 25 };

/** A chart of the example, asked anew. Somebody may have deleted it. */
async function example(api: Api): Promise<string> {
  const { result: dashboards } = await api.get<{ readonly result: readonly { readonly slug: string | null }[] }>(
    `/api/v1/dashboard/?q=${encodeURIComponent(`(filters:!((col:slug,opr:eq,value:${dashboardSlug})))`)}`,
  );
  if (dashboards.length === 0) return "the example dashboard has been deleted";
  const { result: charts } = await api.get<{
    readonly result: readonly { readonly id: number; readonly slice_name: string }[];
  }>(`/api/v1/dashboard/${dashboardSlug}/charts`);
  const chart = charts.find(({ slice_name }) => slice_name === "Orders");
  if (!chart) return `the example dashboard has no chart "Orders" any more`;
  const { result } = await api.get<{
    readonly result: readonly { readonly data: readonly Readonly<Record<string, unknown>>[] }[];
  }>(`/api/v1/chart/${chart.id}/data/?force=true`);
  const orders = result[0]?.data[0]?.orders;
  expect(orders === tpch.orders, `chart "Orders" shows ${JSON.stringify(orders)} instead of ${tpch.orders}`);
  return `${charts.length} charts of the example, one of them asked: ${tpch.orders} orders`;
}

interface Query {
  readonly status: string;
  readonly results_key: string | null;
  readonly error_message: string | null;
}

/** A query of SQL Lab that no browser waits for. */
async function inWorker(api: Api): Promise<string> {
  const { id: database_id } = await connection(api, "trino");
  const path = "/api/v1/sqllab/execute/";
  const { status, text } = await api.post(path, {
    database_id,
    sql: "SELECT count(*) AS nations FROM tpch.tiny.nation",
    client_id: randomBytes(5).toString("hex"),
    runAsync: true,
    queryLimit: 10,
    tab: "smoke check",
  });
  expect(status === 202, `POST ${path} was to be taken on: ${status} ${firstLine(text)}`);
  const { query } = parseJson<{ readonly query: { readonly queryId: number } }>(text, path);
  const done = await within(
    90_000,
    async () => {
      const { result } = await api.get<{ readonly result: Query }>(`/api/v1/query/${query.queryId}`);
      expect(
        !["failed", "stopped", "timed_out"].includes(result.status),
        `a query in a worker: ${result.error_message}`,
      );
      return result.status === "success" ? result : undefined;
    },
    "a query was not run by any worker within 90 s",
  );
  const { data } = await api.get<{ readonly data: readonly { readonly nations: number }[] }>(
    `/api/v1/sqllab/results/?q=${encodeURIComponent(`(key:'${done.results_key}')`)}`,
  );
  expect(data[0]?.nations === tpch.nations, `a query in a worker found ${JSON.stringify(data[0])}`);
  return "a query ran in a worker, and its result came back by Redis";
}
