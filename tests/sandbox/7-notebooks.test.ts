import * as assert from "node:assert/strict";
import type { Manifest } from "../../policies/objects/manifest";
import { bringUp, drops } from "../../scripts/lib/proofs/sandbox";
import { renderedSlice, slices } from "../support/slices";
import { Flows } from "./support/flows";
import { notebookChecks } from "./support/notebooks";
import { ownSandbox, script, stopServices } from "./support/sandbox";

describe("notebooks and models on a real node", () => {
  ownSandbox("--nodes", "1");

  it("come up with what they work with, and pass every smoke check", async () => {
    await bringUp("sandbox", slices.notebooks.services);
    console.log(script("smoke.ts").stdout.replace(/^/gm, "      "));
  });

  it("needed no packet that was dropped", async () => {
    assert.deepEqual(await drops(), []);
  });

  describe("in a browser", notebookChecks);

  it("have series for every query of every panel that the dashboards of their services would have", () => {
    const unseen = "tests/rendered/metric-names/elsewhere.json";
    const { stdout } = script("panels.ts", "--stack", "sandbox", "--unseen", unseen, "--patience", "120");
    console.log(stdout.replace(/^/gm, "      "));
  });

  it("reach what they are wired to, and nothing else: every packet that no flow declares is dropped", async () => {
    const flows = new Flows((await renderedSlice("notebooks")).manifests as readonly Manifest[]);
    stopServices();
    try {
      await flows.start();
      assert.deepEqual(await flows.differences(), []);
    } finally {
      flows.stop();
    }
  });
});
