import { certificate } from "../../core/certificates";
import { serviceNames } from "../../core/names";
import type { ContainerSpec } from "../../core/pods";
import type { Service } from "../../core/service";
import * as core from "../../core/tls-proxy";
import { plainPort, ports } from "./config";

/** What ends the TLS of Spark Connect's clients: gRPC wants HTTP/2 agreed upon in the handshake. */
export function tlsProxy(service: Service): ContainerSpec {
  const names = [...serviceNames("spark-connect", service.namespace), "localhost"];
  return core.tlsProxy(service, {
    part: "proxy",
    component: "connect",
    certificate: certificate(service, "tls", "spark-connect", names),
    ports: ports.connect,
    port: "grpc",
    frontend: "connect",
    server: "spark",
    plainPort,
    alpn: "h2",
  });
}
