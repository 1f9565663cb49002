import { plainLines } from "../../core/logs";
import type { ContainerSpec } from "../../core/pods";
import { ports } from "./config";

/**
 * Beside each process: Airflow tells its figures by StatsD only. One for each pod, so that two schedulers do not write the
 * same gauge, and no figure crosses the network.
 */
export const statsd = (image: string): ContainerSpec => ({
  name: "statsd-exporter",
  image,
  logs: plainLines,
  args: [
    `--statsd.listen-udp=127.0.0.1:${ports.statsd}`,
    "--statsd.listen-tcp=",
    `--web.listen-address=:${ports.metrics}`,
    "--log.format=json",
  ],
  ports: { metrics: ports.metrics },
  metrics: [{ port: "metrics" }],
  resources: { cpu: "10m", memory: "24Mi", cpuLimit: "200m", memoryLimit: "96Mi" },
  startup: { http: "/-/healthy", port: "metrics", period: 2, failures: 30 },
  readiness: { http: "/-/ready", port: "metrics" },
  liveness: { http: "/-/healthy", port: "metrics" },
});
