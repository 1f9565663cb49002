import { authorityMount, certificate } from "../core/certificates";
import { plainLines } from "../core/logs";
import { serviceHost, serviceNames } from "../core/names";
import type { Platform } from "../core/platform";
import { type Handle, Service } from "../core/service";
import { claim, filesFrom, podField, scratch } from "../core/sources";
import { statefulSet, type Workload } from "../core/workload";
import { alerts } from "./alertmanager/alerts";
import { configDirectory, configFiles } from "./alertmanager/config";
import { panels } from "./alertmanager/panels";
import { serverCertificateMount, webConfig } from "./prometheus/web";

/**
 * Alertmanager: groups what Prometheus finds, and tells people once, by `datalyptica:alerting` (docs/ALERTING.md).
 *
 * ha: 3 members that gossip what was told and what is silenced. There is no quorum: any one of them goes on alone, and when
 * they are cut off from each other, people are told twice rather than not at all.
 * standalone: 1 member, no gossip.
 *
 * Ports: 9093 API (TLS; no users, so NetworkPolicies decide who may silence), 9094 gossip (TCP and UDP).
 */

/** All members: who sends alerts sends them to each. */
export interface AlertmanagerApi extends Handle {
  /** Leads to any member, for who looks at alerts or silences them: members tell each other. */
  readonly url: string;
  /** `host:port` of each member, certificate of the platform's authority. */
  readonly members: readonly string[];
}

const ports = { web: 9093, gossip: 9094 };
const headless = "alertmanager-headless";

export class Alertmanager extends Service {
  static readonly service = "alertmanager";
  private readonly servers: Workload;
  private readonly members: readonly string[];
  private readonly url: string;

  constructor(platform: Platform, _wiring: object) {
    super(platform, Alertmanager.service);
    const size = platform.size("alertmanager");
    const clustered = size.replicas > 1;
    const host = (pod: string) => `${pod}.${serviceHost(headless, this.namespace)}`;
    const members = Array.from({ length: size.replicas }, (_, i) => host(`alertmanager-${i}`));
    this.members = members.map((each) => `${each}:${ports.web}`);
    this.url = `https://${serviceHost("alertmanager", this.namespace)}:${ports.web}`;

    const tls = certificate(this, "tls", "alertmanager", [
      ...serviceNames("alertmanager", this.namespace),
      host("*"),
      "localhost",
    ]);
    const config = this.secret("config", "server", configFiles(platform.settings.alerting));
    const web = this.configMap("web", "server", webConfig);
    const gossip = [
      `--cluster.listen-address=0.0.0.0:${ports.gossip}`,
      `--cluster.advertise-address=$(POD_IP):${ports.gossip}`,
      ...members.map((each) => `--cluster.peer=${each}:${ports.gossip}`),
      "--cluster.peer-name=$(POD_NAME)",
      `--cluster.label=${platform.settings.prefix}`,
      // By default a pod that is gone is looked for at its old address for six hours.
      "--cluster.reconnect-timeout=5m",
    ];
    this.servers = statefulSet(this, {
      name: "alertmanager",
      component: "server",
      account: this.serviceAccount(),
      size,
      governing: headless,
      volume: "data",
      // A member that leaves waits for its peers to hear of it, and writes down what it knows.
      gracePeriod: 60,
      amongItself: clustered ? [ports.gossip] : [],
      containers: [
        {
          name: "alertmanager",
          image: platform.image("alertmanager"),
          logs: plainLines,
          args: [
            `--config.file=${configDirectory}/alertmanager.yml`,
            "--storage.path=/alertmanager",
            "--data.retention=120h",
            `--web.listen-address=:${ports.web}`,
            ...serverCertificateMount.args,
            `--web.external-url=${this.url}`,
            "--log.format=json",
            ...(clustered ? gossip : ["--cluster.listen-address="]),
          ],
          ...(clustered ? { env: { POD_NAME: podField("metadata.name"), POD_IP: podField("status.podIP") } } : {}),
          ports: { web: ports.web, ...(clustered ? { "gossip-tcp": ports.gossip } : {}) },
          ...(clustered ? { udpPorts: { "gossip-udp": ports.gossip } } : {}),
          metrics: [{ port: "web", tls: true }],
          resources: size,
          mounts: [
            claim("data", "/alertmanager"),
            scratch("tmp", "/tmp", "16Mi"),
            filesFrom(config, configDirectory),
            ...serverCertificateMount.of(web, tls),
            authorityMount(this),
          ],
          startup: { http: "/-/ready", port: "web", scheme: "HTTPS", period: 2, failures: 60 },
          readiness: { http: "/-/ready", port: "web", scheme: "HTTPS", period: 5 },
          liveness: { http: "/-/healthy", port: "web", scheme: "HTTPS", failures: 6 },
        },
      ],
    });
    const { peer } = this.servers;
    if (clustered) platform.flows.allow(peer, { peer, port: ports.gossip, protocol: "UDP" });
    platform.flows.allowBlocks(peer, platform.settings.alerting?.egress ?? []);
    this.clusterIp("alertmanager", "server", { web: ports.web });
    this.clusterIp(headless, "server", { web: ports.web }, { headless: true });
    this.alert(alerts(size.replicas));
    this.show(panels(size.replicas));
    this.registerOutputs({});
  }

  /** For a service that raises alerts, or shows them. They are not waited for. */
  api(): AlertmanagerApi {
    return {
      reaches: [{ peer: this.servers.peer, port: ports.web }],
      ready: [],
      url: this.url,
      members: this.members,
    };
  }
}
