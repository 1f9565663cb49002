import { type Finding, finding, type Manifest, objectOf, ofKind } from "../objects/manifest";
import { workloads } from "../objects/pods";

/**
 * A stack in which anything has several replicas is one whose data matters: what holds data is protected there against
 * deletion and replacement (Pulumi's `protect`), and so is the namespace, which would take the volumes with it.
 * @param protects whether an object is protected, by its name in findings
 */
export function dataProtection(manifests: readonly Manifest[], protects: (object: string) => boolean): Finding[] {
  const all = workloads(manifests);
  // Pods of a PodTemplate are no replicas: each has its own person.
  if (!all.some(({ kind, replicas }) => kind !== "PodTemplate" && replicas > 1)) return [];
  const holders = [
    ...all.filter(({ claims }) => claims.length > 0).map(({ manifest }) => manifest),
    ...ofKind(manifests, "PersistentVolumeClaim"),
  ];
  const namespaces = ofKind(manifests, "Namespace").filter(({ metadata }) =>
    holders.some((holder) => holder.metadata.namespace === metadata.name),
  );
  return [...holders, ...namespaces]
    .filter((holder) => !protects(objectOf(holder)))
    .map((holder) => finding(holder, "protect is not true, and deleting it deletes data"));
}
