import { type Finding, field, finder, finding, type Manifest, ofKind } from "./manifest";
import { type Container, containersOf, type PodSpec, type SecurityContext, type Workload, workloads } from "./pods";
import { milli } from "./quantity";
import { volumeTypes } from "./scc";

/** OpenShift assigns these from the namespace's ranges; a value of our own is refused at admission. */
const assigned = ["runAsUser", "runAsGroup", "fsGroup", "seLinuxOptions", "sysctls", "windowsOptions", "procMount"];
const hostFields = ["hostNetwork", "hostPID", "hostIPC", "hostUsers"];
const movingTags = /^(latest|main|master|edge|nightly|stable|dev)$/;

/** One rule that one container may break, and why. */
export interface Waiver {
  /** Name of the workload. */
  readonly workload: string;
  readonly container: string;
  readonly rule: "readOnlyRootFilesystem" | "startupProbe" | "readinessProbe" | "livenessProbe";
  readonly reason: string;
}

/**
 * Every pod passes SCC `restricted-v2` and Pod Security `restricted` as written, states its resources and probes,
 * runs a pinned image under the ServiceAccount of its service, and no Route is plain text.
 * A waiver that its container does not need (any more) is a finding too.
 */
export function security(manifests: readonly Manifest[], waivers: readonly Waiver[] = []): Finding[] {
  const all = workloads(manifests);
  const find = finder(manifests);
  return [
    ...all.flatMap((workload) =>
      [
        ...podProblems(workload),
        ...containersOf(workload).flatMap((container) => {
          const own = waivers.filter((w) => w.workload === workload.name && w.container === container.name);
          return containerProblems(workload, container, own).map(
            (problem) => `container ${container.name}: ${problem}`,
          );
        }),
      ].map((problem) => finding(workload.manifest, problem)),
    ),
    ...sharedAccounts(all),
    ...ofKind(manifests, "Route").flatMap((route) => routeProblems(route).map((problem) => finding(route, problem))),
    ...[...new Set(all.map(({ namespace }) => namespace))].flatMap((name) =>
      namespaceProblems(find("Namespace", undefined, name)),
    ),
    ...ofKind(manifests, "Service")
      .filter((service) => (field(service, "spec", "type") ?? "ClusterIP") !== "ClusterIP")
      .map((service) => finding(service, "is open beyond the cluster; only Routes are")),
  ];
}

/** Waivers that fit no container of any stack: pass the manifests of all stacks together. */
export function staleWaivers(manifests: readonly Manifest[], waivers: readonly Waiver[]): Finding[] {
  const known = workloads(manifests).flatMap((w) => containersOf(w).map(({ name }) => `${w.name}/${name}`));
  return waivers
    .filter(({ workload, container }) => !known.includes(`${workload}/${container}`))
    .map(({ workload, container, rule }) => ({
      object: `waiver ${workload}/${container}`,
      message: `waives ${rule} for a container that no stack has`,
    }));
}

const unless = (right: unknown, problem: string): string[] => (right ? [] : [problem]);

function podProblems({ pod, annotations }: Workload): string[] {
  return [
    ...assigned.filter((key) => pod.securityContext?.[key] !== undefined).map((key) => `sets ${key}`),
    ...hostFields.filter((key) => pod[key] !== undefined).map((key) => `sets ${key}`),
    ...(pod.volumes ?? []).flatMap(({ name, ...source }) =>
      Object.keys(source)
        .filter((type) => !volumeTypes.includes(type))
        .map((type) => `volume ${name} is of type ${type}`),
    ),
    ...unless(pod.enableServiceLinks === false, "does not switch service links off"),
    ...unless(pod.automountServiceAccountToken !== undefined, "does not say whether it mounts an API token"),
    ...unless(annotations["openshift.io/required-scc"], "lacks the annotation openshift.io/required-scc"),
    ...unless(pod.serviceAccountName && pod.serviceAccountName !== "default", "runs under the default ServiceAccount"),
  ];
}

