import { haproxyLines } from "./logs";
import type { ContainerSpec, Resources } from "./pods";
import type { Service } from "./service";
import { type EnvValue, filesFrom, type Source } from "./sources";

/** HAProxy beside a server that speaks plain only and listens to its own pod alone. */
interface HaproxySpec {
  readonly name: string;
  /** ConfigMap `<service>-<part>`. */
  readonly part: string;
  readonly component: string;
  /** `server.pem`. */
  readonly certificate: Source;
  /** Its configuration. @param pem the certificate with its key */
  readonly config: (pem: string) => string;
  /** `users.cfg`, which it reads first: who may log in. */
  readonly users?: Source;
  readonly ports: Readonly<Record<string, number>>;
  /** Name of the plain port that says at `/ready` whether the server is there. */
  readonly health: string;
  /** The pod is ready when the server is. Default true; false where some of the pods only wait. */
  readonly follows?: boolean;
  readonly env?: Readonly<Record<string, EnvValue>>;
  readonly resources: Resources;
}

export function haproxy(service: Service, spec: HaproxySpec): ContainerSpec {
  const folder = (part: string): string => `/etc/${service.service}-${part}`;
  const file = service.configMap(spec.part, spec.component, {
    "haproxy.cfg": spec.config(`${folder("tls")}/server.pem`),
  });
  const read = [...(spec.users ? [`${folder("users")}/users.cfg`] : []), `${folder(spec.part)}/haproxy.cfg`];
  const health = { tcp: spec.health } as const;
  return {
    name: spec.name,
    image: service.platform.image("haproxy"),
    logs: haproxyLines,
    command: ["haproxy", "-db", ...read.flatMap((path) => ["-f", path])],
    ...(spec.env ? { env: spec.env } : {}),
    ports: spec.ports,
    resources: spec.resources,
    mounts: [
      filesFrom(file, folder(spec.part)),
      ...(spec.users ? [filesFrom(spec.users, folder("users"))] : []),
      filesFrom(spec.certificate, folder("tls"), { "server.pem": "server.pem" }),
    ],
    startup: { ...health, period: 2, failures: 30 },
    readiness: spec.follows === false ? { ...health, period: 5 } : { http: "/ready", port: spec.health, period: 5 },
    liveness: health,
  };
}

/** What ends the TLS of a server's clients, and hands on what they say as it is. */
export type TlsProxySpec = Pick<HaproxySpec, "part" | "component" | "certificate" | "follows" | "env"> & {
  /** What clients reach, and where it says whether the server is there. */
  readonly ports: Readonly<Record<string, number>> & { readonly health: number };
  /** Name of the port of clients, and what is called so in the log. */
  readonly port: string;
  readonly frontend: string;
  /** The server, in the log and on this pod. */
  readonly server: string;
  readonly plainPort: number;
  /** Protocols agreed upon in the handshake. Default none. */
  readonly alpn?: string;
  /** Further sections of its configuration. */
  readonly more?: string;
};

const resources: Resources = { cpu: "20m", memory: "32Mi", cpuLimit: "500m", memoryLimit: "128Mi" };

export const tlsProxy = (service: Service, spec: TlsProxySpec): ContainerSpec =>
  haproxy(service, { ...spec, name: "tls", health: "health", config: (pem) => proxyConfig(spec, pem), resources });

/** What lies idle for an hour is closed; clients connect again. */
const proxyConfig = ({ frontend, port, ports, alpn, server, plainPort, more }: TlsProxySpec, pem: string): string =>
  `
global
  log stdout format raw local0 notice
  maxconn 1000
defaults
  log global
  timeout connect 5s
  timeout client 1h
  timeout server 1h
frontend ${frontend}
  mode tcp
  option clitcpka
  bind :${ports[port]} ssl crt ${pem}${alpn ? ` alpn ${alpn}` : ""} ssl-min-ver TLSv1.2
  default_backend ${frontend}
backend ${frontend}
  mode tcp
  option srvtcpka
  server ${server} 127.0.0.1:${plainPort} check inter 2s
frontend health
  mode http
  bind :${ports.health}
  acl away nbsrv(${frontend}) lt 1
  monitor-uri /ready
  monitor fail if away
${more ?? ""}`.trimStart();
