import { layerOfNamespace } from "../../core/alerts";
import { catalogue, type ServiceFacts, serviceNames } from "../../core/catalogue";
import { authorityFile } from "../../core/certificates";
import { yamlText } from "../../core/formats";
import type { MetricsJob } from "../../core/metrics";
import { clusterName, type Mode, serviceHost } from "../../core/names";
import type { Size } from "../../core/profiles";
import { mebibytes } from "../../core/quantities";
import type { Mount } from "../../core/sources";

/** Prometheus' configuration: where it scrapes, and whom it tells. */

export const configDirectory = "/etc/prometheus";
export const rulesDirectory = "/etc/prometheus-rules";
/** With file `password`. */
export const loginDirectory = "/etc/prometheus-login";
const tokenFile = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/** By which OpenShift's own services are known; it is in every namespace. */
export const serviceAuthority: Mount = {
  volume: "service-ca",
  path: "/etc/service-ca",
  readOnly: true,
  definition: { configMap: { name: "openshift-service-ca.crt", defaultMode: 0o444 } },
};

/** Sets one replica's series apart from the other's; Thanos takes it away again. */
export const replicaLabel = "prometheus_replica";

/** OpenShift's Prometheus, through its proxy. */
export const clusterMonitoring = { host: "prometheus-k8s.openshift-monitoring.svc", port: 9091 };

export interface Scraped {
  readonly prefix: string;
  readonly mode: Mode;
  readonly size: Size;
  readonly jobs: readonly MetricsJob[];
  /** URLs of the Routes, by their name. */
  readonly urls: Readonly<Record<string, string>>;
  /** `host:port` of the blackbox exporter. */
  readonly prober: string;
  /** Name that Prometheus logs in with where metrics ask for it. */
  readonly login: string;
  /** `host:port` of each Alertmanager. */
  readonly alertmanagers: readonly string[];
  /** Namespaces whose volumes and containers are asked for at OpenShift's monitoring; none = it is not asked. */
  readonly federated: readonly string[];
}

export const prometheusConfig = (of: Scraped): string =>
  yamlText({
    global: {
      scrape_interval: "30s",
      evaluation_interval: "30s",
      external_labels: { cluster: clusterName(of.prefix, of.mode), [replicaLabel]: "${POD_NAME}" },
    },
    storage: { tsdb: { retention: { time: "15d", size: `${mebibytes(of.size.disk ?? "", 0.8)}MB` } } },
    ...(of.alertmanagers.length > 0 ? { alerting: alerting(of) } : {}),
    rule_files: [`${rulesDirectory}/*.yaml`],
    scrape_configs: [
      ...of.jobs.map((job) => scrape(job, of.login)),
      ...(Object.keys(of.urls).length > 0 ? [routes(of)] : []),
      ...(of.federated.length > 0 ? federation(of.federated) : []),
    ],
  });

const alerting = ({ prefix, alertmanagers }: Scraped) => ({
  alert_relabel_configs: [
    // Both replicas find the same: without this, everything would be told twice.
    { action: "labeldrop", regex: replicaLabel },
    layerOfNamespace(prefix),
  ],
  alertmanagers: [
    { scheme: "https", tls_config: { ca_file: authorityFile }, static_configs: [{ targets: [...alertmanagers] }] },
  ],
});

/** One job: the pods that show these metrics, or the Service in front of them. */
function scrape({ name, service, spec, endpoints }: MetricsJob, login: string) {
  const [first] = endpoints;
  if (!first) throw new Error(`job ${name} has no endpoints`);
  const { namespace, labels } = first.peer;
  const { layer } = catalogue[service];
  return {
    job_name: name,
    ...(spec.path ? { metrics_path: spec.path } : {}),
    ...(spec.params ? { params: spec.params } : {}),
    ...(spec.interval ? { scrape_interval: `${spec.interval}s` } : {}),
    ...(spec.tls ? { scheme: "https", tls_config: { ca_file: authorityFile, server_name: service } } : {}),
    ...(spec.login ? { basic_auth: { username: login, password_file: `${loginDirectory}/password` } } : {}),
    ...(spec.ofOthers ? { honor_labels: true } : {}),
    // Older endpoints do not say of what type their answer is.
    fallback_scrape_protocol: "PrometheusText0.0.4",
    sample_limit: 50000,
    ...(spec.throughService
      ? {
          static_configs: [
            {
              targets: [`${serviceHost(spec.throughService, namespace)}:${first.port}`],
              labels: { namespace, layer, service },
            },
          ],
        }
      : {
          kubernetes_sd_configs: [
            {
              role: "pod",
              namespaces: { names: [namespace] },
              selectors: [{ role: "pod", label: selector(labels, endpoints) }],
            },
          ],
          relabel_configs: podLabels(spec.port, spec.ofOthers ? {} : { layer, service }),
        }),
  };
}

