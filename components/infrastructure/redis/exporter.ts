import { authorityFile } from "../../core/certificates";
import { jsonText } from "../../core/formats";
import { plainLines } from "../../core/logs";
import type { ContainerSpec } from "../../core/pods";
import { filesFrom, type Mount, type Source } from "../../core/sources";
import { ports } from "./config";

/** Redis' and Sentinel's own figures for Prometheus: redis_exporter in each pod, which asks the two of that pod. */

const user = "exporter";
/** The certificate is good for this name, too. */
const address = (port: number, login = ""): string => `rediss://${login}localhost:${port}`;

/** Key of the Secret of internal passwords that has the exporter's as it reads them. */
export const loginsKey = "exporter.json";

/** Address with user -> password: it is the same user on both. */
export const logins = (password: string): string =>
  jsonText(Object.fromEntries(Object.values(ports).map((port) => [address(port, `${user}@`), password])));

/**
 * @param sentinel whether there is one in the pod
 * @param passwords Secret with the logins under `loginsKey`
 */
export const exporter = (image: string, sentinel: boolean, passwords: Source, authority: Mount): ContainerSpec => ({
  name: "exporter",
  image,
  logs: plainLines,
  args: [
    `--redis.addr=${address(ports.redis)}`,
    `--redis.user=${user}`,
    `--redis.password-file=/etc/exporter/${loginsKey}`,
    `--tls-ca-cert-file=${authorityFile}`,
    "--connection-timeout=5s",
    // Not asked for, since its user may not: the configuration has the password of replication.
    "--config-command=-",
    "--exclude-latency-histogram-metrics",
    // Where it asks whatever it is told to.
    ...(sentinel ? [] : ["--disable-scrape-endpoint"]),
  ],
  ports: { metrics: 9121 },
  metrics: [
    { port: "metrics" },
    ...(sentinel
      ? [{ port: "metrics", job: "redis-sentinel", path: "/scrape", params: { target: [address(ports.sentinel)] } }]
      : []),
  ],
  resources: { cpu: "10m", memory: "24Mi", cpuLimit: "100m", memoryLimit: "64Mi" },
  mounts: [filesFrom(passwords, "/etc/exporter", { [loginsKey]: loginsKey }), authority],
  startup: { http: "/health", port: "metrics", period: 2, failures: 30 },
  readiness: { http: "/health", port: "metrics" },
  liveness: { http: "/health", port: "metrics", failures: 6 },
});
