import * as assert from "node:assert/strict";
import type { Manifest } from "../../../policies/objects/manifest";
import { Flows } from "./flows";
import { hand, inSandbox, kubectl, type List, platformPods } from "./sandbox";

/**
 * The network matrix of a stack on one node, with real packets. Ends all services: it is to be the last but what needs none.
 * @param render the stack's objects
 */
export function networkMatrixChecks(render: () => Promise<readonly Manifest[]>): void {
  it("drops every packet that no flow declares and passes every other, and each policy is needed for that", async () => {
    const flows = new Flows(await render());
    stopServices();
    try {
      await flows.start();
      await settled(flows, (differences) => differences.length === 0, "as the policies say");
      const policies = kubectl<List<Policy>>("get", "networkpolicies", "-A").items;
      const covered = policies.filter(({ metadata }) => flows.covers(metadata));
      assert.ok(covered.length > 0, "no policy that packets could tell of");
      const groups = flows.groups(covered);
      console.log(`        ${covered.length} policies, taken away in ${groups.length} groups`);
      for (const group of groups) {
        const each = (what: string, fits: (differences: readonly string[]) => boolean) =>
          Promise.all(group.map(({ metadata }) => settled(flows, fits, `${what} ${metadata.name}`, metadata)));
        for (const { metadata } of group) {
          inSandbox("kubectl", "delete", "networkpolicy", metadata.name, "-n", metadata.namespace);
        }
        await each("seen to be without", (differences) => differences.length > 0);
        group.forEach(restore);
        await each("as before with", (differences) => differences.length === 0);
      }
    } finally {
      flows.stop();
    }
  });
}

/**
 * Ends every pod of the platform but not its policies: doubles take their places, and would otherwise share two cores with
 * all services, which answer packets too late. A DaemonSet has no number of pods, and would take a double for one too many of
 * its own.
 */
function stopServices(): void {
  for (const namespace of new Set(platformPods().map(({ metadata }) => metadata.namespace))) {
    const { stdout } = inSandbox("kubectl", "get", "deployments,statefulsets", "-o", "name", "-n", namespace);
    const workloads = stdout.split("\n").filter((name) => name !== "");
    if (workloads.length > 0) inSandbox("kubectl", "scale", ...workloads, "--replicas=0", "-n", namespace);
    inSandbox("kubectl", "delete", "daemonsets", "--all", "-n", namespace);
    inSandbox("kubectl", "delete", "pods", "--all", "--grace-period=0", "--force", "-n", namespace);
  }
}

interface Policy {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly [field: string]: unknown };
  readonly spec: unknown;
}

/** Puts a deleted policy back as it was, field owners included, so that Pulumi finds nothing to do. */
function restore({ metadata, ...rest }: Policy): void {
  const { resourceVersion, uid, creationTimestamp, generation, ...own } = metadata;
  hand("create", { ...rest, metadata: own });
}

/** Waits a moment until the network does as expected: policies come into force within a second or so. */
async function settled(
  flows: Flows,
  expected: (differences: readonly string[]) => boolean,
  what: string,
  policy?: Policy["metadata"],
): Promise<void> {
  const deadline = Date.now() + 60_000;
  let differences = await flows.differences(policy);
  while (!expected(differences)) {
    assert.ok(Date.now() < deadline, `not ${what}:\n${differences.join("\n")}`);
    differences = await flows.differences(policy);
  }
}
