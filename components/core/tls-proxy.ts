import type { LogsSpec } from "./logs";
import type { ContainerSpec, Resources } from "./pods";
import type { Service } from "./service";
import { type EnvValue, filesFrom, type Source } from "./sources";

/** What ends the TLS of a server's clients beside it, where that speaks plain only and listens to its own pod alone. */
export interface TlsProxySpec {
  /** ConfigMap `<service>-<part>`. */
  readonly part: string;
  readonly component: string;
  /** `server.pem`. */
  readonly certificate: Source;
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
  readonly env?: Readonly<Record<string, EnvValue>>;
  /** The pod is ready when the server is. Default true; false where some of the pods only wait. */
  readonly follows?: boolean;
}

const resources: Resources = { cpu: "20m", memory: "32Mi", cpuLimit: "500m", memoryLimit: "128Mi" };

/** Its start and its end have the level in front; what it logs of servers has none. */
const logs: LogsSpec = {
  level: {
    pattern: String.raw`^\[(?P<level>[A-Z]+)\] `,
    words: { NOTICE: "info", WARNING: "warn", ALERT: "error" },
  },
};

export function tlsProxy(service: Service, spec: TlsProxySpec): ContainerSpec {
  const directories = { config: `/etc/${service.service}-proxy`, tls: `/etc/${service.service}-tls` };
  const file = service.configMap(spec.part, spec.component, {
    "haproxy.cfg": proxyConfig(spec, `${directories.tls}/server.pem`),
  });
  const health = { tcp: "health" } as const;
  return {
    name: "tls",
    image: service.platform.image("haproxy"),
    logs,
    command: ["haproxy", "-db", "-f", `${directories.config}/haproxy.cfg`],
    ...(spec.env ? { env: spec.env } : {}),
    ports: spec.ports,
    resources,
    mounts: [
      filesFrom(file, directories.config),
      filesFrom(spec.certificate, directories.tls, { "server.pem": "server.pem" }),
    ],
    startup: { ...health, period: 2, failures: 30 },
    readiness: spec.follows === false ? { ...health, period: 5 } : { http: "/ready", port: "health", period: 5 },
    liveness: health,
  };
}

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
