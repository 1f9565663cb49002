import { type Find, type Finding, field, finder, finding, listAt, type Manifest, ofKind } from "../objects/manifest";
import { type Workload, workloads } from "../objects/pods";
import { grantsOf, isSccUse } from "./rbac";

/** Volume types that restricted-v2 allows on every OpenShift since 4.13. */
export const volumeTypes = [
  ...["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"],
];

const never = ["PrivilegedContainer", "PrivilegeEscalation", "HostDirVolumePlugin"]
  .concat(["HostIPC", "HostNetwork", "HostPID", "HostPorts"])
  .map((what) => `allow${what}`);
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
  const dropped = listAt<string>(own, "requiredDropCapabilities");
  const priority = field<number>(own, "priority") ?? 0; // only above that does an SCC come before the cluster's own
  return [
    ...never.filter((key) => own[key] !== false).map((key) => `${key} is ${own[key]} instead of false`),
    ...Object.entries(strategies)
      .filter(([key, allowed]) => !allowed.includes(field<string>(own, key, "type") ?? ""))
      .map(([key, allowed]) => `${key}.type is ${field(own, key, "type")} instead of ${allowed.join(" or ")}`),
    ...["seLinuxOptions", "uid"].flatMap((key) =>
      ["seLinuxContext", "runAsUser"].flatMap((of) => {
        const value = field(own, of, key);
        return value === undefined
          ? []
          : [`${of}.${key} is ${JSON.stringify(value)}, which the namespace would assign`];
      }),
    ),
    ...(dropped.includes("ALL") ? [] : [`requiredDropCapabilities is ${dropped} instead of ALL`]),
    ...(listAt<string>(own, "seccompProfiles").length > 0 ? [] : ["seccompProfiles is missing"]),
    ...(field(own, "volumes") ? [] : ["volumes is missing, which allows nearly all"]),
    ...(priority > 0 ? [`priority is ${priority}, by which it would take other pods of the cluster`] : []),
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
