import { basicAuth, firstLine, parseJson, request, type Server } from "../clients/https";
import { expect, smokeCheck } from "./check";
import type { Installation } from "./installation";
import { leadsToKeycloak } from "./login";

const port = 3000;

/**
 * Grafana: its database is well, strangers see nothing, the administrator's password opens it, its data sources and
 * dashboards are there, and Prometheus and Alertmanager answer through it. With Keycloak, a login leads there.
 */
export const check = smokeCheck("grafana", (installation) =>
  installation.connect("grafana", port, async (server) => {
    const seen = [await healthy(server)];
    await closed(server);
    const { username = "", password = "" } = await installation.secret("grafana", "admin");
    const admin = new Api(server, basicAuth(username, password));
    seen.push(await dashboards(admin));
    seen.push(...(await sources(admin, installation)));
    if (installation.services.includes("keycloak")) {
      seen.push(await leadsToKeycloak(server, "/login/generic_oauth", "grafana", await installation.urls()));
    }
    return seen.join("; ");
  }),
);

export async function healthy(server: Server): Promise<string> {
  const { text } = await request(server, { path: "/api/health" });
  const { database, version } = parseJson<{ readonly database: string; readonly version: string }>(text, "/api/health");
  expect(database === "ok", `its database is ${database}`);
  return `Grafana ${version}, its database is well`;
}

/** What may not be seen without a login. */
export async function closed(server: Server): Promise<void> {
  for (const path of ["/api/search", "/api/datasources", "/metrics"]) {
    const { status } = await request(server, { path });
    expect(status === 401, `a stranger's GET ${path} was to be refused: ${status}`);
  }
}

class Api {
  constructor(
    private readonly server: Server,
    private readonly headers: Readonly<Record<string, string>>,
  ) {}

  async get<T>(path: string): Promise<T> {
    const { status, text } = await request(this.server, { path, headers: this.headers });
    expect(
      status !== 401,
      "the password in Secret grafana-admin is not the administrator's any more: see docs/DASHBOARDS.md",
    );
    expect(status === 200, `GET ${path}: ${status} ${firstLine(text)}`);
    return parseJson<T>(text, path);
  }
}

/** Those that the stack's ConfigMaps hold, as Grafana has them. */
export async function dashboards(api: Pick<Api, "get">): Promise<string> {
  const found = await api.get<readonly { readonly uid: string }[]>("/api/search?type=dash-db&tag=datalyptica");
  const uids = found.map(({ uid }) => uid);
  expect(uids.includes("dp-overview"), `dashboard dp-overview is not there, but ${uids.join(", ") || "none"}`);
  for (const uid of uids) {
    const { dashboard } = await api.get<{ readonly dashboard: { readonly panels?: readonly unknown[] } }>(
      `/api/dashboards/uid/${uid}`,
    );
    expect((dashboard.panels ?? []).length > 0, `dashboard ${uid} has no panels`);
  }
  return `${uids.length} dashboards`;
}

/** What each data source is asked through Grafana, and what its answer has when it is well. */
const questions = {
  prometheus: {
    path: "/api/v1/query?query=count(up)",
    answers: (body: string) => /"status":"success"/.test(body) && /"result":\[\{/.test(body),
  },
  alertmanager: {
    path: "/api/v2/status",
    answers: (body: string) => /"cluster":/.test(body),
  },
} as const;

export async function sources(api: Pick<Api, "get">, { services }: Pick<Installation, "services">): Promise<string[]> {
  const wanted = (Object.keys(questions) as (keyof typeof questions)[]).filter((uid) => services.includes(uid));
  for (const uid of wanted) {
    await api.get(`/api/datasources/uid/${uid}`);
    const { path, answers } = questions[uid];
    const body = JSON.stringify(await api.get(`/api/datasources/proxy/uid/${uid}${path}`));
    expect(answers(body), `data source ${uid} answers ${firstLine(body)}`);
  }
  return wanted.length > 0 ? [`${wanted.join(" and ")} answer through it`] : [];
}
