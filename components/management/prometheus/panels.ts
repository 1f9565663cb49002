import { below, metricsOf, objects, type Panel, quantile, type Row, rate, type ServicePanels } from "../../core/panels";

/** Of Prometheus and Thanos themselves, and of all services alike: what Kubernetes, the Routes and OpenShift's monitoring tell. */

const prometheus = metricsOf("prometheus");
const thanos = metricsOf("thanos");
const pods = metricsOf("kube-state-metrics");
const routes = metricsOf("routes", ["cluster"]);
const alerts = metricsOf(undefined, ["cluster"]);
const targets = metricsOf(undefined, ["cluster", "namespace"]);
/** What OpenShift's monitoring gives has its labels. */
const kubelets = metricsOf(undefined);
const volumes = metricsOf(undefined, ["cluster", "namespace"]);

/** @param federates whether OpenShift's monitoring is asked */
export const panels = (clustered: boolean, uploads: boolean, federates: boolean): ServicePanels => ({
  rows: [
    { title: "Prometheus", panels: own },
    ...(clustered ? [{ title: "Thanos", panels: [...together, ...(uploads ? history : [])] }] : []),
  ],
  overview: {
    health,
    resources: [requested, ...(federates ? [cpu("namespace"), memory("namespace"), fullest] : [])],
    safety,
  },
  everywhere: [kubernetes(federates)],
});

const own: readonly Panel[] = [
  {
    kind: "stat",
    title: "Targets down",
    about: "Of all that is scraped, what does not answer at this moment.",
    steps: below(1),
    series: { Targets: `count(${metricsOf(undefined, ["cluster"])("up")} == 0) or vector(0)` },
  },
  {
    kind: "stat",
    title: "Series",
    about: "Series in memory, of each replica. Memory follows from them.",
    steps: ["text"],
    series: { "{{pod}}": prometheus("prometheus_tsdb_head_series") },
  },
  {
    kind: "stat",
    title: "Samples",
    about: "Samples a second that each replica takes in.",
    unit: "ops",
    steps: ["text"],
    series: { "{{pod}}": rate(prometheus("prometheus_tsdb_head_samples_appended_total"), "pod") },
  },
  {
    kind: "stat",
    title: "On disk",
    about: "Bytes of finished blocks, of each replica. They are kept for 15 days, or until the volume is 80% full.",
    unit: "bytes",
    steps: ["text"],
    series: { "{{pod}}": prometheus("prometheus_tsdb_storage_blocks_bytes") },
  },
  {
    kind: "stat",
    title: "Rules that fail",
    about: "Rules a second that cannot be evaluated: alerts may be missing. `PrometheusRulesFail` is the alert on it.",
    unit: "ops",
    steps: below(0.0001),
    series: { Rules: rate(prometheus("prometheus_rule_evaluation_failures_total")) },
  },
  {
    kind: "stat",
    title: "Alertmanagers",
    about: "Members of Alertmanager that each replica knows. None: nobody is told of anything.",
    steps: ["red", [1, "green"]],
    series: { "{{pod}}": prometheus("prometheus_notifications_alertmanagers_discovered") },
  },
  {
    kind: "chart",
    title: "Longest scrapes",
    about: "Seconds that the five slowest jobs take to answer. They have ten.",
    unit: "s",
    steps: below(10),
    series: {
      "{{job}}": `topk(5, max by (job) (${metricsOf(undefined, ["cluster"])("scrape_duration_seconds")}))`,
    },
  },
  {
    kind: "chart",
    title: "Largest answers",
    about: "Samples of the five jobs that have most. A target with more than 50,000 is refused.",
    series: {
      "{{job}}": `topk(5, max by (job) (${metricsOf(undefined, ["cluster"])("scrape_samples_scraped")}))`,
    },
  },
  {
    kind: "chart",
    title: "Time of queries",
    about: "Slowest tenth of queries by what they spend it on.",
    unit: "s",
    series: {
      "{{slice}}": `max by (slice) (${prometheus("prometheus_engine_query_duration_seconds", 'quantile="0.9"')})`,
    },
  },
];

