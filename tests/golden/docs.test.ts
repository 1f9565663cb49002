import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { pages } from "../../scripts/lib/docs";
import { root } from "../../scripts/lib/render";

describe("generated pages", () => {
  it("are fresh", async function () {
    // Two renders, on a machine that may do something else meanwhile.
    this.timeout(120_000);
    for (const [file, text] of await pages()) {
      const committed = fs.readFileSync(path.join(root, "docs", file), "utf8");
      assert.equal(text, committed, `docs/${file} is not what the program says: run \`make docs\``);
    }
  });
});
