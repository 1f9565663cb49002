import { authorityMount, certificate } from "../core/certificates";
import { password } from "../core/credentials";
import { plainLines } from "../core/logs";
import { serviceHost, serviceNames } from "../core/names";
import type { Platform } from "../core/platform";
import { type Handle, onDemand, Service } from "../core/service";
import { filesFrom, type Mount, podField, rereadFrom, type Source, scratch } from "../core/sources";
import { deployment } from "../core/workload";
import type { Keycloak } from "../infrastructure/keycloak";
import { route } from "../networking/routes";
import type { Postgresql } from "../storage/postgresql";
import type { Alertmanager } from "./alertmanager";
import { alerts } from "./grafana/alerts";
import * as config from "./grafana/config";
import { ofLayer, overview } from "./grafana/dashboards";
import { panels } from "./grafana/panels";
import type { Loki } from "./loki";
import type { Prometheus } from "./prometheus";

/**
 * Grafana: metrics and alerts of the platform in the browser, at `https://grafana.<domain>`. Its dashboards are made of the
 * panels that services declare beside what they describe: an overview, and one for each layer (docs/DASHBOARDS.md). All that
 * people make there themselves is in PostgreSQL.
 *
 * ha: 2 replicas, any of which serves any request; they gossip so that alerts of people's own are told once.
 * standalone: 1 replica, the same database.
 *
 * With Keycloak, people sign in there and are what their role in the realm says. The user `admin` is for the day when nobody
 * else can (Secret `grafana-admin`). Ports: 3000 UI, API and metrics (TLS; Route `grafana`; metrics with
 * Prometheus' login), 9094 gossip (TCP and UDP).
 */

interface Wiring {
  readonly postgresql: Postgresql;
  readonly keycloak?: Keycloak | undefined;
  readonly prometheus?: Prometheus | undefined;
  readonly alertmanager?: Alertmanager | undefined;
  readonly loki?: Loki | undefined;
}

const headless = "grafana-headless";

export class Grafana extends Service {
  static readonly service = "grafana";