const together: readonly Panel[] = [
  {
    kind: "stat",
    title: "Sidecars with Prometheus",
    about: "Whether each sidecar reaches its Prometheus. After a restart that takes until its log is read.",
    texts: { 0: "no", 1: "yes" },
    steps: ["red", [1, "green"]],
    series: { "{{pod}}": thanos("thanos_sidecar_prometheus_up") },
  },
  {
    kind: "stat",
    title: "Stores behind the query",
    about: "Sidecars and store gateways that each Thanos Query asks.",
    steps: ["red", [2, "green"]],
    series: { "{{pod}}": `sum by (pod) (${thanos("thanos_store_nodes_grpc_connections", 'component="query"')})` },
  },
  {
    kind: "chart",
    title: "Slowest twentieth of Thanos' queries",
    about: "95th percentile of what Thanos Query takes to answer.",
    unit: "s",
    empty: "no queries",
    series: {
      "{{handler}}": quantile(0.95, thanos("http_request_duration_seconds_bucket", 'handler=~"query.*"'), "handler"),
    },
  },
];

const history: readonly Panel[] = [
  {
    kind: "stat",
    title: "Since the last upload",
    about:
      "Time since each sidecar brought a block to the object store. It does every two hours; `ThanosUploadStale` fires after four.",
    unit: "s",
    steps: below(3 * 3600, 4 * 3600),
    empty: "no block yet",
    series: {
      "{{pod}}": `time() - max by (pod) (${thanos("thanos_objstore_bucket_last_successful_upload_time", 'component="server"')} > 0)`,
    },
  },
  {
    kind: "stat",
    title: "Compactor",
    about: "Whether the compactor works. Halted, it found broken blocks: the bucket grows and long queries get slow.",
    texts: { 0: "works", 1: "halted" },
    steps: below(1),
    series: { Compactor: `max(${thanos("thanos_compact_halted")})` },
  },
  {
    kind: "stat",
    title: "Blocks in the store",
    about: "Blocks of the bucket that each store gateway has ready.",
    steps: ["text"],
    series: { "{{pod}}": `sum by (pod) (${thanos("thanos_bucket_store_blocks_loaded")})` },
  },
];

const firing = (severity: string) =>
  `count(${alerts("ALERTS", 'alertstate="firing"', `severity="${severity}"`)}) or vector(0)`;

const health: readonly Panel[] = [
  {
    kind: "stat",
    title: "Critical alerts",
    about: "Alerts that are for now: people are worse off, or data is at risk.",
    steps: below(1),
    series: { Alerts: firing("critical") },
  },
  {
    kind: "stat",
    title: "Warnings",
    about: "Alerts that are for the next days.",
    steps: ["green", [1, "orange"]],
    series: { Alerts: firing("warning") },
  },
  {
    kind: "stat",
    title: "Routes",
    about: "Whether each Route answers, asked through the router as people do.",
    texts: { 0: "down", 1: "up" },
    steps: ["red", [1, "green"]],
    empty: "no Route",
    series: { "{{instance}}": `min by (instance) (${routes("probe_success")})` },
  },
  {
    kind: "stat",
    title: "Services",
    about: "Pods of each service that answer on their metrics port. A click leads to the service's layer.",
    whole: true,
    unit: "percentunit",
    texts: { 0: "down", 1: "up" },
    steps: ["red", [0.01, "orange"], [1, "green"]],
    link: "dp-${__field.labels.layer}",
    series: { "{{service}}": `avg by (layer, service) (${targets("up", 'service!=""')})` },
  },
  {
    kind: "table",
    title: "Alerts that fire",
    about: "What is wrong at this moment. The runbook of each has cause, check and cure.",
    whole: true,
    columns: { severity: "Severity", alertname: "Alert", service: "Service", namespace: "Namespace", pod: "Pod" },
    empty: "none",
    series: { "": alerts("ALERTS", 'alertstate="firing"', 'severity=~"critical|warning"') },
  },
];

