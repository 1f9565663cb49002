import { type Finding, finding, type Manifest, ofKind } from "../../policies/objects/manifest";
import { requiredAntiAffinity, workloads } from "../../policies/objects/pods";

/** Standalone is one of each: nothing is spread, and no budget blocks the drain of its only node. */
export const standalone = (manifests: readonly Manifest[]): Finding[] => [
  ...ofKind(manifests, "PodDisruptionBudget").map((budget) => finding(budget, "exists in standalone mode")),
  ...workloads(manifests)
    // Of a PodTemplate, each has its own person.
    .filter(({ kind, replicas }) => kind !== "PodTemplate" && replicas > 1)
    .map(({ manifest, replicas }) => finding(manifest, `replicas is ${replicas} in standalone mode`)),
  ...workloads(manifests)
    .filter(({ pod }) => requiredAntiAffinity(pod).length > 0 || pod.topologySpreadConstraints?.length)
    .map(({ manifest }) => finding(manifest, "is spread in standalone mode")),
];
