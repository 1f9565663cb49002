import { type Find, type Finding, field, finder, finding, listAt, type Manifest, ofKind } from "./manifest";
import { type Workload, workloads } from "./pods";
import { grantsOf, isSccUse } from "./rbac";

/** Volume types that restricted-v2 allows on every OpenShift since 4.13. */
export const volumeTypes = [
  ...["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"],
];

const never = [
  "Privileged",
  "HostDirVolumePlugin",
  "HostIPC",
  "HostNetwork",
  "HostPID",
  "HostPorts",
  "PrivilegeEscalation",
]
  .map((what) => `allow${what}`)
  .map((key) => (key === "allowPrivileged" ? "allowPrivilegedContainer" : key));
const strategies: Readonly<Record<string, readonly string[]>> = {
  runAsUser: ["MustRunAsRange"],
  seLinuxContext: ["MustRunAs"],
  fsGroup: ["MustRunAs"],
  supplementalGroups: ["MustRunAs", "RunAsAny"],
};

/**
 * Our SCCs allow nothing that restricted-v2 does not, and are granted by RBAC alone. A pod asks for an SCC that is
 * there, that its ServiceAccount may use, and that allows its volumes.
 */
export function scc(manifests: readonly Manifest[]): Finding[] {
  const find = finder(manifests);
  return [
    ...ofKind(manifests, "SecurityContextConstraints").flatMap((own) =>
      widenings(own).map((problem) => finding(own, problem)),
    ),
    ...workloads(manifests).flatMap((workload) =>
      requirementProblems(find, manifests, workload).map((problem) => finding(workload.manifest, problem)),
    ),
  ];
}

function widenings(own: Manifest): string[] {
  const beyond = (key: string, allowed: readonly string[]) =>
    listAt<string>(own, key)
      .filter((value) => !allowed.includes(value))
      .map((value) => `${key} has ${value}`);
  return [
    ...never.filter((key) => own[key] !== false).map((key) => `${key} is not false`),
    ...Object.entries(strategies)
      .filter(([key, allowed]) => !allowed.includes(field<string>(own, key, "type") ?? ""))
      .map(([key, allowed]) => `${key} is not ${allowed.join(" or ")}`),
    ...(listAt<string>(own, "requiredDropCapabilities").includes("ALL") ? [] : ["does not drop ALL capabilities"]),
    ...(listAt<string>(own, "seccompProfiles").length > 0 ? [] : ["names no seccomp profile"]),
    ...(field(own, "volumes") ? [] : ["names no volume types, which allows nearly all"]),
    // Absent counts as 0; only above that does an SCC come before the cluster's own.
    ...((field<number>(own, "priority") ?? 0) > 0
      ? ["has a priority, by which it would take other pods of the cluster"]
      : []),
    ...beyond("seccompProfiles", ["runtime/default"]),
    ...beyond("volumes", volumeTypes),
    ...beyond("allowedCapabilities", ["NET_BIND_SERVICE"]),
    ...["defaultAddCapabilities", "users", "groups", "allowedUnsafeSysctls"].flatMap((key) => beyond(key, [])),
  ];
}

function requirementProblems(find: Find, manifests: readonly Manifest[], workload: Workload): string[] {
  const name = workload.annotations["openshift.io/required-scc"];
  if (name === undefined || name === "restricted-v2") return []; // every ServiceAccount may use that one
  const own = find("SecurityContextConstraints", undefined, name);
  const usable = grantsOf(manifests, workload).some((rule) => isSccUse(rule) && rule.resourceNames?.includes(name));
  const volumes = listAt<string>(own, "volumes");
  const types = (workload.pod.volumes ?? []).flatMap(({ name: _, ...source }) => Object.keys(source));
  const claims = workload.claims.length > 0 ? ["persistentVolumeClaim"] : [];
  return [
    ...(own ? [] : [`requires the SCC ${name}, which is not in this stack`]),
    ...(usable ? [] : [`requires the SCC ${name}, which its ServiceAccount may not use`]),
    ...[...new Set([...types, ...claims])]
      .filter((type) => own && !volumes.includes(type))
      .map((type) => `has a ${type} volume, which the SCC ${name} does not allow`),
  ];
}
