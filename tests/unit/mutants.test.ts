import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { root } from "../../scripts/lib/render";
import { mutants } from "../mutants/mutants";

describe("mutants", () => {
  // `make mutants` takes long, so it would be found out late that what a mutant changes reads otherwise now.
  it("can each still be made: what one changes is in its file once", () => {
    const lost = mutants.filter(
      ({ file, from }) => fs.readFileSync(path.join(root, file), "utf8").split(from).length !== 2,
    );
    assert.deepEqual(
      lost.map(({ what, file, from }) => `${what}: ${JSON.stringify(from)} is not once in ${file}`),
      [],
    );
  });
});
