import { type Finding, finder, finding, type Manifest } from "../objects/manifest";
import { containersOf, type PodSpec, type SecurityContext, type Workload, workloads } from "../objects/pods";
import { volumeTypes } from "./scc";

/** OpenShift assigns these from the namespace's ranges; a value of our own is refused at admission. */
const assigned = ["runAsUser", "runAsGroup", "fsGroup", "seLinuxOptions", "sysctls", "windowsOptions", "procMount"];
const hostFields = ["hostNetwork", "hostPID", "hostIPC", "hostUsers"];

/**
 * Every pod passes SCC `restricted-v2` and Pod Security `restricted` as written, and runs under the ServiceAccount of its
 * service, in a namespace that enforces it.
 */
export function hardening(manifests: readonly Manifest[]): Finding[] {
  const all = workloads(manifests);
  const find = finder(manifests);
  return [
    ...all.flatMap((workload) =>
      [
        ...podProblems(workload),
        ...containersOf(workload).flatMap(({ name, ports = [], securityContext = {} }) =>
          [
            ...contextProblems(securityContext, workload.pod.securityContext),
            ...ports
              .filter(({ hostPort }) => hostPort !== undefined)
              .map(({ hostPort }) => `hostPort ${hostPort} is taken`),
          ].map((problem) => `container ${name}: ${problem}`),
        ),
      ].map((problem) => finding(workload.manifest, problem)),
    ),
    ...sharedAccounts(all),
    ...[...new Set(all.map(({ namespace }) => namespace))].flatMap((name) =>
      namespaceProblems(find("Namespace", undefined, name)),
    ),
  ];
}

const unless = (right: unknown, problem: string): string[] => (right ? [] : [problem]);
/** A field that may not be there, with the value it has. */
const absent = (keys: readonly string[], of: Readonly<Record<string, unknown>> | undefined): string[] =>
  keys.filter((key) => of?.[key] !== undefined).map((key) => `${key} is set, to ${JSON.stringify(of?.[key])}`);
/** A field that must have one value. */
const must = (field: string, value: unknown, wanted: unknown): string[] =>
  unless(value === wanted, `${field} is ${value} instead of ${wanted}`);

function podProblems({ pod, annotations }: Workload): string[] {
  return [
    ...absent(assigned, pod.securityContext),
    ...absent(hostFields, pod),
    ...(pod.volumes ?? []).flatMap(({ name, ...source }) =>
      Object.keys(source)
        .filter((type) => !volumeTypes.includes(type))
        .map((type) => `volume ${name} is of type ${type}`),
    ),
    ...must("enableServiceLinks", pod.enableServiceLinks, false),
    ...unless(
      pod.automountServiceAccountToken !== undefined,
      "automountServiceAccountToken is not stated: does it mount an API token?",
    ),
    ...unless(annotations["openshift.io/required-scc"], "annotation openshift.io/required-scc is missing"),
    ...unless(
      pod.serviceAccountName && pod.serviceAccountName !== "default",
      `serviceAccountName is ${pod.serviceAccountName}, not one of its own`,
    ),
  ];
}

/** @param ofPod what holds for a container that says nothing itself */
function contextProblems(own: SecurityContext, ofPod: SecurityContext = {}): string[] {
  const { add = [], drop = [] } = own.capabilities ?? {};
  return [
    ...must("runAsNonRoot", own.runAsNonRoot ?? ofPod.runAsNonRoot, true),
    ...must("allowPrivilegeEscalation", own.allowPrivilegeEscalation, false),
    ...must("readOnlyRootFilesystem", own.readOnlyRootFilesystem, true),
    ...must("privileged", own.privileged ?? false, false),
    ...unless(drop.includes("ALL"), `capabilities.drop is ${drop} instead of ALL`),
    ...unless(add.length === 0, `capabilities.add is ${add} instead of nothing`),
    ...must("seccompProfile.type", (own.seccompProfile ?? ofPod.seccompProfile)?.type, "RuntimeDefault"),
    ...absent(assigned, own),
  ];
}

/** A ServiceAccount belongs to one service. */
function sharedAccounts(all: readonly Workload[]): Finding[] {
  const service = (labels: Workload["labels"]) => labels["app.kubernetes.io/name"];
  const account = ({ namespace, pod }: { namespace: string; pod: PodSpec }) => `${namespace}/${pod.serviceAccountName}`;
  return all.flatMap((workload, index) => {
    const other = all
      .slice(0, index)
      .find((w) => account(w) === account(workload) && service(w.labels) !== service(workload.labels));
    const { serviceAccountName: name } = workload.pod;
    return other
      ? [finding(workload.manifest, `serviceAccountName ${name} is shared with ${other.id} of another service`)]
      : [];
  });
}

/** Stated, because OpenShift's own label sync would derive a laxer level from what ServiceAccounts may use. */
function namespaceProblems(namespace: Manifest | undefined): Finding[] {
  const labels = namespace?.metadata.labels ?? {};
  const wanted = {
    "pod-security.kubernetes.io/enforce": "restricted",
    "security.openshift.io/scc.podSecurityLabelSync": "false",
  };
  return Object.entries(wanted).flatMap(([key, value]) =>
    namespace ? must(`label ${key}`, labels[key], value).map((problem) => finding(namespace, problem)) : [],
  );
}