const component = "app.kubernetes.io/component";

/** The components that show metrics, and not the Jobs of the same service. */
const selector = (labels: Readonly<Record<string, string>>, endpoints: MetricsJob["endpoints"]): string =>
  [
    ...["app.kubernetes.io/name", "app.kubernetes.io/instance"].map((key) => `${key}=${labels[key]}`),
    `${component} in (${[...new Set(endpoints.map(({ peer }) => peer.labels[component]))].sort().join(",")})`,
  ].join(",");

/** Discovery finds every port of every container: one is kept, and named after its pod. */
const podLabels = (port: string, fixed: Readonly<Record<string, string>>) => [
  { source_labels: ["__meta_kubernetes_pod_phase"], action: "drop", regex: "Pending|Succeeded|Failed" },
  { source_labels: ["__meta_kubernetes_pod_container_init"], action: "drop", regex: "true" },
  { source_labels: ["__meta_kubernetes_pod_container_port_name"], action: "keep", regex: port },
  { source_labels: ["__meta_kubernetes_namespace"], target_label: "namespace" },
  { source_labels: ["__meta_kubernetes_pod_name"], target_label: "pod" },
  { source_labels: ["__meta_kubernetes_pod_label_app_kubernetes_io_component"], target_label: "component" },
  {
    source_labels: ["__meta_kubernetes_pod_name", "__meta_kubernetes_pod_container_port_number"],
    separator: ":",
    target_label: "instance",
  },
  ...Object.entries(fixed).map(([target_label, replacement]) => ({ target_label, replacement })),
];

/** The platform as its users reach it: each Route, asked through the router, and said to be of the service behind it. */
const routes = ({ urls, prober }: Scraped) => ({
  job_name: "routes",
  scrape_interval: "60s",
  metrics_path: "/probe",
  params: { module: ["route"] },
  static_configs: serviceNames.flatMap((service) => {
    const { layer, route }: ServiceFacts = catalogue[service];
    const url = route && urls[route];
    return url ? [{ targets: [url], labels: { service, layer } }] : [];
  }),
  relabel_configs: [
    { source_labels: ["__address__"], target_label: "__param_target" },
    { source_labels: ["__param_target"], target_label: "instance" },
    { target_label: "__address__", replacement: prober },
  ],
});

/** What only the kubelets know, from OpenShift's own monitoring: in two, since one answer should stay small. */
function federation(namespaces: readonly string[]) {
  const job = (name: string, metrics: readonly string[], further = "") => ({
    job_name: name,
    honor_labels: true,
    scrape_interval: "60s",
    scrape_timeout: "30s",
    scheme: "https",
    metrics_path: "/federate",
    authorization: { credentials_file: tokenFile },
    tls_config: { ca_file: `${serviceAuthority.path}/service-ca.crt` },
    params: { "match[]": [`{__name__=~"${metrics.join("|")}",namespace=~"${namespaces.join("|")}"${further}}`] },
    static_configs: [{ targets: [`${clusterMonitoring.host}:${clusterMonitoring.port}`] }],
    // Which of OpenShift's replicas answered changes from one request to the next.
    metric_relabel_configs: [
      { action: "labeldrop", regex: "prometheus|prometheus_replica|endpoint|service|instance|metrics_path" },
    ],
  });
  const volume = (part: string) => `kubelet_volume_stats_${part}`;
  return [
    job("cluster-volumes", ["available_bytes", "capacity_bytes", "inodes", "inodes_free"].map(volume)),
    job(
      "cluster-containers",
      [
        "container_memory_working_set_bytes",
        "container_cpu_usage_seconds_total",
        "container_cpu_cfs_periods_total",
        "container_cpu_cfs_throttled_periods_total",
      ],
      ',container!="",container!="POD"',
    ),
  ];
}

/**
 * How Routes are asked. What answers decides, not what it leads to: following the way to a login would judge Keycloak.
 * Nor who signed the certificate, which pods cannot know of the router's own; when it ends is watched.
 */
export const blackboxConfig = (): string =>
  yamlText({
    modules: {
      route: {
        prober: "http",
        timeout: "10s",
        http: {
          preferred_ip_protocol: "ip4",
          follow_redirects: false,
          valid_status_codes: [200, 301, 302, 303, 307, 308, 401, 403],
          fail_if_not_ssl: true,
          tls_config: { insecure_skip_verify: true },
        },
      },
    },
  });
