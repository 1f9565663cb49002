import * as assert from "node:assert/strict";
import { kubectl, type Pod, platformPods, userOf } from "./sandbox";

/** What must hold of every pod of the platform. */

/** Pods of workloads that run on, without those of Jobs. */
export const running = (): readonly Pod[] => platformPods().filter(({ status }) => status.phase !== "Succeeded");

/** The namespace's user, group 0, a root that nothing writes to, and the SCC it asks for. */
export function runsAsAsked(pod: Pod): void {
  const { name, namespace, annotations } = pod.metadata;
  const range = kubectl<{ metadata: { annotations: Record<string, string> } }>("get", "namespace", namespace).metadata
    .annotations["openshift.io/sa.scc.uid-range"];
  const [start] = (range ?? "").split("/");
  for (const container of pod.spec.containers) {
    const { uid, gid } = userOf(pod, container.name);
    assert.equal(uid, start, `${name}/${container.name}`);
    assert.equal(gid, "0", `${name}/${container.name}`);
    assert.equal(container.securityContext?.readOnlyRootFilesystem, true, `${name}/${container.name}`);
  }
  assert.equal(annotations?.["openshift.io/scc"], annotations?.["openshift.io/required-scc"], name);
}

/** Its containers that were started again by kubelet, how often, and how the one before ended. */
export const restarted = ({ metadata, status }: Pod): readonly string[] =>
  (status.containerStatuses ?? [])
    .filter(({ restartCount }) => restartCount > 0)
    .map(({ name, restartCount, lastState }) => {
      const { reason = "unknown", exitCode = "unknown" } = lastState?.terminated ?? {};
      return `${metadata.name}/${name}: ${restartCount} (${reason}, exit code ${exitCode})`;
    });
