import { ruleFiles } from "../core/alerts";
import { authorityMount, certificate } from "../core/certificates";
import { plainLines } from "../core/logs";
import { serviceHost, serviceNames } from "../core/names";
import type { Platform } from "../core/platform";
import type { ContainerSpec } from "../core/pods";
import type { WorkloadName } from "../core/profiles";
import { type Account, type Handle, Service } from "../core/service";
import { claim, filesFrom, keyOf, type Mount, podField, rereadFrom, scratch } from "../core/sources";
import { deployment, statefulSet, type Workload } from "../core/workload";
import type { Bucket, Minio } from "../storage/minio";
import type { Alertmanager } from "./alertmanager";
import { alerts, logAlerts } from "./loki/alerts";
import * as config from "./loki/config";
import { panels } from "./loki/panels";

/**
 * Loki: the logs of all services, found by a few labels and searched by text, and alerts on them. Chunks and index are in
 * bucket `loki-chunks`, for two weeks.
 *
 * ha: 3 writers, each line on three of them and on their volumes before it goes to the bucket; 2 readers, which also
 * evaluate alerts; 3 of the backend, which hand out queries and the index; one compactor, without which nothing old is
 * deleted and all else goes on. Any one of the writers or of the backend may be lost.
 * standalone: one process, the same bucket and schema, so that ha can take over what is there.
 *
 * Ports: 3100 (TLS; no users, so NetworkPolicies decide who may write and ask), 9095 between its processes and 7946
 * gossip (both TLS).
 */

/** LogQL over HTTP, certificate of the platform's authority. */
export interface LokiApi extends Handle {
  readonly url: string;
  readonly kind: "Loki";
}

/** Where lines are written to, certificate of the platform's authority. */
export interface LokiPush extends Handle {
  readonly url: string;
  /** Hours after which a line is refused. */
  readonly oldest: number;
}

/**
 * What the processes of ha are made of: the names of modules, since the shorter ones for groups of them go in Loki 4. A
 * ruler and an index gateway in one process would ask themselves, and hang (docs/adr/0021).
 */
const modules = {
  write: "distributor,ingester,pattern-ingester",
  read: "query-frontend,querier,ruler",
  backend: "query-scheduler,index-gateway",
  compactor: "compactor",
} as const;
type Part = keyof typeof modules;

const { ports } = config;
const data = claim("data", config.dataDirectory);

export class Loki extends Service {
  static readonly service = "loki";
  private readonly account: Account;
  private readonly bucket: Bucket;
  private readonly common: readonly Mount[];
  private readonly writer: Workload;
  private readonly reader: Workload;

  constructor(platform: Platform, wiring: { readonly minio: Minio; readonly alertmanager?: Alertmanager | undefined }) {
    super(platform, Loki.service);
    const { prefix, mode } = platform.settings;
    const clustered = mode === "ha";
    const alertmanager = wiring.alertmanager?.api();
    this.bucket = wiring.minio.bucket(this, "loki-chunks");
    this.account = this.serviceAccount();
    const tls = certificate(this, "tls", config.serverName, [
      ...["loki", "loki-write", ...(clustered ? [config.compactor] : [])].flatMap((name) =>
        serviceNames(name, this.namespace),
      ),
      "localhost",
    ]);
    const files = this.configMap("config", "common", {
      "loki.yaml": config.lokiConfig({
        prefix,
        mode,
        namespace: this.namespace,
        clustered,
        writer: platform.size(clustered ? "loki-write" : "loki"),
        reader: platform.size(clustered ? "loki-read" : "loki"),
        bucket: this.bucket,
        alertmanagers: alertmanager?.members ?? [],
      }),
    });
    this.common = [
      scratch("tmp", "/tmp", "64Mi"),
      filesFrom(files, config.configDirectory),
      filesFrom(tls, config.tlsDirectory, { "tls.crt": "tls.crt", "tls.key": "tls.key" }),
      authorityMount(this),
    ];
    // Once all services have said which alerts they have. Read again by itself, once a minute.
    const rules = this.configMap(
      "rules",
      "common",
      platform.whenWired(() => ruleFiles(platform.alerts.all("logs"))),
    );
    const rulesMount = rereadFrom(rules, config.tenantRulesDirectory);

    if (clustered) {
      this.writer = this.stateful("loki-write", "write", data);
      this.reader = deployment(this, {
        ...this.workload("loki-read", "read", scratch("data", config.dataDirectory, "2Gi"), [rulesMount]),
        uses: [this.bucket, alertmanager],
      });
      const backend = this.stateful("loki-backend", "backend", scratch("data", config.dataDirectory, "10Gi"));
      const compactor = this.stateful("loki-compactor", "compactor", data);
      this.mesh([this.writer, this.reader, backend, compactor]);
      this.clusterIp(config.compactor, "compactor", { grpc: ports.grpc });
    } else {
      const single = this.workload("loki", "server", data, [rulesMount]);
      this.writer = statefulSet(this, {
        ...single,
        governing: "loki-headless",
        volume: "data",
        uses: [this.bucket, alertmanager],
      });
      this.reader = this.writer;
      this.clusterIp("loki-headless", "server", { http: ports.http }, { headless: true });
    }
    this.clusterIp("loki", "server", { http: ports.http }, { selector: this.reader.peer.selector });
    this.clusterIp("loki-write", "write", { http: ports.http }, { selector: this.writer.peer.selector });
    this.alert([...alerts(clustered), ...logAlerts]);
    this.show(panels(clustered));
    this.registerOutputs({});
  }

