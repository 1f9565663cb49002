import { checkerPod } from "../../../components/analytics/jupyterhub/config";
import type { Labels } from "../../../components/core/names";
import type { KubernetesObject } from "../kubectl";

/** What the objects of a running service say about it. */

interface ContainerStatus {
  readonly name: string;
  readonly restartCount: number;
}

export type Pod = KubernetesObject & {
  readonly metadata: { readonly uid: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly status: {
    readonly phase: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly containerStatuses?: readonly ContainerStatus[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
  };
};

export type Workload = KubernetesObject & {
  readonly spec: { readonly replicas?: number; readonly selector: { readonly matchLabels: Labels } };
  readonly status?: { readonly desiredNumberScheduled?: number };
};

/** How many pods a workload is to have; a DaemonSet as many as there are nodes for it. */
export const wanted = ({ spec, status }: Workload): number => spec.replicas ?? status?.desiredNumberScheduled ?? 0;

/** A flow that NetworkPolicies refused; ends are `<namespace>/<pod>`, or the address of somebody else. */
export interface Drop {
  readonly from: string;
  readonly to: string;
  readonly port: string;
  readonly packets: number;
}

/** Not what a check tries itself, to see that it is refused: a notebook of its own asks for PostgreSQL. */
export const unasked = ({ from, port }: Drop): boolean =>
  !(from.endsWith(`/${checkerPod}`) && port.startsWith("5432/"));

const isReady = ({ status }: Pod): boolean =>
  status.phase === "Running" &&
  (status.conditions ?? []).some((each) => each.type === "Ready" && each.status === "True");

/** Pods that are to run on. Those of Jobs end; how often one tried until then is no fault. */
const running = (pods: readonly Pod[]) => pods.filter(({ status }) => status.phase !== "Succeeded");

export const unready = (pods: readonly Pod[]): readonly string[] =>
  running(pods)
    .filter((pod) => !isReady(pod))
    .map(({ metadata, status }) => `${metadata.name} is not ready (${status.phase})`);

/**
 * What is wrong with the pods of a service that has just come up: one that is not ready, or is there under another SCC
 * than it asks for, a container that was started again, packets from or to one of them that were dropped.
 * @param pods of the service, those of its Jobs included
 */
export function podFaults(pods: readonly Pod[], drops: readonly Drop[]): readonly string[] {
  const own = new Set(pods.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`));
  return [
    ...(running(pods).length === 0 ? ["it has no running pod"] : []),
    ...unready(pods),
    ...running(pods).flatMap(({ metadata, status }) =>
      [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]
        .filter(({ restartCount }) => restartCount > 0)
        .map(({ name, restartCount }) => `restarts of ${metadata.name}/${name}: ${restartCount}`),
    ),
    ...pods.flatMap(({ metadata }) => {
      const { "openshift.io/required-scc": asked, "openshift.io/scc": given } = metadata.annotations ?? {};
      return asked !== undefined && asked === given ? [] : [`${metadata.name} asks for SCC ${asked} and has ${given}`];
    }),
    ...drops
      .filter(({ from, to }) => own.has(from) || own.has(to))
      .map(({ from, to, port, packets }) => `packets dropped from ${from} to ${to}:${port}: ${packets}`),
  ];
}

/** The pods of a workload, in the order of their names. */
export function podsOf({ metadata, spec }: Workload, pods: readonly Pod[]): readonly Pod[] {
  const labels = Object.entries(spec.selector.matchLabels);
  return pods
    .filter((pod) => pod.metadata.namespace === metadata.namespace)
    .filter((pod) => labels.every(([key, value]) => pod.metadata.labels?.[key] === value))
    .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
}

/** Whether a workload has all its pods, ready, and none of them is the killed one. Its own status may be of before. */
export function isWhole(workload: Workload, pods: readonly Pod[], killed: string): boolean {
  const own = podsOf(workload, pods);
  return own.length === wanted(workload) && own.every((pod) => pod.metadata.uid !== killed) && own.every(isReady);
}
