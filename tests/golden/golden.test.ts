import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { byService, renderStack, stacks } from "../../scripts/lib/render";
import { rendering } from "../support/stacks";

/**
 * The committed manifests are what a reviewer reads. `make golden` writes them anew; this test only compares, so that a
 * change nobody looked at fails.
 */
for (const stack of stacks) {
  describe(`golden manifests of stack ${stack}`, () => {
    const folder = path.join(__dirname, stack);

    it("are what the program renders", async () => {
      const files = byService((await rendering(stack)).manifests);
      assert.deepEqual(
        fs.readdirSync(folder).sort(),
        [...files.keys()].map((service) => `${service}.yaml`).sort(),
        "other files than rendered: run `make golden`",
      );
      for (const [service, text] of files) {
        const golden = fs.readFileSync(path.join(folder, `${service}.yaml`), "utf8");
        assert.equal(text, golden, `${stack}/${service}.yaml differs: run \`make golden\` and read the diff`);
      }
    });

    it("are the same in a second render", async () => {
      const first = byService((await rendering(stack)).manifests);
      const second = byService((await renderStack(stack)).manifests);
      assert.deepEqual([...second], [...first]);
    });
  });
}
