import { type Finding, field, finding, type Manifest, ofKind } from "./manifest";
import { requiredAntiAffinity, type Workload, workloads } from "./pods";
import { type LabelSelector, selects } from "./selectors";

/**
 * `ha`: each workload with several replicas has a disruption budget that lets a drain proceed and leaves a quorum, sits
 * on different nodes, and spreads over zones. `standalone`: none of that, since a budget on one pod blocks every drain.
 */
export function availability(manifests: readonly Manifest[], mode: "ha" | "standalone"): Finding[] {
  const budgets = ofKind(manifests, "PodDisruptionBudget");
  if (mode === "standalone") {
    return [
      ...budgets.map((budget) => finding(budget, "exists in standalone mode")),
      ...workloads(manifests)
        .filter(({ pod }) => requiredAntiAffinity(pod).length > 0 || pod.topologySpreadConstraints?.length)
        .map(({ manifest }) => finding(manifest, "is spread in standalone mode")),
    ];
  }
  return workloads(manifests)
    .filter(({ kind }) => kind === "Deployment" || kind === "StatefulSet")
    .flatMap((workload) => {
      const own = budgets.filter(
        (b) =>
          b.metadata.namespace === workload.namespace &&
          selects(field<LabelSelector>(b, "spec", "selector"), workload.labels),
      );
      const problems =
        workload.replicas > 1
          ? [...budgetProblems(workload, own), ...spreadProblems(workload)]
          : own.map((b) => `has the budget ${b.metadata.name} although it has one replica`);
      return problems.map((problem) => finding(workload.manifest, problem));
    });
}

function budgetProblems({ replicas }: Workload, own: readonly Manifest[]): string[] {
  const [budget] = own;
  if (!budget || own.length > 1) return [`has ${own.length} disruption budgets instead of one`];
  const count = (key: string, rest: number) => {
    const value = field<string | number>(budget, "spec", key);
    if (value === undefined) return rest;
    return typeof value === "number" ? value : Math.ceil((Number.parseFloat(value) / 100) * replicas); // rounded up, as Kubernetes does
  };
  const healthy = Math.max(count("minAvailable", 0), replicas - count("maxUnavailable", replicas));
  const least = replicas > 2 ? Math.floor(replicas / 2) + 1 : 1; // a quorum; and of what has none, the greater part
  return [
    ...(healthy >= replicas ? [`budget ${budget.metadata.name} never lets a pod go: no node can be drained`] : []),
    ...(healthy < least
      ? [`budget ${budget.metadata.name} leaves ${healthy} of ${replicas} pods, fewer than ${least}`]
      : []),
  ];
}

function spreadProblems({ pod, labels }: Workload): string[] {
  const apart = requiredAntiAffinity(pod).some(
    (term) => term.topologyKey === "kubernetes.io/hostname" && selects(term.labelSelector, labels),
  );
  const overZones = pod.topologySpreadConstraints?.some((c) => c.topologyKey === "topology.kubernetes.io/zone");
  return [
    ...(apart ? [] : ["its replicas may share a node (no required anti-affinity by hostname)"]),
    ...(overZones ? [] : ["its replicas are not spread over zones"]),
  ];
}
