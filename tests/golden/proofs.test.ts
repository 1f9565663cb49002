import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import * as yaml from "yaml";
import { type ServiceName, serviceNames } from "../../components/core/catalogue";
import { complaint, flaws, provable, provingModes, readProofs } from "../../scripts/lib/proofs/record";
import { byService, root } from "../../scripts/lib/render";
import { slices } from "../support/slices";
import { rendering } from "../support/stacks";

describe("proofs", () => {
  it("are there for every service in both modes, passed, and of the committed manifests", () => {
    const found = flaws(readProofs());
    if (found.length > 0) assert.fail(complaint(found));
  });

  it("are had of the services that the sandbox stack and its slices have, and of no others", () => {
    const file = yaml.parse(fs.readFileSync(path.join(root, "Pulumi.sandbox.yaml"), "utf8")) as {
      config: { "datalyptica:services": readonly ServiceName[] };
    };
    const had = [file.config["datalyptica:services"], ...Object.values(slices)].flat();
    assert.deepEqual([...new Set(had)].sort(), [...provable].sort());
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
