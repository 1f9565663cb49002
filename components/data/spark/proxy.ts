import { certificate } from "../../core/certificates";
import { haproxyLines } from "../../core/logs";
import { serviceNames } from "../../core/names";
import type { ContainerSpec, Resources } from "../../core/pods";
import type { Service } from "../../core/service";
import { filesFrom } from "../../core/sources";
import { plainPort, ports } from "./config";

/** What ends the TLS of Spark Connect's clients beside it: its server speaks plain only, and listens to this pod alone. */

const directories = { config: "/etc/spark-proxy", tls: "/etc/spark-tls" };
const resources: Resources = { cpu: "20m", memory: "32Mi", cpuLimit: "500m", memoryLimit: "128Mi" };

export function tlsProxy(service: Service): ContainerSpec {
  const names = [...serviceNames("spark-connect", service.namespace), "localhost"];
  const tls = certificate(service, "tls", "spark-connect", names);
  const file = service.configMap("proxy", "connect", { "haproxy.cfg": proxyConfig(`${directories.tls}/server.pem`) });
  return {
    name: "tls",
    image: service.platform.image("haproxy"),
    logs: haproxyLines,
    command: ["haproxy", "-db", "-f", `${directories.config}/haproxy.cfg`],
    ports: ports.connect,
    resources,
    mounts: [filesFrom(file, directories.config), filesFrom(tls, directories.tls, { "server.pem": "server.pem" })],
    startup: { tcp: "health", period: 2, failures: 30 },
    // The whole pod's: whether Spark Connect answers.
    readiness: { http: "/ready", port: "health", period: 5 },
    liveness: { tcp: "health" },
  };
}

/** gRPC wants HTTP/2 agreed upon in the handshake. What lies idle for an hour is closed; clients connect again. */
const proxyConfig = (certificate: string): string =>
  `
global
  log stdout format raw local0 notice
  maxconn 1000
defaults
  log global
  timeout connect 5s
  timeout client 1h
  timeout server 1h
frontend connect
  mode tcp
  option clitcpka
  bind :${ports.connect.grpc} ssl crt ${certificate} alpn h2 ssl-min-ver TLSv1.2
  default_backend connect
backend connect
  mode tcp
  option srvtcpka
  server spark 127.0.0.1:${plainPort} check inter 2s
frontend health
  mode http
  bind :${ports.connect.health}
  acl away nbsrv(connect) lt 1
  monitor-uri /ready
  monitor fail if away
`.trimStart();
