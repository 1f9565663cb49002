import * as assert from "node:assert/strict";
import type { Manifest } from "../../policies/objects/manifest";
import { renderStack } from "../../scripts/lib/render";
import { alertDeliveryChecks } from "./support/alert-delivery";
import { Flows } from "./support/flows";
import {
  isWell,
  kubectl,
  type List,
  ownSandbox,
  platformPods,
  pulumi,
  realNodes,
  sandbox,
  script,
} from "./support/sandbox";

interface Node {
  readonly metadata: { readonly name: string };
}

describe("stack sandbox-ha on four real nodes", () => {
  ownSandbox(...realNodes(4));

  it("comes up, passes every smoke check and does the lakehouse's main job", () => {
    const { seconds } = pulumi("up", "--stack", "sandbox-ha", "--yes", "--skip-preview");
    console.log(`      pulumi up: ${seconds.toFixed(1)} s`);
    console.log(script("smoke.ts").stdout.replace(/^/gm, "      "));
    assert.match(script("demo.ts").stdout, /60,?175/);
  });

  it("spreads replicas over nodes, each pod under the SCC it asks for", () => {
    const pods = platformPods();
    const nodes = kubectl<List<Node>>("get", "nodes").items.map(({ metadata }) => metadata.name);
    const minio = pods.filter(({ metadata }) => /^minio-\d$/.test(metadata.name)).map(({ spec }) => spec.nodeName);
    assert.deepEqual([...minio].sort(), [...nodes].sort());
    for (const { metadata } of pods) {
      const { "openshift.io/scc": given, "openshift.io/required-scc": asked } = metadata.annotations ?? {};
      assert.equal(given, asked, metadata.name);
    }
    assert.ok(pods.every(isWell));
  });

  it("needed no packet that was dropped, and drops every packet that no flow declares", async () => {
    const { drops } = JSON.parse(sandbox("status", "-o", "json").stdout) as { drops: readonly unknown[] };
    assert.deepEqual(drops, []);
    const flows = new Flows((await renderStack("sandbox-ha")).manifests as readonly Manifest[]);
    try {
      await flows.start();
      assert.deepEqual(await flows.differences(), []);
    } finally {
      flows.stop();
    }
  });

  it("loses no acknowledged write when the PostgreSQL primary is killed", () => {
    console.log(script("drill.ts", "--once", "--drills", "primary-kill").stdout.replace(/^/gm, "      "));
  });

  it("is not changed by a second update", () => {
    pulumi("up", "--stack", "sandbox-ha", "--yes", "--skip-preview", "--expect-no-changes");
  });

  describe("alerts", alertDeliveryChecks);
});