function containerProblems(workload: Workload, container: Container, waivers: readonly Waiver[]): string[] {
  const own: SecurityContext = container.securityContext ?? {};
  const { pod } = workload;
  const { add = [], drop = [] } = own.capabilities ?? {};
  const breaks = { readOnlyRootFilesystem: own.readOnlyRootFilesystem !== true, ...missingProbes(workload, container) };
  const waived = waivers.map(({ rule }) => rule);
  return [
    ...unless((own.runAsNonRoot ?? pod.securityContext?.runAsNonRoot) === true, "runAsNonRoot is not true"),
    ...unless(own.allowPrivilegeEscalation === false, "allowPrivilegeEscalation is not false"),
    ...unless(drop.includes("ALL") && add.length === 0, "does not drop ALL capabilities, or adds some"),
    ...unless(
      (own.seccompProfile ?? pod.securityContext?.seccompProfile)?.type === "RuntimeDefault",
      "seccomp profile is not RuntimeDefault",
    ),
    ...unless(own.privileged !== true, "is privileged"),
    ...assigned.filter((key) => own[key] !== undefined).map((key) => `sets ${key}`),
    ...(container.ports ?? [])
      .filter((port) => port.hostPort !== undefined)
      .map((port) => `takes host port ${port.hostPort}`),
    ...Object.entries(breaks)
      .filter(([rule, broken]) => broken && !waived.some((w) => w === rule))
      .map(([rule]) => `lacks ${rule}`),
    ...waivers.filter(({ rule }) => breaks[rule] !== true).map(({ rule }) => `does not need its waiver of ${rule}`),
    ...waivers.filter(({ reason }) => reason.trim() === "").map(({ rule }) => `its waiver of ${rule} gives no reason`),
    ...imageProblems(container.image ?? ""),
    ...resourceProblems(container),
  ];
}

/** Probes of containers that keep running. */
function missingProbes({ ends, pod }: Workload, container: Container) {
  const runs = !ends && pod.containers?.includes(container) === true;
  return {
    startupProbe: runs && !container.startupProbe,
    readinessProbe: runs && !container.readinessProbe,
    livenessProbe: runs && !container.livenessProbe,
  };
}

function imageProblems(image: string): string[] {
  if (image.includes("@sha256:")) return [];
  const tag = /:([^:/]+)$/.exec(image)?.[1];
  if (tag === undefined) return [`image "${image}" has neither tag nor digest`];
  return movingTags.test(tag) || !/\d/.test(tag) ? [`image "${image}" has a tag that moves`] : [];
}

function resourceProblems({ resources: { requests = {}, limits = {} } = {} }: Container): string[] {
  return ["cpu", "memory"].flatMap((resource) => {
    const request = requests[resource];
    const limit = limits[resource];
    if (request === undefined || limit === undefined) return [`does not state request and limit of ${resource}`];
    const [least, most] = [milli(request), milli(limit)];
    if (least === undefined || most === undefined) return [`${resource}: ${request} or ${limit} is no quantity`];
    return least > 0n && least <= most ? [] : [`${resource}: request ${request} does not fit limit ${limit}`];
  });
}

/** A ServiceAccount belongs to one service. */
function sharedAccounts(all: readonly Workload[]): Finding[] {
  const service = (labels: Workload["labels"]) => labels["app.kubernetes.io/name"];
  const account = ({ namespace, pod }: { namespace: string; pod: PodSpec }) => `${namespace}/${pod.serviceAccountName}`;
  return all.flatMap((workload) => {
    const other = all.find((w) => account(w) === account(workload) && service(w.labels) !== service(workload.labels));
    return other ? [finding(workload.manifest, `shares its ServiceAccount with ${other.id} of another service`)] : [];
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
    namespace && labels[key] !== value ? [finding(namespace, `label ${key} is not "${value}"`)] : [],
  );
}

function routeProblems(route: Manifest): string[] {
  const tls = (key: string) => field<string>(route, "spec", "tls", key);
  return [
    ...unless(["edge", "reencrypt"].includes(tls("termination") ?? ""), "does not end TLS at the router"),
    ...unless(tls("insecureEdgeTerminationPolicy") === "Redirect", "does not redirect plain HTTP"),
  ];
}
