import type * as pulumi from "@pulumi/pulumi";
import { ruleFiles } from "../core/alerts";
import { authorityMount, certificate } from "../core/certificates";
import { password } from "../core/credentials";
import { plainLines } from "../core/logs";
import { serviceHost, serviceNames } from "../core/names";
import type { Platform } from "../core/platform";
import type { ContainerSpec, Resources } from "../core/pods";
import { type Account, type Handle, Service } from "../core/service";
import { apiToken, claim, filesFrom, type Mount, podField, rereadFrom, type Source, scratch } from "../core/sources";
import { deployment, statefulSet, type Workload } from "../core/workload";
import type { Bucket, Minio } from "../storage/minio";
import type { Alertmanager, AlertmanagerApi } from "./alertmanager";
import { alerts, clusterAlerts, platformAlerts } from "./prometheus/alerts";
import * as config from "./prometheus/config";
import { blackboxExporter, blackboxPort, kubeStateMetrics, watchRules } from "./prometheus/exporters";
import { panels } from "./prometheus/panels";
import { certificates, silence } from "./prometheus/rules";
import * as thanos from "./prometheus/thanos";
import { serverCertificateMount, webConfig } from "./prometheus/web";

/**
 * Prometheus: metrics of all services, and the alerts on them. What it scrapes, with which policies, and which rules it has,
 * follows from what the services declare beside their containers.
 *
 * ha: 2 replicas that each scrape everything. Thanos Query makes one view of them, without gaps; with MinIO, blocks go to
 * bucket `thanos` after two hours, a store gateway reads them back, and one compactor thins them out over a year.
 * standalone: 1 replica, 15 days, no Thanos.
 *
 * Beside it: kube-state-metrics (how Kubernetes' objects are) and the blackbox exporter (whether the Routes answer).
 * Ports: 9090 Prometheus, 10902 and 10901 Thanos (all TLS; no users, so NetworkPolicies decide who may ask), 8080 and 9115
 * of the exporters.
 */

/** PromQL over HTTP, certificate of the platform's authority. */
export interface PrometheusApi extends Handle {
  readonly url: string;
  readonly kind: "Prometheus" | "Thanos";
}

const port = 9090;
const headless = "prometheus-headless";
const sidecarResources: Resources = { cpu: "100m", memory: "256Mi", cpuLimit: "500m", memoryLimit: "512Mi" };
const tmp = scratch("tmp", "/tmp", "64Mi");

export class Prometheus extends Service {
  static readonly service = "prometheus";
  private readonly account: Account;
  private readonly login: { readonly username: string; readonly password: pulumi.Output<string> };
  private readonly bucket: Bucket | undefined;
  private readonly common: readonly Mount[];
  private readonly thanosFiles: readonly Mount[];
  private readonly servers: Workload;
  private readonly query: Workload | undefined;

  constructor(
    platform: Platform,
    wiring: { readonly minio?: Minio | undefined; readonly alertmanager?: Alertmanager | undefined },
  ) {
    super(platform, Prometheus.service);
    const clustered = platform.size("prometheus").replicas > 1;
    const alertmanager = wiring.alertmanager?.api();
    const federates = platform.settings.federateClusterMetrics;
    this.bucket = clustered ? wiring.minio?.bucket(this, "thanos") : undefined;
    this.account = this.serviceAccount({
      rules: watchRules,
      everywhere: true,
      ...(federates ? { clusterRole: "cluster-monitoring-view" } : {}),
    });
    this.login = { username: "prometheus", password: password(this, "scraper").result };
    // One for all parts of the service: whoever finds them by their addresses asks for the name `prometheus`.
    const tls = certificate(this, "tls", "prometheus", [
      ...["prometheus", ...(clustered ? ["thanos-query"] : [])].flatMap((name) => serviceNames(name, this.namespace)),
      "localhost",
    ]);
    this.common = [...serverCertificateMount.of(this.configMap("web", "common", webConfig), tls), authorityMount(this)];
    const files = clustered && this.configMap("thanos", "thanos", thanos.files(this.namespace, this.bucket));
    this.thanosFiles = files ? [filesFrom(files, thanos.directory)] : [];
    const prober = blackboxExporter(this, this.account);
    kubeStateMetrics(this, this.account);
    this.servers = this.prometheus(
      clustered,
      [alertmanager, { reaches: [{ peer: prober.peer, port: blackboxPort }], ready: [] }],
      this.files(prober, alertmanager),
    );
    if (federates) platform.flows.allowOutside(this.servers.peer, "monitoring", config.clusterMonitoring.port);
    this.query = clustered ? this.thanos(this.bucket) : undefined;
    this.alert([
      ...platformAlerts,
      ...(federates ? clusterAlerts : []),
      ...alerts(clustered, this.bucket !== undefined),
    ]);
    this.show(panels(clustered, this.bucket !== undefined, federates));
    // When all services have said what they show.
    platform.onceWired(() => {
      this.alert([...silence(platform.metrics.jobs()), certificates(platform.certificates)]);
      for (const endpoint of platform.metrics.jobs().flatMap(({ endpoints }) => endpoints)) {
        platform.flows.allow(this.servers.peer, endpoint);
      }
    });
    this.registerOutputs({});
  }

  /** For a service that asks for metrics. */
  api(): PrometheusApi {
    const [name, asked, kind] = this.query
      ? (["thanos-query", { peer: this.query.peer, port: thanos.ports.http }, "Thanos"] as const)
      : (["prometheus", { peer: this.servers.peer, port }, "Prometheus"] as const);
    return {
      reaches: [asked],
      ready: [(this.query ?? this.servers).resource],
      url: `https://${serviceHost(name, this.namespace)}:${asked.port}`,
      kind,
    };
  }

