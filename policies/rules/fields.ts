import { duplicates, entriesOf, type Finding, field, finding, idOf, type Manifest, ofKind } from "../objects/manifest";
import { workloads } from "../objects/pods";
import { dnsLabel, podFieldProblems, wrong } from "./podfields";
import { unknownWords } from "./words";

/**
 * Fields that Kubernetes 1.26 knows but has switched off: its schema accepts them, its API server drops them silently.
 * Path in the object; `*` stands for every item of a list.
 */
const switchedOff: Readonly<Record<string, readonly string[]>> = {
  PodDisruptionBudget: ["spec.unhealthyPodEvictionPolicy"],
  StatefulSet: [
    "spec.ordinals",
    "spec.persistentVolumeClaimRetentionPolicy",
    "spec.updateStrategy.rollingUpdate.maxUnavailable",
  ],
};
const switchedOffInPods = [
  "schedulingGates",
  "resourceClaims",
  "topologySpreadConstraints.*.matchLabelKeys",
  "topologySpreadConstraints.*.minDomains",
  "containers.*.resources.claims",
  "initContainers.*.resources.claims",
];

const dnsName = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const serviceName = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;
const labelValue = /^(?=.{0,63}$)([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/;
const largestConfigMap = 2 ** 20;

/** What an API server refuses, drops or fights over although the object fits its schema. */
export function fields(manifests: readonly Manifest[]): Finding[] {
  const twice = duplicates(manifests.map((m) => `${m.apiVersion.split("/")[0]} ${m.kind} ${idOf(m)}`));
  return [
    ...twice.map((object) => ({ object, message: "is there more than once" })),
    ...manifests.flatMap((m) => [...objectProblems(m), ...gatedProblems(m)].map((problem) => finding(m, problem))),
    ...unknownWords(manifests),
    ...workloads(manifests).flatMap((w) => podFieldProblems(w).map((problem) => finding(w.manifest, problem))),
    ...ofKind(manifests, "ServiceAccount").flatMap((account) =>
      // OpenShift adds its own entries to both lists; a manager beside it fights for the field.
      ["secrets", "imagePullSecrets"]
        .filter((key) => account[key] !== undefined)
        .map((key) => finding(account, `sets ${key}`)),
    ),
  ];
}

function objectProblems(manifest: Manifest): string[] {
  const { kind, metadata } = manifest;
  const size = ["ConfigMap", "Secret"].includes(kind) ? Object.values(entriesOf(manifest)).join("").length : 0;
  const pods = workloads([manifest]);
  const values = [metadata.labels, ...pods.map(({ labels }) => labels)].flatMap((labels) =>
    Object.values({ ...labels }),
  );
  const implied = "kubernetes.io/metadata.name";
  return [
    ...nameProblems(manifest),
    ...wrong(values, labelValue, "label value"),
    ...(size > largestConfigMap ? [`holds ${size} bytes, more than ${largestConfigMap}`] : []),
    ...(kind === "Namespace" && (metadata.labels?.[implied] ?? metadata.name) !== metadata.name
      ? [`label ${implied} is not its name`]
      : []),
  ];
}

/** RBAC names may hold colons. Pods carry the names of their StatefulSet or CronJob, with a suffix, as label values. */
function nameProblems({ kind, metadata: { name } }: Manifest): string[] {
  if (/^(Cluster)?Role(Binding)?$/.test(kind)) return [];
  const pattern = kind === "Service" ? serviceName : kind === "Namespace" ? dnsLabel : dnsName;
  const longest: Readonly<Record<string, number>> = { StatefulSet: 52, CronJob: 52, Job: 63, Deployment: 63 };
  return [
    ...wrong([name], pattern, `name for a ${kind}`),
    ...(name.length > (longest[kind] ?? 253)
      ? [`its name is longer than ${longest[kind]}: its pods carry it in a label`]
      : []),
  ];
}

function gatedProblems(manifest: Manifest): string[] {
  const ofObject = (switchedOff[manifest.kind] ?? []).filter((path) => present(manifest, path.split(".")));
  const ofPods = workloads([manifest]).flatMap(({ pod }) =>
    switchedOffInPods.filter((path) => present(pod, path.split("."))),
  );
  return [...ofObject, ...ofPods].map((path) => `sets ${path}, which Kubernetes 1.26 drops silently`);
}

function present(value: unknown, [key, ...rest]: readonly string[]): boolean {
  if (key === undefined) return value !== undefined;
  if (key === "*") return Array.isArray(value) && value.some((item) => present(item, rest));
  return present(field(value, key), rest);
}
