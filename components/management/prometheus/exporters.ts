import { klogLines, plainLines } from "../../core/logs";
import type { Account, Service } from "../../core/service";
import { apiToken, filesFrom, scratch } from "../../core/sources";
import { deployment, type Workload } from "../../core/workload";
import { blackboxConfig } from "./config";

/** What tells Prometheus of things that have no metrics of their own. */

/** What kube-state-metrics watches; its Role follows from it. */
const watched: readonly { readonly group: string; readonly resources: readonly string[] }[] = [
  { group: "", resources: ["pods", "persistentvolumeclaims", "services"] },
  { group: "apps", resources: ["daemonsets", "deployments", "replicasets", "statefulsets"] },
  { group: "batch", resources: ["cronjobs", "jobs"] },
  { group: "policy", resources: ["poddisruptionbudgets"] },
];

/** Pods are watched by Prometheus, too, which looks for its targets so. */
export const watchRules = watched.map(({ group, resources }) => ({
  apiGroups: [group],
  resources: [...resources],
  verbs: ["list", "watch"],
}));

/** How the objects of the platform's namespaces are: replicas, restarts, Jobs. */
export function kubeStateMetrics(service: Service, account: Account): Workload {
  const { platform } = service;
  const size = platform.size("kube-state-metrics");
  return deployment(service, {
    name: "kube-state-metrics",
    component: "kube-state-metrics",
    account,
    size,
    containers: [
      {
        name: "kube-state-metrics",
        image: platform.image("kube-state-metrics"),
        logs: klogLines,
        args: [
          `--namespaces=${platform.spaces.map((space) => platform.namespace(space)).join(",")}`,
          `--resources=${watched
            .flatMap(({ resources }) => resources)
            .sort()
            .join(",")}`,
        ],
        ports: { metrics: 8080, telemetry: 8081 },
        metrics: [{ port: "metrics", job: "kube-state-metrics", ofOthers: true }],
        resources: size,
        mounts: [apiToken],
        startup: { http: "/healthz", port: "metrics", period: 5, failures: 24 },
        readiness: { http: "/readyz", port: "telemetry" },
        liveness: { http: "/healthz", port: "metrics", failures: 6 },
      },
    ],
  });
}

export const blackboxPort = 9115;

/** Asks the Routes as people do, through the router. */
export function blackboxExporter(service: Service, account: Account): Workload {
  const { platform } = service;
  const size = platform.size("blackbox-exporter");
  const config = service.configMap("blackbox", "blackbox-exporter", { "blackbox.yml": blackboxConfig() });
  const made = deployment(service, {
    name: "blackbox-exporter",
    component: "blackbox-exporter",
    account,
    size,
    containers: [
      {
        name: "blackbox-exporter",
        image: platform.image("blackbox-exporter"),
        logs: plainLines,
        args: ["--config.file=/etc/blackbox/blackbox.yml", `--web.listen-address=:${blackboxPort}`],
        ports: { http: blackboxPort },
        metrics: [{ port: "http", job: "blackbox-exporter" }],
        resources: size,
        mounts: [scratch("tmp", "/tmp", "8Mi"), filesFrom(config, "/etc/blackbox")],
        startup: { http: "/-/healthy", port: "http", period: 2, failures: 30 },
        readiness: { http: "/-/healthy", port: "http" },
        liveness: { http: "/-/healthy", port: "http", failures: 6 },
      },
    ],
  });
  service.clusterIp("blackbox-exporter", "blackbox-exporter", { http: blackboxPort });
  // Where the router is, policies cannot know: it may be a load balancer outside the cluster.
  platform.flows.allowOutside(made.peer, "internet", 443);
  return made;
}
