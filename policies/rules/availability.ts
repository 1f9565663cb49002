import { type Finding, field, finding, type Manifest, ofKind } from "../objects/manifest";
import { requiredAntiAffinity, type Workload, workloads } from "../objects/pods";
import { type LabelSelector, selects } from "../objects/selectors";

/**
 * Each workload with several replicas has a disruption budget that lets a drain proceed and leaves a quorum, sits on
 * different nodes, and spreads over zones; those that keep state are odd in number. One replica has no budget, which
 * would block every drain.
 */
export function availability(manifests: readonly Manifest[]): Finding[] {
  const budgets = ofKind(manifests, "PodDisruptionBudget");
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
          ? [...quorumProblems(workload), ...budgetProblems(workload, own), ...spreadProblems(workload)]
          : own.map((b) => `has the budget ${b.metadata.name} although it has one replica`);
      return problems.map((problem) => finding(workload.manifest, problem));
    });
}

function quorumProblems({ kind, replicas }: Workload): string[] {
  return kind === "StatefulSet" && replicas % 2 === 0
    ? [`replicas is ${replicas}: an even number survives no more losses than one fewer`]
    : [];
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
