import type { Finding, Manifest } from "../../policies/objects/manifest";
import { requiredAntiAffinity, type Workload, workloads } from "../../policies/objects/pods";
import { bytes, millicores } from "../../policies/objects/quantity";
import { selects } from "../../policies/objects/selectors";
import { podRequest } from "./budget";

/** Equal nodes: how many, and what each can give to pods. */
export interface Nodes {
  readonly count: number;
  readonly cpu: string;
  readonly memory: string;
  /** Pods per node; default 250, as OpenShift's kubelet is set. */
  readonly pods?: number;
}

export interface Packing {
  /** Pods on each node, as `namespace/workload-index`. */
  readonly nodes: readonly (readonly string[])[];
  readonly unplaced: readonly string[];
}

interface Node {
  cpu: number;
  memory: number;
  readonly pods: { readonly name: string; readonly workload: Workload }[];
}

/**
 * Places every pod, the largest first, on the emptiest node that required anti-affinity permits, which is the one that the
 * scheduler likes best. A heuristic: what it places fits; what it cannot place may still fit by a cleverer order, but such a
 * cluster has no room to spare.
 */
export function pack(manifests: readonly Manifest[], { count, cpu, memory, pods = 250 }: Nodes): Packing {
  const size = { cpu: millicores(cpu), memory: bytes(memory) };
  const nodes: Node[] = Array.from({ length: count }, () => ({ ...size, pods: [] }));
  const unplaced: string[] = [];
  const all = workloads(manifests).map((workload) => ({ workload, need: podRequest(workload) }));
  const share = ({ need }: (typeof all)[number]) => Math.max(need.cpu / size.cpu, need.memory / size.memory);
  const place = (workload: Workload, need: (typeof all)[number]["need"], name: string, candidates: readonly Node[]) => {
    const free = (n: Node) => Math.min(n.cpu / size.cpu, n.memory / size.memory);
    const [node] = candidates
      .filter(
        (n) =>
          n.cpu >= need.cpu &&
          n.memory >= need.memory &&
          n.pods.length < pods &&
          n.pods.every((other) => !repels(workload, other.workload) && !repels(other.workload, workload)),
      )
      .sort((a, b) => free(b) - free(a));
    if (!node) return unplaced.push(name);
    node.cpu -= need.cpu;
    node.memory -= need.memory;
    return node.pods.push({ name, workload });
  };
  for (const { workload, need } of all.filter(({ workload: { kind } }) => kind === "DaemonSet")) {
    nodes.forEach((node, index) => void place(workload, need, `${workload.id}-${index}`, [node]));
  }
  const rest = all.filter(({ workload: { kind } }) => kind !== "DaemonSet").sort((a, b) => share(b) - share(a));
  for (const { workload, need } of rest) {
    for (let index = 0; index < workload.replicas; index++) place(workload, need, `${workload.id}-${index}`, nodes);
  }
  return { nodes: nodes.map((node) => node.pods.map(({ name }) => name)), unplaced };
}

/** Whether a pod's required anti-affinity keeps another off its node; the rule binds both, whoever came first. */
function repels(workload: Workload, other: Workload): boolean {
  return requiredAntiAffinity(workload.pod).some(
    ({ topologyKey, namespaces = [workload.namespace], labelSelector }) =>
      topologyKey === "kubernetes.io/hostname" &&
      namespaces.includes(other.namespace) &&
      selects(labelSelector, other.labels),
  );
}

/** Every pod has a place on all nodes, and still with `lost` nodes gone (default one). */
export function fits(manifests: readonly Manifest[], nodes: Nodes, lost = 1): Finding[] {
  return [nodes.count, nodes.count - lost].flatMap((count) =>
    pack(manifests, { ...nodes, count }).unplaced.map((pod) => ({
      object: `Pod ${pod}`,
      message: `finds no place on ${count} nodes of ${nodes.cpu} cores and ${nodes.memory}`,
    })),
  );
}
