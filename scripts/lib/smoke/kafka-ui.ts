import { type HttpRequest, parseJson, request, type Server } from "../clients/https";
import { expect, smokeCheck } from "./check";
import type { Installation } from "./installation";
import { leadsToKeycloak } from "./login";

const ports = { https: 8443, management: 8081 };

/**
 * Kafka-UI: it is healthy, shows a login page and nothing else to strangers. With Keycloak it sends people there; without,
 * its own user sees the cluster, which it is connected to.
 */
export const check = smokeCheck("kafka-ui", async (installation) => {
  const health = await installation.forward("kafka-ui", "service/kafka-ui", ports.management, async (port) => {
    const response = await fetch(`http://127.0.0.1:${port}/actuator/health`, { signal: AbortSignal.timeout(10_000) });
    return parseJson<{ readonly status: string }>(await response.text(), "health").status;
  });
  expect(health === "UP", `its health is ${health}`);
  const seen = await installation.connect("kafka-ui", ports.https, async (server) => {
    await closed(server);
    return installation.services.includes("keycloak")
      ? leadsToKeycloak(server, "/oauth2/authorization/keycloak", "kafka-ui", await installation.urls())
      : asAdmin(installation, server);
  });
  return `healthy; strangers see the login page only; ${seen}`;
});

const toLogin = /^(https:\/\/[^/]+)?\/(login|oauth2\/authorization\/keycloak)$/;

/** What may be seen without a login, and what not. */
export async function closed(server: Server): Promise<void> {
  const page = await request(server, { path: "/login" });
  expect(page.status === 200 && /<html/i.test(page.text), `GET /login: ${page.status} instead of a page`);
  const clusters = await request(server, { path: "/api/clusters" });
  const { location = "" } = clusters.headers;
  expect(
    clusters.status === 401 || (clusters.status === 302 && toLogin.test(location)),
    `a stranger's GET /api/clusters was to be refused: ${clusters.status} ${location}`,
  );
  const metrics = await request(server, { path: "/actuator/prometheus" });
  expect(metrics.status !== 200, "GET /actuator/prometheus: metrics are public");
}

async function asAdmin(installation: Installation, server: Server): Promise<string> {
  const { username = "", password = "" } = await installation.secret("kafka-ui", "admin");
  const wrong = await request(server, login(username, `${password}-wrong`));
  expect(/\/login\?error/.test(wrong.headers.location ?? ""), "a wrong password was to be refused");
  const { headers } = await request(server, login(username, password));
  const cookie = (headers["set-cookie"] ?? []).map((each) => each.split(";")[0]).join("; ");
  const { status, text } = await request(server, { path: "/api/clusters", headers: { cookie } });
  expect(status === 200, `GET /api/clusters of ${username}: ${status}`);
  const [cluster] = parseJson<readonly { readonly name: string; readonly status: string }[]>(text, "/api/clusters");
  expect(cluster?.status === "online", `cluster ${cluster?.name} is ${cluster?.status}`);
  return `${username} sees cluster ${cluster.name} online, a wrong password is refused`;
}

const login = (username: string, password: string): HttpRequest => ({
  method: "POST",
  path: "/login",
  headers: { "content-type": "application/x-www-form-urlencoded" },
  body: new URLSearchParams({ username, password }).toString(),
});
