import { plainLines } from "../../core/logs";
import type { ContainerSpec } from "../../core/pods";
import { filesFrom, type Source } from "../../core/sources";
import { ports } from "./config";

/** Beside each web server and worker: Superset and gunicorn tell their figures by StatsD only. No figure crosses the network. */
export const statsd = (image: string, mapping: Source): ContainerSpec => ({
  name: "statsd-exporter",
  image,
  logs: plainLines,
  args: [
    `--statsd.listen-udp=127.0.0.1:${ports.statsd}`,
    "--statsd.listen-tcp=",
    "--statsd.mapping-config=/etc/statsd/mapping.yaml",
    `--web.listen-address=:${ports.metrics}`,
    "--log.format=json",
  ],
  ports: { metrics: ports.metrics },
  metrics: [{ port: "metrics" }],
  resources: { cpu: "10m", memory: "24Mi", cpuLimit: "200m", memoryLimit: "96Mi" },
  mounts: [filesFrom(mapping, "/etc/statsd")],
  startup: { http: "/-/healthy", port: "metrics", period: 2, failures: 30 },
  readiness: { http: "/-/ready", port: "metrics" },
  liveness: { http: "/-/healthy", port: "metrics", failures: 6 },
});