  constructor(platform: Platform, wiring: Wiring) {
    super(platform, Grafana.service);
    const size = platform.size("grafana");
    const clustered = size.replicas > 1;
    const host = platform.host("grafana");
    const database = wiring.postgresql.database(this, "grafana", (size.replicas + 1) * 2 * config.poolSize);
    const oidc = wiring.keycloak?.client(this, {
      redirectUris: [`https://${host}${config.callbackPath}`],
      postLogoutRedirectUris: [config.loginUrl(host)],
    });
    const scraper = wiring.prometheus?.scraper(this);
    const admin = this.secret("admin", "access", {
      username: config.administrator,
      password: password(this, "admin").result,
    });
    const keys = this.secret("keys", "server", { secretKey: password(this, "secret-key").result });
    const tls = certificate(this, "tls", "grafana", serviceNames("grafana", this.namespace));
    const asked = this.asked(wiring);
    const files = this.configMap("config", "server", {
      "grafana.ini": config.grafanaIni({
        host,
        database,
        peers: clustered ? `${serviceHost(headless, this.namespace)}:${config.ports.gossip}` : undefined,
        label: platform.settings.prefix,
        oidc,
        prometheus: wiring.prometheus !== undefined,
      }),
      "datasources.yaml": config.dataSources(asked.map(({ source }) => source)),
      ...(wiring.prometheus ? { "dashboards.yaml": config.dashboardProvider() } : {}),
    });
    const secretFiles = (folder: keyof typeof config.secrets, source: Source | undefined): readonly Mount[] =>
      source ? [filesFrom(source, config.secrets[folder])] : [];

    const { peer } = deployment(this, {
      name: "grafana",
      component: "server",
      account: this.serviceAccount(),
      size,
      uses: [database, oidc, ...asked.map(({ handle }) => handle)],
      amongItself: clustered ? [config.ports.gossip] : [],
      containers: [
        {
          name: "grafana",
          image: platform.image("grafana"),
          logs: plainLines,
          command: ["/usr/share/grafana/bin/grafana", "server"],
          args: [
            "--homepath=/usr/share/grafana",
            `--config=${config.configDirectory}/grafana.ini`,
            "--packaging=docker",
          ],
          ...(clustered ? { env: { POD_IP: podField("status.podIP") } } : {}),
          ports: { https: config.ports.https, ...(clustered ? { "gossip-tcp": config.ports.gossip } : {}) },
          ...(clustered ? { udpPorts: { "gossip-udp": config.ports.gossip } } : {}),
          ...(scraper ? { metrics: [{ port: "https", tls: true, login: true }] } : {}),
          resources: size,
          mounts: [
            scratch("data", config.dataDirectory, "1Gi"),
            scratch("tmp", "/tmp", "256Mi"),
            filesFrom(files, config.configDirectory, {
              "grafana.ini": "grafana.ini",
              "datasources.yaml": "provisioning/datasources/datasources.yaml",
              ...(wiring.prometheus ? { "dashboards.yaml": "provisioning/dashboards/dashboards.yaml" } : {}),
            }),
            ...(wiring.prometheus ? this.dashboards() : []),
            ...secretFiles("database", database.credentials),
            ...secretFiles("admin", admin),
            ...secretFiles("keys", keys),
            ...secretFiles("oidc", oidc?.credentials),
            ...secretFiles("scraper", scraper),
            filesFrom(tls, config.tlsDirectory, { "tls.crt": "tls.crt", "tls.key": "tls.key" }),
            authorityMount(this),
          ],
          // The first start makes some hundred tables.
          startup: { http: "/api/health", port: "https", scheme: "HTTPS", period: 5, failures: 120 },
          readiness: { http: "/api/health", port: "https", scheme: "HTTPS" },
          // Not the same: that one asks the database, and a failover would end all replicas.
          liveness: { http: "/healthz", port: "https", scheme: "HTTPS", failures: 6 },
        },
      ],
    });
    if (clustered) platform.flows.allow(peer, { peer, port: config.ports.gossip, protocol: "UDP" });
    this.clusterIp("grafana", "server", { https: config.ports.https });
    if (clustered) this.clusterIp(headless, "server", { https: config.ports.https }, { headless: true });
    route(this, {
      to: "grafana",
      port: "https",
      endpoint: { peer, port: config.ports.https },
      tls: true,
      // Queries over much time.
      timeout: "5m",
    });
    this.alert(alerts);
    this.show(panels);
    this.registerOutputs({});
  }

  /** What Grafana asks. Not waited for: until it is there, panels say that there is no data. */
  private asked({ prometheus, alertmanager, loki }: Wiring): readonly { source: config.DataSource; handle: Handle }[] {
    const metrics = prometheus?.api();
    const alerting = alertmanager?.api();
    const logs = loki?.api();
    return [
      metrics && {
        handle: metrics,
        source: {
          uid: "prometheus",
          name: "Prometheus",
          url: metrics.url,
          settings: {
            httpMethod: "POST",
            prometheusType: metrics.kind,
            timeInterval: "30s",
            ...(alerting ? { alertmanagerUid: "alertmanager" } : {}),
          },
        } as const,
      },
      alerting && {
        handle: alerting,
        source: {
          uid: "alertmanager",
          name: "Alertmanager",
          url: alerting.url,
          settings: { implementation: "prometheus" },
        } as const,
      },
      logs && {
        handle: logs,
        source: {
          uid: "loki",
          name: "Loki",
          url: logs.url,
          settings: { maxLines: 1000, timeout: 300, ...(alerting ? { alertmanagerUid: "alertmanager" } : {}) },
        } as const,
      },
    ]
      .filter((each) => each !== undefined)
      .map(({ handle, source }) => ({ source, handle: onDemand(handle) }));
  }

  /** One ConfigMap for each layer, which follows from what all services show; read again while Grafana runs. */
  private dashboards(): readonly Mount[] {
    const { platform } = this;
    const shown = () => ({ panels: platform.panels, jobs: platform.metrics.jobs() });
    const files = (name: string, derive: () => Record<string, string>): Mount =>
      rereadFrom(
        this.configMap(`dashboards-${name}`, "dashboards", platform.whenWired(derive)),
        `${config.dashboardsDirectory}/${name}`,
      );
    return [
      files("overview", () => overview(shown())),
      ...platform.layers.map((layer) => files(layer, () => ofLayer(shown(), layer))),
    ];
  }
}
