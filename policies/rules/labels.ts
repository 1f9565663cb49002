import { type Finding, field, finding, type Labels, listAt, type Manifest } from "../objects/manifest";
import { requiredAntiAffinity, type Workload, workloads } from "../objects/pods";
import { keysOf, type LabelSelector, selects } from "../objects/selectors";

const prefix = "app.kubernetes.io/";
const six = ["name", "instance", "component", "part-of", "managed-by", "version"].map((key) => prefix + key);
const fixed: Labels = { [`${prefix}part-of`]: "datalyptica", [`${prefix}managed-by`]: "pulumi" };
/** Labels that change during an object's life: a selector on them loses its pods, a claim template cannot change them. */
const mutable = [`${prefix}version`, `${prefix}managed-by`];

/** Every object and pod carries the six recommended labels; selectors use only those that never change. */
export function labels(manifests: readonly Manifest[]): Finding[] {
  const all = workloads(manifests);
  return [
    ...manifests.flatMap((m) => labelProblems(m.metadata.labels ?? {}).map((problem) => finding(m, problem))),
    ...manifests.flatMap((manifest) =>
      selectorsOf(manifest.spec)
        .flatMap((selector) => keysOf(selector).filter((key) => mutable.includes(key)))
        .map((key) => finding(manifest, `selects by ${key}, which changes`)),
    ),
    ...all.flatMap((workload) => templateProblems(workload, all).map((problem) => finding(workload.manifest, problem))),
  ];
}

function labelProblems(own: Labels): string[] {
  return [
    ...six.filter((key) => !own[key]).map((key) => `lacks the label ${key}`),
    ...Object.entries(fixed)
      .filter(([key, value]) => own[key] !== undefined && own[key] !== value)
      .map(([key, value]) => `label ${key} is ${own[key]} instead of ${value}`),
  ];
}

/** Every selector of a spec, wherever it stands: pods', peers', affinity's, spread's; a Service's is a plain map. */
function selectorsOf(value: unknown): LabelSelector[] {
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const isSelector = /selector$/i.test(key) && key !== "nodeSelector" && inner && typeof inner === "object";
    if (!isSelector) return selectorsOf(inner);
    return "matchLabels" in inner || "matchExpressions" in inner
      ? [inner as LabelSelector]
      : [{ matchLabels: inner as Labels }];
  });
}

function templateProblems(workload: Workload, all: readonly Workload[]): string[] {
  const { kind, manifest, pod } = workload;
  const selector = field<LabelSelector>(manifest, "spec", "selector");
  const own = (chosen: LabelSelector | undefined) => selects(chosen, workload.labels);
  const others = all.filter((w) => w !== workload && w.namespace === workload.namespace);
  const strange = (chosen: LabelSelector | undefined) => others.filter((other) => selects(chosen, other.labels));
  const spread = listAt<{ readonly labelSelector?: LabelSelector }>(pod, "topologySpreadConstraints");
  const metadata = manifest.metadata.labels ?? {};
  return [
    ...Object.entries(metadata)
      .filter(([key, value]) => six.includes(key) && workload.labels[key] !== value)
      .map(([key, value]) => `its pods: ${key} is ${workload.labels[key]} instead of ${value}`),
    ...strange(selector).map(({ id }) => `also selects the pods of ${id}`),
    ...labelProblems(workload.labels).map((problem) => `its pods: ${problem}`),
    ...(["Deployment", "StatefulSet", "DaemonSet"].includes(kind) && !own(selector)
      ? ["does not select its own pods"]
      : []),
    ...workload.claims.flatMap(({ metadata }) =>
      mutable
        .filter((key) => metadata?.labels?.[key])
        .map((key) => `claim ${metadata?.name} carries ${key}, which cannot change`),
    ),
    ...[...requiredAntiAffinity(pod), ...spread]
      .filter(({ labelSelector }) => !own(labelSelector) || strange(labelSelector).length > 0)
      .map(() => "anti-affinity or topology spread means other pods than its own"),
  ];
}
