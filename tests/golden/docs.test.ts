import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { pages } from "../../scripts/lib/docs";
import { root } from "../../scripts/lib/render";
import { rendering } from "../support/stacks";

describe("generated pages", () => {
  it("are fresh", async () => {
    for (const [file, text] of pages({ ha: await rendering("ha"), standalone: await rendering("standalone") })) {
      const committed = fs.readFileSync(path.join(root, "docs", file), "utf8");
      assert.equal(text, committed, `docs/${file} is not what the program says: run \`make docs\``);
    }
  });
});
