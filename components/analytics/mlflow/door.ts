import { authorityFile, authorityMount } from "../../core/certificates";
import { plainLines } from "../../core/logs";
import type { ContainerSpec, Resources } from "../../core/pods";
import type { Service } from "../../core/service";
import { filesFrom, type Source } from "../../core/sources";
import { haproxy } from "../../core/tls-proxy";
import type { OidcClient } from "../../infrastructure/keycloak";
import { writers } from "../../infrastructure/keycloak/realm";
import { ports, serverPort } from "./config";

/**
 * The way into MLflow, which knows no users: HAProxy ends TLS, lets services in by name and password, and with Keycloak
 * hands everybody else to oauth2-proxy, which has people log in there.
 */

const directories = { oidc: "/etc/mlflow-oidc", session: "/etc/mlflow-session" };
const peoplePort = 4180;
export const callbackPath = "/oauth2/callback";

const resources = {
  door: { cpu: "20m", memory: "64Mi", cpuLimit: "500m", memoryLimit: "192Mi" },
  people: { cpu: "20m", memory: "64Mi", cpuLimit: "200m", memoryLimit: "128Mi" },
} satisfies Record<string, Resources>;

export function door(
  service: Service,
  spec: { readonly host: string; readonly people: boolean; readonly users: Source; readonly tls: Source },
): ContainerSpec {
  return {
    ...haproxy(service, {
      name: "door",
      part: "door",
      component: "server",
      certificate: spec.tls,
      config: (pem) => doorConfig(spec.host, spec.people, pem),
      users: spec.users,
      ports,
      health: "inside",
      resources: resources.door,
    }),
    metrics: [{ port: "inside" }, { port: "inside", path: "/door", job: "mlflow-door" }],
  };
}

/** Who may come in by name and password, as HAProxy reads it. */
export const usersFile = (users: readonly { readonly name: string; readonly password: string }[]): string =>
  ["userlist services", ...users.map(({ name, password }) => `  user ${name} insecure-password ${password}`), ""].join(
    "\n",
  );

/**
 * Headers that tell where a request is from are this file's own, whatever came with it: MLflow takes whoever seems to be on
 * its own host for its administrator, and oauth2-proxy believes them.
 * @param people whether there is oauth2-proxy
 * @param pem the certificate with its key
 */
export const doorConfig = (host: string, people: boolean, pem: string): string =>
  `
global
  log stdout format raw local0 notice
  maxconn 500
  # Sessions of people are cookies of several kilobytes.
  tune.bufsize 32768
defaults
  mode http
  log global
  option dontlognull
  timeout connect 5s
  timeout http-request 30s
  timeout http-keep-alive 60s
  timeout client 10m
  timeout server 10m
frontend door
  bind :${ports.https} ssl crt ${pem} alpn h2,http/1.1 ssl-min-ver TLSv1.2
  http-request del-header X-Forwarded- -m beg
  http-request del-header Forwarded
  http-request del-header X-Real-IP
  http-request set-header X-Forwarded-For %[src]
  http-request set-header X-Forwarded-Proto https
  http-request set-header X-Forwarded-Host %[req.hdr(host)]
${
  people
    ? `  acl password req.hdr(authorization) -m beg -i basic
  http-request auth realm MLflow if password !{ http_auth(services) }
  use_backend mlflow if password
  default_backend people`
    : `  http-request auth realm MLflow unless { http_auth(services) }
  default_backend mlflow`
}
frontend inside
  bind :${ports.inside}
  monitor-uri /ready
  acl away nbsrv(mlflow) lt 1
  monitor fail if away
  http-request use-service prometheus-exporter if { path /door }
  http-request deny unless { path /metrics }
  default_backend metrics
backend mlflow
  http-request del-header Authorization
  option httpchk GET /health
  server mlflow 127.0.0.1:${serverPort} check inter 3s rise 1
backend metrics
  http-request set-header Host ${host}
  server mlflow 127.0.0.1:${serverPort} track mlflow/mlflow
${
  people
    ? `backend people
  option httpchk GET /ping
  server people 127.0.0.1:${peoplePort} check inter 3s rise 1
`
    : ""
}`.trimStart();

/** @param session Secret with `cookie`, a key of 32 characters: the same for all replicas, so that any of them knows who is logged in */
export function people(service: Service, host: string, oidc: OidcClient, session: Source): ContainerSpec {
  return {
    name: "people",
    image: service.platform.image("oauth2-proxy"),
    logs: plainLines,
    args: peopleArguments(host, oidc),
    ports: { people: peoplePort },
    resources: resources.people,
    mounts: [
      filesFrom(oidc.credentials, directories.oidc, { clientSecret: "clientSecret" }),
      filesFrom(session, directories.session),
      authorityMount(service),
    ],
    startup: { http: "/ping", port: "people", period: 2, failures: 30 },
    readiness: { http: "/ready", port: "people" },
    liveness: { http: "/ping", port: "people" },
  };
}

export const peopleArguments = (
  host: string,
  oidc: Pick<OidcClient, "clientId" | "issuer" | "authorizationUrl" | "tokenUrl" | "jwksUrl">,
): readonly string[] => [
  // Its port is open to the kubelet, which asks how it is, and to HAProxy, which alone it believes.
  `--http-address=0.0.0.0:${peoplePort}`,
  `--upstream=http://127.0.0.1:${serverPort}`,
  "--upstream-timeout=10m",
  "--reverse-proxy=true",
  "--trusted-proxy-ip=127.0.0.1",
  "--real-client-ip-header=X-Forwarded-For",
  // Browsers go to the public address, oauth2-proxy itself to the one inside the cluster.
  "--provider=oidc",
  "--skip-oidc-discovery=true",
  `--oidc-issuer-url=${oidc.issuer}`,
  `--login-url=${oidc.authorizationUrl}`,
  `--redeem-url=${oidc.tokenUrl}`,
  `--oidc-jwks-url=${oidc.jwksUrl}`,
  `--provider-ca-file=${authorityFile}`,
  `--redirect-url=https://${host}${callbackPath}`,
  `--client-id=${oidc.clientId}`,
  `--client-secret-file=${directories.oidc}/clientSecret`,
  "--code-challenge-method=S256",
  "--insecure-oidc-skip-nonce=false",
  // The groups come with every token; Keycloak refuses scopes that it does not have.
  "--scope=openid",
  // People are known by their user name: not everybody has an address, or has shown that it is his.
  "--oidc-email-claim=preferred_username",
  "--email-domain=*",
  // Everybody who gets in may change everything there.
  ...writers.map((group) => `--allowed-group=${group}`),
  "--skip-provider-button=true",
  // What pages ask for is refused, instead of led to a login that no page can show.
  "--api-route=^/(api|ajax-api)/",
  "--api-route=^/graphql$",
  "--cookie-name=__Host-mlflow",
  `--cookie-secret-file=${directories.session}/cookie`,
  // Not sent along by pages of others.
  "--cookie-samesite=lax",
  // As long as Keycloak's own session; its tokens live for five minutes, and whoever has lost his group is out by then.
  "--cookie-expire=10h",
  "--cookie-refresh=4m",
  "--pass-user-headers=false",
  "--pass-basic-auth=false",
  "--silence-ping-logging=true",
];
