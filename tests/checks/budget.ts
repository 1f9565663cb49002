import { type Finding, field, type Manifest, ofKind } from "../../policies/objects/manifest";
import { type Claim, type Container, type Quantities, type Workload, workloads } from "../../policies/objects/pods";
import { bytes, millicores } from "../../policies/objects/quantity";

/** CPU in millicores, memory and disk in bytes. */
export interface Amount {
  readonly cpu: number;
  readonly memory: number;
  readonly disk: number;
}

/** What the pods of one workload request together. */
export interface Row extends Amount {
  readonly namespace: string;
  readonly name: string;
  readonly kind: string;
  readonly replicas: number;
}

export interface Footprint {
  readonly rows: readonly Row[];
  readonly namespaces: Readonly<Record<string, Amount>>;
  readonly total: Amount;
}

export const resources = ["cpu", "memory", "disk"] as const;
const nothing: Amount = { cpu: 0, memory: 0, disk: 0 };
const plus = (a: Amount, b: Amount): Amount => ({
  cpu: a.cpu + b.cpu,
  memory: a.memory + b.memory,
  disk: a.disk + b.disk,
});
const times = (a: Amount, n: number): Amount => ({ cpu: a.cpu * n, memory: a.memory * n, disk: a.disk * n });

/**
 * Sums of requests: every workload at full replicas, Jobs that run at install and one run of each CronJob included.
 * @param nodes how many pods a DaemonSet has
 */
export function footprint(manifests: readonly Manifest[], nodes = 1): Footprint {
  const rows: Row[] = workloads(manifests).map((workload) => {
    const { kind, namespace, name } = workload;
    const replicas = kind === "DaemonSet" ? nodes : workload.replicas;
    return { namespace, name, kind, replicas, ...times(plus(podRequest(workload), claimed(workload)), replicas) };
  });
  const claims: Row[] = ofKind(manifests, "PersistentVolumeClaim").map(({ kind, metadata, ...claim }) => ({
    ...{ namespace: metadata.namespace ?? "", name: metadata.name, kind, replicas: 1 },
    ...plus(nothing, disk([claim as Claim])),
  }));
  const all = [...rows, ...claims];
  const namespaces: Record<string, Amount> = {};
  for (const row of all) namespaces[row.namespace] = plus(namespaces[row.namespace] ?? nothing, row);
  return { rows: all, namespaces, total: all.reduce(plus, nothing) };
}

/** What the scheduler reserves for one pod: the sum of its containers, or its largest init container if that is more. */
export function podRequest({ pod }: Workload): Amount {
  const running = (pod.containers ?? []).map(request).reduce(plus, nothing);
  const starting = (pod.initContainers ?? []).map(request);
  const overhead = field<Quantities>(pod, "overhead");
  return {
    cpu: Math.max(running.cpu, ...starting.map(({ cpu }) => cpu)) + millicores(overhead?.cpu),
    memory: Math.max(running.memory, ...starting.map(({ memory }) => memory)) + bytes(overhead?.memory),
    disk: 0,
  };
}

/** A container that states only a limit requests it, as the API server fills in. */
function request({ resources: { requests, limits } = {} }: Container): Amount {
  const of = (resource: string) => requests?.[resource] ?? limits?.[resource];
  return { cpu: millicores(of("cpu")), memory: bytes(of("memory")), disk: 0 };
}

const claimed = ({ claims, pod }: Workload): Amount =>
  disk([...claims, ...(pod.volumes ?? []).flatMap(({ ephemeral }) => ephemeral?.volumeClaimTemplate ?? [])]);

const disk = (claims: readonly Claim[]): Amount => ({
  ...nothing,
  disk: claims.reduce((sum, claim) => sum + bytes(claim.spec?.resources?.requests?.storage), 0),
});

/** Sums against limits given as quantities, e.g. `{ cpu: "90", memory: "340Gi", disk: "10Ti" }`. */
export function withinBudget({ total }: Footprint, limits: Readonly<Record<keyof Amount, string>>): Finding[] {
  const most: Amount = { cpu: millicores(limits.cpu), memory: bytes(limits.memory), disk: bytes(limits.disk) };
  return resources
    .filter((resource) => total[resource] > most[resource])
    .map((resource) => ({
      object: `budget of ${resource}`,
      message: `${show(resource, total[resource])} requested, ${show(resource, most[resource])} allowed`,
    }));
}

/** Cores or GiB, for people. */
export function show(resource: keyof Amount, amount: number): string {
  return resource === "cpu" ? `${amount / 1000} cores` : `${Math.round((amount / 2 ** 30) * 10) / 10} GiB`;
}