  /** For a service that asks for logs. */
  api(): LokiApi {
    return {
      reaches: [{ peer: this.reader.peer, port: ports.http }],
      ready: [this.reader.resource],
      url: `https://${serviceHost("loki", this.namespace)}:${ports.http}`,
      kind: "Loki",
    };
  }

  /** For whoever brings logs. It is not waited for: they keep what they could not bring yet. */
  push(): LokiPush {
    return {
      reaches: [{ peer: this.writer.peer, port: ports.http }],
      ready: [],
      url: `https://${serviceHost("loki-write", this.namespace)}:${ports.http}/loki/api/v1/push`,
      oldest: config.oldestHours,
    };
  }

  private stateful(name: WorkloadName, part: Part, own: Mount): Workload {
    return statefulSet(this, {
      ...this.workload(name, part, own),
      governing: config.memberlist,
      ...(own === data ? { volume: "data" } : {}),
      uses: [this.bucket],
    });
  }

  /** @param component a part of ha, or the one process of standalone */
  private workload(name: WorkloadName, component: Part | "server", own: Mount, further: readonly Mount[] = []) {
    const size = this.platform.size(name);
    const https = (path: string) => ({ http: path, port: "http", scheme: "HTTPS" }) as const;
    const single = component === "server";
    const container: ContainerSpec = {
      name: "loki",
      image: this.platform.image("loki"),
      logs: plainLines,
      args: [
        `-config.file=${config.configFile}`,
        "-config.expand-env=true",
        `-target=${single ? "all" : modules[component]}`,
      ],
      env: {
        POD_IP: podField("status.podIP"),
        S3_ACCESS_KEY: keyOf(this.bucket.credentials, "accessKey"),
        S3_SECRET_KEY: keyOf(this.bucket.credentials, "secretKey"),
      },
      ports: single ? { http: ports.http, grpc: ports.grpc } : ports,
      metrics: [{ port: "http", tls: true }],
      resources: size,
      mounts: [own, ...this.common, ...further],
      // What was written down and not yet brought to the bucket is read first.
      startup: { ...https("/ready"), period: 5, failures: 120 },
      readiness: https("/ready"),
      // Not `/ready`, which is an error while others are missing: all would be ended together.
      liveness: { ...https("/loki/api/v1/status/buildinfo"), period: 20, failures: 6 },
    };
    return {
      name,
      component,
      account: this.account,
      size,
      // Writers bring what they have to the bucket, or write it down.
      gracePeriod: component === "write" || single ? 300 : 90,
      containers: [container],
    };
  }

  /** All processes gossip with each other, and call each other as they find them by that. */
  private mesh(workloads: readonly Workload[]): void {
    const labels = Object.entries(this.reader.peer.selector).filter(([key]) => !key.endsWith("/component"));
    for (const { peer: from } of workloads) {
      for (const { peer } of workloads) {
        for (const port of [ports.grpc, ports.gossip]) this.platform.flows.allow(from, { peer, port });
      }
    }
    const selector = Object.fromEntries(labels);
    this.clusterIp(config.memberlist, "common", { gossip: ports.gossip }, { selector, headless: true });
  }
}
