import * as fs from "node:fs";
import * as path from "node:path";
import { jsonText } from "../../core/formats";
import type { LogsSpec } from "../../core/logs";
import { type Labels, serviceNames } from "../../core/names";
import type { Platform } from "../../core/platform";
import type { OidcClient } from "../../infrastructure/keycloak";
import { type Role, writers } from "../../infrastructure/keycloak/realm";
import type { Database } from "../../storage/postgresql";
import type { Notebooks } from "../jupyterlab";

/** The hub's settings, and how the proxy is started. */

export const ports = {
  proxy: { https: 8443, api: 8001, metrics: 9100 },
  /** All of the TLS proxy beside it. */
  hub: { https: 8443, health: 8405, metrics: 9102 },
} as const;
/** The hub itself, for what is in its pod only. */
export const plainPort = 8081;

export const directories = {
  config: "/etc/jupyterhub",
  secrets: "/etc/jupyterhub-secrets",
  tls: "/etc/proxy-tls",
  token: "/etc/proxy-token",
} as const;

export const callbackPath = "/hub/oauth_callback";
export const healthPath = "/_chp_healthz";

/**
 * What clients ask the proxy for. It hands the name on, so that hub and notebooks know how they are called, and takes from
 * them only a certificate of that name.
 */
export const publicNames = (platform: Platform): readonly string[] => [
  ...serviceNames("jupyterhub", platform.namespace("analytics")),
  platform.host("jupyter"),
];

const administrators: readonly Role[] = ["admin"];
/** Without Keycloak, the only one who can log in. */
export const administrator = "admin";
/** Whose notebook checks start and stop, and its pod. He cannot log in. */
export const checker = "smoke-check";
export const checkerPod = `jupyter-${checker}`;

/** Connections to the database that one hub holds: its pool, and the one by which it knows that it is its turn. */
export const poolSize = 10;
export const connections = (replicas: number): number => (replicas + 1) * (poolSize + 1);

/** Seconds without anything said by a person or a kernel after which a notebook is stopped, and between two looks. */
const cull = { after: 4 * 3600, every: 600 };

/** Lines of the proxy: `… [ConfigProxy] info: …`. */
export const proxyLogs: LogsSpec = {
  coloured: true,
  level: { pattern: String.raw`\[ConfigProxy\] (?P<level>[a-z]+): `, words: {} },
};

export type Login = { readonly oidc: OidcClient; readonly host: string } | { readonly administrator: string };

export interface Wired {
  readonly host: string;
  readonly service: string;
  readonly url: string;
  readonly labels: Labels;
  readonly proxyApi: string;
  readonly database: Database;
  readonly login: Login;
  readonly notebooks: Notebooks;
}

export const settings = ({ host, service, url, labels, proxyApi, database, login, notebooks }: Wired): string =>
  jsonText({
    hub: {
      url,
      publicUrl: `https://${host}/`,
      plainPort,
      service,
      ports: { https: ports.hub.https, metrics: ports.hub.metrics },
      labels,
    },
    proxyApi,
    database: {
      host: database.host,
      port: database.port,
      name: database.database,
      user: database.database,
      connections: poolSize,
    },
    login: "oidc" in login ? { keycloak: keycloak(login.oidc, login.host) } : login,
    checker,
    cull,
    notebooks: {
      namespace: notebooks.namespace,
      domain: notebooks.domain,
      port: notebooks.port,
      plainPort: notebooks.plainPort,
      choices: notebooks.choices,
    },
  });

const keycloak = (client: OidcClient, host: string) => ({
  callback: `https://${host}${callbackPath}`,
  authorize: client.authorizationUrl,
  token: client.tokenUrl,
  userinfo: client.userinfoUrl,
  logout: `${client.logoutUrl}?client_id=${client.clientId}&post_logout_redirect_uri=${encodeURIComponent(`https://${host}/`)}`,
  // With the logins that notebooks have, everybody there writes the lakehouse (docs/adr/0028).
  allowed: writers,
  admins: administrators,
});

export const file = (name: "jupyterhub_config.py" | "spawner.py" | "standby.py"): string =>
  fs.readFileSync(path.join(__dirname, name), "utf8");

/** Whether a pod has looked about within so many seconds: whether it is its turn, or whether its hub answers. */
export const looked = (seconds: number) =>
  ({
    command: ["/bin/sh", "-ec", `[ $(($(date +%s) - $(stat -c %Y /tmp/alive))) -lt ${seconds} ]`],
  }) as const;

/** The hub's metrics want a token; here they are for whom the network lets in, and nothing else is. */
export const metricsProxy = `
frontend metrics
  mode http
  bind :${ports.hub.metrics}
  http-request deny unless { path /metrics }
  http-request set-path /hub/metrics
  http-request set-header Authorization "token \${METRICS_TOKEN}"
  default_backend metrics
backend metrics
  mode http
  server jupyterhub 127.0.0.1:${plainPort}
`.trimStart();

/** The token is taken from the environment only. */
export const proxyScript = `
CONFIGPROXY_AUTH_TOKEN=$(cat ${directories.token}/token)
export CONFIGPROXY_AUTH_TOKEN
exec configurable-http-proxy "$@"
`.trim();

/** @param hub address of the hub's Service */
export const proxyArguments = (hub: string): readonly string[] => [
  "--ip=",
  `--port=${ports.proxy.https}`,
  `--ssl-key=${directories.tls}/tls.key`,
  `--ssl-cert=${directories.tls}/tls.crt`,
  "--api-ip=",
  `--api-port=${ports.proxy.api}`,
  `--api-ssl-key=${directories.tls}/tls.key`,
  `--api-ssl-cert=${directories.tls}/tls.crt`,
  "--metrics-ip=",
  `--metrics-port=${ports.proxy.metrics}`,
  // Everything but notebooks; and what tells people that theirs is not there.
  `--default-target=${hub}`,
  `--error-target=${hub}/hub/error`,
  "--log-level=info",
];
