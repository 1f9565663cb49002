import * as assert from "node:assert/strict";
import { serviceNames } from "../../components/core/catalogue";
import { complaint, flaws, provingModes, readProofs } from "../../scripts/lib/proofs/record";
import { byService } from "../../scripts/lib/render";
import { rendering } from "../support/stacks";

describe("proofs", () => {
  it("are there for every service in both modes, passed, and of the committed manifests", () => {
    const found = flaws(readProofs());
    if (found.length > 0) assert.fail(complaint(found));
  });

  // What the end-to-end tests bring up on simulated nodes: "scheduled" is said of all services.
  for (const mode of provingModes) {
    it(`stack ${mode} has every service`, async () => {
      const rendered = byService((await rendering(mode)).manifests);
      assert.deepEqual(
        serviceNames.filter((service) => !rendered.has(service)),
        [],
      );
    });
  }
});