  /** What Prometheus logs in with where metrics ask for it (`MetricsSpec.login`): `username`, `password` in the owner's Secret. */
  scraper(owner: Service): Source {
    return owner.secret("scraper", "access", { ...this.login });
  }

  private prometheus(clustered: boolean, uses: readonly (Handle | undefined)[], files: readonly Mount[]): Workload {
    const { platform } = this;
    const size = platform.size("prometheus");
    const data = claim("data", "/prometheus");
    const probe = (path: string) => ({ http: path, port: "web", scheme: "HTTPS" }) as const;
    const servers = statefulSet(this, {
      name: "prometheus",
      component: "server",
      account: this.account,
      size,
      governing: headless,
      volume: "data",
      // What is in memory is written to disk.
      gracePeriod: 600,
      uses: [...uses, this.bucket],
      containers: [
        {
          name: "prometheus",
          image: platform.image("prometheus"),
          logs: plainLines,
          args: [
            `--config.file=${config.configDirectory}/prometheus.yml`,
            // Files change without a restart, which would read hours of log again.
            "--config.auto-reload",
            "--storage.tsdb.path=/prometheus",
            // Thanos compacts; in standalone too, so that Thanos can take over what is there.
            "--storage.tsdb.min-block-duration=2h",
            "--storage.tsdb.max-block-duration=2h",
            ...serverCertificateMount.args,
            `--web.external-url=https://${serviceHost("prometheus", this.namespace)}:${port}`,
            "--log.format=json",
          ],
          env: { POD_NAME: podField("metadata.name") },
          ports: { web: port },
          metrics: [{ port: "web", tls: true }],
          resources: size,
          mounts: [data, tmp, apiToken, ...this.common, ...files],
          startup: { ...probe("/-/ready"), period: 15, failures: 80 },
          readiness: { ...probe("/-/ready"), period: 5 },
          liveness: { ...probe("/-/healthy"), failures: 6 },
        },
        ...(clustered
          ? [
              this.thanosContainer(
                "sidecar",
                sidecarResources,
                thanos.sidecarArgs(port, this.bucket !== undefined),
                data,
              ),
            ]
          : []),
      ],
    });
    this.clusterIp("prometheus", "server", { web: port });
    this.clusterIp(headless, "server", { web: port, ...(clustered ? thanos.ports : {}) }, { headless: true });
    return servers;
  }

  /** Configuration and rules: they follow from the whole wiring, and are read again while Prometheus runs. */
  private files(prober: Workload, alertmanager: AlertmanagerApi | undefined): readonly Mount[] {
    const { platform } = this;
    const { prefix, mode, federateClusterMetrics } = platform.settings;
    const settings = this.configMap("config", "server", {
      "prometheus.yml": platform.whenWired(() =>
        config.prometheusConfig({
          prefix,
          mode,
          size: platform.size("prometheus"),
          jobs: platform.metrics.jobs(),
          urls: platform.urls,
          prober: `${serviceHost(prober.peer.name, this.namespace)}:${blackboxPort}`,
          login: this.login.username,
          alertmanagers: alertmanager?.members ?? [],
          federated: federateClusterMetrics ? platform.spaces.map((space) => platform.namespace(space)).sort() : [],
        }),
      ),
    });
    const rules = this.configMap(
      "rules",
      "server",
      platform.whenWired(() => ruleFiles(platform.alerts.all("metrics"))),
    );
    return [
      rereadFrom(settings, config.configDirectory),
      rereadFrom(rules, config.rulesDirectory),
      rereadFrom(this.secret("scraper", "server", { ...this.login }), config.loginDirectory),
      ...(federateClusterMetrics ? [config.serviceAuthority] : []),
    ];
  }

  private thanos(bucket: Bucket | undefined): Workload {
    const grpc = (workload: Workload): Handle => ({
      reaches: [{ peer: workload.peer, port: thanos.ports.grpc }],
      ready: [],
    });
    const store = bucket && this.fromBucket("store", bucket);
    if (bucket) this.fromBucket("compact", bucket);
    const size = this.platform.size("thanos-query");
    const query = deployment(this, {
      name: "thanos-query",
      component: "query",
      account: this.account,
      size,
      gracePeriod: 180,
      uses: [grpc(this.servers), store && grpc(store)],
      containers: [this.thanosContainer("query", size, thanos.queryArgs(this.service))],
    });
    this.clusterIp("thanos-query", "query", { http: thanos.ports.http });
    return query;
  }

  /** Works on what is in the bucket; its volume holds only copies. */
  private fromBucket(part: "store" | "compact", bucket: Bucket): Workload {
    const size = this.platform.size(`thanos-${part}`);
    const governing = `thanos-${part}-headless`;
    const container = this.thanosContainer(part, size, thanos.bucketArgs[part], claim("data", thanos.storeDirectory));
    const made = statefulSet(this, {
      name: `thanos-${part}`,
      component: part,
      account: this.account,
      size,
      governing,
      volume: "data",
      gracePeriod: 180,
      uses: [bucket],
      containers: [container],
    });
    this.clusterIp(governing, part, container.ports ?? {}, { headless: true });
    return made;
  }

  private thanosContainer(
    part: thanos.Part,
    resources: Resources,
    args: readonly string[],
    data?: Mount,
  ): ContainerSpec {
    const { thanosFiles, common, bucket } = this;
    return {
      ...thanos.container(part, bucket),
      image: this.platform.image("thanos"),
      logs: plainLines,
      args,
      resources,
      mounts: [...(data ? [data] : []), tmp, ...common, ...thanosFiles],
    };
  }
}
