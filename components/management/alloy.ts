import { authorityMount, certificate } from "../core/certificates";
import { plainLines } from "../core/logs";
import { clusterName, serviceNames } from "../core/names";
import type { Platform } from "../core/platform";
import { Service } from "../core/service";
import { apiToken, filesFrom, type Mount, podField, scratch } from "../core/sources";
import { daemonSet } from "../core/workload";
import { LogCollectorScc } from "../security/scc";
import { alerts } from "./alloy/alerts";
import * as config from "./alloy/config";
import { panels } from "./alloy/panels";
import type { Loki } from "./loki";

/**
 * Alloy: reads the logs of all platform pods and brings them to Loki. One on each node, which reads the pods of that node
 * alone; when it is gone, their lines wait where the node keeps them, and are read by the one that comes in its place.
 *
 * How it reads, `datalyptica:logCollection` says (docs/LOGS.md):
 * api: through the API server. No right beyond looking at pods and their logs in the platform's namespaces.
 * file: the nodes' files, as root, read-only, in a namespace of its own (`<prefix>-logging`).
 *
 * What it makes of lines, the containers declare (core/logs). Port: 12345 metrics and its own page (TLS).
 */

/** How the nodes' files come into the pod. */
const files: Mount = {
  volume: "pod-logs",
  path: config.podLogs,
  readOnly: true,
  definition: { hostPath: { path: config.podLogs, type: "Directory" } },
};

export class Alloy extends Service {
  static readonly service = "alloy";

  constructor(platform: Platform, wiring: { readonly loki: Loki }) {
    const { prefix, mode, logCollection } = platform.settings;
    const readsFiles = logCollection === "file";
    super(platform, Alloy.service, readsFiles ? "logging" : "management");
    const size = platform.size("alloy");
    const loki = wiring.loki.push();
    const tls = certificate(this, "tls", "alloy", serviceNames("alloy", this.namespace));
    // Once all services have said how their lines are to be read.
    const text = platform.whenWired(() =>
      config.alloyConfig({
        cluster: clusterName(prefix, mode),
        namespaces: platform.spaces.map((space) => platform.namespace(space)).sort(),
        collection: logCollection,
        groups: platform.logs.groups(),
        loki,
      }),
    );
    const file = this.configMap("config", "collector", { "config.alloy": text });
    const https = { http: "/-/ready", port: "http", scheme: "HTTPS" } as const;

    daemonSet(this, {
      name: "alloy",
      component: "collector",
      account: this.serviceAccount({
        own: new LogCollectorScc(platform, readsFiles),
        everywhere: true,
        rules: [
          { apiGroups: [""], resources: ["pods"], verbs: readsFiles ? ["list", "watch"] : ["get", "list", "watch"] },
          ...(readsFiles ? [] : [{ apiGroups: [""], resources: ["pods/log"], verbs: ["get"] }]),
        ],
      }),
      size,
      uses: [loki],
      // What it has read and not yet brought to Loki goes there first.
      gracePeriod: 60,
      containers: [
        {
          name: "alloy",
          image: platform.image("alloy"),
          logs: plainLines,
          args: [
            "run",
            config.configFile,
            `--storage.path=${config.dataDirectory}`,
            `--server.http.listen-addr=0.0.0.0:${config.port}`,
            "--disable-reporting",
            "--disable-support-bundle",
          ],
          // Without it no pod is found, and nothing is said of that.
          env: { [config.nodeVariable]: podField("spec.nodeName") },
          ports: { http: config.port },
          metrics: [{ port: "http", tls: true }],
          resources: size,
          mounts: [
            // How far each log has been read.
            scratch("data", config.dataDirectory, "1Gi"),
            scratch("tmp", "/tmp", "64Mi"),
            apiToken,
            filesFrom(file, config.configDirectory),
            filesFrom(tls, config.tlsDirectory, { "tls.crt": "tls.crt", "tls.key": "tls.key" }),
            authorityMount(this),
            ...(readsFiles ? [files] : []),
          ],
          startup: { ...https, period: 5, failures: 24 },
          readiness: https,
          // Not `/-/healthy`: one part that is not well would have the others ended.
          liveness: { ...https, period: 20, failures: 6 },
        },
      ],
    });
    this.alert(alerts);
    this.show(panels);
    this.registerOutputs({});
  }
}
