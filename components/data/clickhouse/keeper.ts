import { authorityMount, certificate } from "../../core/certificates";
import { serviceHost } from "../../core/names";
import type { Size } from "../../core/profiles";
import type { Account, Service } from "../../core/service";
import { claim, filesFrom, podField, scratch } from "../../core/sources";
import { statefulSet, type Workload } from "../../core/workload";
import { headless, keeperConfig, keeperPorts, logs, paths } from "./config";
import { keeperScript } from "./scripts";

/**
 * Keeper: what ClickHouse's replicas agree on, by majority. In pods of its own, so that a server that runs out of memory does
 * not take a vote with it.
 * @param members hosts of all of them
 */
export function keepers(
  service: Service,
  { account, image, size, members }: { account: Account; image: string; size: Size; members: readonly string[] },
): Workload {
  const name = "clickhouse-keeper";
  const tls = certificate(service, "keeper-tls", name, [
    `*.${serviceHost(headless.keeper, service.namespace)}`,
    "localhost",
  ]);
  const files = service.configMap("keeper", "keeper", { "keeper.xml": keeperConfig(size, members) });
  const workload = statefulSet(service, {
    name,
    component: "keeper",
    account,
    size,
    governing: headless.keeper,
    volume: "data",
    gracePeriod: 60,
    // The next one stops when this one has read what the others wrote meanwhile.
    minReady: 30,
    amongItself: size.replicas > 1 ? [keeperPorts.raft] : [],
    containers: [
      {
        name: "keeper",
        logs,
        image,
        command: ["/bin/bash", "-ec", keeperScript(`${paths.config}/keeper.xml`)],
        env: { CLICKHOUSE_WATCHDOG_ENABLE: "0", POD_NAME: podField("metadata.name") },
        ports: keeperPorts,
        metrics: [{ port: "metrics", job: name }],
        resources: size,
        mounts: [
          claim("data", paths.keeperData),
          scratch("tmp", "/tmp", "64Mi"),
          filesFrom(files, paths.config),
          filesFrom(tls, paths.tls, { "tls.crt": "tls.crt", "tls.key": "tls.key" }),
          authorityMount(service),
        ],
        // The port is opened when the member has found the others.
        startup: { tcp: "client", period: 5, failures: 60 },
        readiness: { http: "/ready", port: "control" },
        // Not `/ready`: without a majority all members would be ended, and never find each other.
        liveness: { tcp: "client", period: 20, failures: 6 },
      },
    ],
  });
  // Without `control`, which would give everybody what Keeper holds: it is for the kubelet alone.
  const { control: _, ...served } = keeperPorts;
  service.clusterIp(headless.keeper, "keeper", served, { headless: true });
  return workload;
}
