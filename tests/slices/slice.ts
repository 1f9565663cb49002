import * as assert from "node:assert/strict";
import type { Manifest } from "../../policies/objects/manifest";
import { drops } from "../../scripts/lib/proofs/sandbox";
import { networkMatrixChecks } from "../sandbox/support/network-matrix";
import { panelChecks } from "../sandbox/support/panels";
import { restarted, running, runsAsAsked } from "../sandbox/support/pods";
import { indent, ownSandbox, pulumi, script, updateWith } from "../sandbox/support/sandbox";
import { renderedSlice, type Slice, sliceConfig, slices } from "../support/slices";

/**
 * What every slice must show on a real node, from its first update to its network.
 * @param checks what this one must show besides
 */
export function sliceChecks(name: Slice, checks: () => void): void {
  ownSandbox("--nodes", "1");

  it("comes up and passes every smoke check", () => {
    const { seconds } = pulumi(...updateWith(sliceConfig(name)));
    console.log(`      pulumi up: ${seconds.toFixed(1)} s, ${slices[name].length} services`);
    console.log(indent(script("smoke.ts").stdout));
  });

  it("needed no packet that was dropped", async () => {
    assert.deepEqual(await drops(), []);
  });

  it("runs every pod with the namespace's user, group 0 and the SCC it asks for, and none restarts by itself", () => {
    for (const pod of running()) runsAsAsked(pod);
    assert.deepEqual(running().flatMap(restarted), []);
  });

  checks();

  panelChecks();

  describe("its network", () => {
    networkMatrixChecks(async () => (await renderedSlice(name)).manifests as readonly Manifest[]);

    it("is not changed by a second update", () => {
      pulumi(...updateWith(sliceConfig(name)), "--expect-no-changes");
    });
  });
}
