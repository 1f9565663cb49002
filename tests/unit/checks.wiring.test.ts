import { describeCheck } from "./checks.runner";
import { changed, sample } from "./checks.sample";

const pod = "spec.template.spec";
const db = `${pod}.containers.0`;
const env = (name: string, value: string) => [{ name, value }];

describeCheck("connections", [
  [
    "a selector that selects nothing",
    changed("Service", "app", ["spec", "selector", "app.kubernetes.io/name"], "ap"),
    /no workload/,
  ],
  [
    "a Service without selector that nobody fills",
    changed("Service", "app", "spec.selector", undefined),
    /no workload/,
  ],
  ["an unknown target port", changed("Service", "app", "spec.ports.0.targetPort", "https"), /has a port https/],
  [
    "a port that only another protocol has",
    changed("Service", "app", "spec.ports.0.protocol", "UDP"),
    /has a port http/,
  ],
  [
    "a headless Service that translates",
    changed("Service", "db-pods", "spec.ports.0", { name: "http", port: 80, targetPort: 5432 }),
    /cannot lead 80/,
  ],
  [
    "a Service on a Job's pods",
    changed("Job", "db-init-1a2b", ["spec", "template", "metadata", "labels", "app.kubernetes.io/name"], "db"),
    /do not serve/,
  ],
  [
    "a probe of an unknown port",
    changed("Deployment", "app", `${db}.readinessProbe.httpGet.port`, 8081),
    /readinessProbe asks port 8081/,
  ],
  [
    "a hook of an unknown port",
    changed("Deployment", "app", `${db}.lifecycle`, { preStop: { httpGet: { port: 1 } } }),
    /preStop asks port 1/,
  ],
  ["a Route to nowhere", changed("Route", "app", "spec.to.name", "ap"), /no Service ap/],
  ["a Route to an unknown port", changed("Route", "app", "spec.port.targetPort", "http2"), /has no port "http2"/],
  [
    "a budget for nobody",
    changed("PodDisruptionBudget", "app", ["spec", "selector", "matchLabels", "app.kubernetes.io/name"], "ap"),
    /0 workloads/,
  ],
  [
    "a StatefulSet without headless Service",
    changed("StatefulSet", "db", "spec.serviceName", "db"),
    /no headless Service/,
  ],
  ["a Service without ports", changed("Service", "app", "spec.ports", []), /has no ports/],
  ["two Routes of one host", [...sample, ...sample.filter(({ kind }) => kind === "Route")], /shares its host/],
]);

describeCheck("dns names", [
  [
    "an unknown Service",
    changed("Deployment", "app", `${db}.env.0.value`, "dp.t-storage.svc.cluster.local"),
    /no Service dp in t-storage/,
  ],
  [
    "an unknown namespace",
    changed("Deployment", "app", `${db}.env.0.value`, "db.t-store.svc"),
    /no Service db in t-store/,
  ],
  [
    "a wrong port",
    changed("Deployment", "app", `${db}.env.2.value`, "jdbc:postgresql://db.t-storage.svc:5433/app"),
    /does not have that port/,
  ],
  [
    "the pods' port instead of the Service's",
    changed("Deployment", "app", `${db}.env.3.value`, "http://app:8080"),
    /"app:8080"/,
  ],
  [
    "a bare name of another namespace",
    changed("Deployment", "app", `${db}.env.3.value`, "http://db:5432"),
    /no Service db in t-data/,
  ],
  ["a bare name without scheme", changed("Deployment", "app", `${db}.args`, ["--server", "app:8080"]), /"app:8080"/],
  [
    "HOST and PORT that do not fit",
    changed("Job", "db-init-1a2b", `${db}.env`, [...env("DB_HOST", "db"), ...env("DB_PORT", "5433")]),
    /"db:5433"/,
  ],
  [
    "libpq's host and port",
    changed("Job", "db-init-1a2b", `${db}.command`, ["psql", "host=db port=54 user=x"]),
    /"db:54"/,
  ],
  [
    "a pod that does not exist",
    changed("ConfigMap", "db", "data", { "db.conf": "x=db-3.db-pods.t-storage.svc:5432" }),
    /no pod "db-3"/,
  ],
  [
    "a range of pods too long",
    changed("ConfigMap", "db", "data", { "db.conf": "http://db-{0...3}.db-pods.t-storage.svc:5432/x" }),
    /no pod "db-3"/,
  ],
  [
    "a pod under a Service with an address",
    changed("ConfigMap", "db", "data", { "db.conf": "db-0.db.t-storage.svc" }),
    /not headless/,
  ],
  [
    "a wrong port of a placeholder pod",
    changed("StatefulSet", "db", `${db}.env.1.value`, "$(POD).db-pods.t-storage.svc:5431"),
    /does not have that port/,
  ],
  [
    "a name inside a Secret",
    changed("Secret", "db", "stringData.url", "postgresql://u:p@dp.t-storage:5432/x"),
    /no Service dp/,
  ],
]);