const safety: readonly Panel[] = [
  {
    kind: "stat",
    title: "Since the last backup",
    about: "Time since each scheduled backup last succeeded.",
    unit: "s",
    steps: below(26 * 3600, 8 * 86_400),
    empty: "no scheduled backup has ended yet",
    series: {
      "{{cronjob}}": `time() - max by (cronjob) (${objects("kube_cronjob_status_last_successful_time", 'cronjob=~".*backup.*"')})`,
    },
  },
  {
    kind: "stat",
    title: "Certificates of Routes",
    about: "Time until each Route's certificate ends. `RouteCertificateEnds` fires three weeks before.",
    unit: "s",
    steps: ["red", [3 * 86_400, "orange"], [21 * 86_400, "green"]],
    empty: "no Route",
    series: { "{{instance}}": `min by (instance) (${routes("probe_ssl_earliest_cert_expiry")}) - time()` },
  },
];

const ofRunning = (expr: string): string =>
  `sum by (namespace) (${expr} and on (namespace, pod) ${pods("kube_pod_status_phase", 'phase="Running"')} == 1)`;
const request = (resource: string) => ofRunning(pods("kube_pod_container_resource_requests", `resource="${resource}"`));

const requested: Panel = {
  kind: "table",
  title: "Requested",
  about: "What the running pods of each namespace ask of the cluster.",
  columns: { namespace: "Namespace" },
  series: { Cores: request("cpu"), "Memory (bytes)": request("memory") },
};

/** By pod in a layer, by namespace over all. */
const cpu = (by: "namespace" | "pod"): Panel => ({
  kind: "chart",
  title: `CPU by ${by}`,
  about: "Cores in use, on top of each other. What is above a request is there only while others leave it.",
  stacked: true,
  series: { [`{{${by}}}`]: rate(kubelets("container_cpu_usage_seconds_total", 'container!=""'), by) },
});

const memory = (by: "namespace" | "pod"): Panel => ({
  kind: "chart",
  title: `Memory by ${by}`,
  about: "Working set in bytes: what counts against the limit.",
  unit: "bytes",
  stacked: true,
  series: { [`{{${by}}}`]: `sum by (${by}) (${kubelets("container_memory_working_set_bytes", 'container!=""')})` },
});

const fullest: Panel = {
  kind: "bars",
  title: "Fullest volumes",
  about: "Share in use of the ten volumes that are fullest. `VolumeFillingUp` fires above 85%.",
  unit: "percentunit",
  max: 1,
  steps: ["green", [0.7, "orange"], [0.85, "red"]],
  series: {
    "{{persistentvolumeclaim}}": `topk(10, 1 - max by (persistentvolumeclaim) (${volumes("kubelet_volume_stats_available_bytes")}) / max by (persistentvolumeclaim) (${volumes("kubelet_volume_stats_capacity_bytes")}))`,
  },
};

/** StatefulSets and Deployments alike, by name. */
const workloads = (statefulSets: string, deployments: string): string =>
  `sum by (namespace, workload) (label_replace(${objects(statefulSets)}, "workload", "$1", "statefulset", "(.+)") or label_replace(${objects(deployments)}, "workload", "$1", "deployment", "(.+)"))`;

const kubernetes = (federates: boolean): Row => ({
  title: "Pods",
  panels: [
    {
      kind: "table",
      title: "Workloads",
      about: "Pods of each workload that are ready, and how many there should be.",
      columns: { workload: "Workload", namespace: "Namespace" },
      series: {
        Ready: workloads("kube_statefulset_status_replicas_ready", "kube_deployment_status_replicas_ready"),
        Wanted: workloads("kube_statefulset_replicas", "kube_deployment_spec_replicas"),
      },
    },
    {
      kind: "chart",
      title: "Restarts",
      about: "Restarts of containers within the hour before. None is normal.",
      series: { "{{pod}}": `sum by (pod) (increase(${pods("kube_pod_container_status_restarts_total")}[1h]))` },
    },
    {
      kind: "chart",
      title: "Pods that do not run",
      about: "Pods that wait for a node, a volume or an image, and pods that ended with an error.",
      series: { "{{phase}}": `sum by (phase) (${pods("kube_pod_status_phase", 'phase=~"Pending|Failed|Unknown"')})` },
    },
    ...(federates ? [cpu("pod"), memory("pod"), fullest] : []),
  ],
});
