import * as assert from "node:assert/strict";
import { stacks } from "../../scripts/lib/render";
import { checksOf } from "../checks/index";
import { type Check, report } from "../checks/manifest";
import { rendering } from "../support/stacks";
import { facts } from "./stacks";

for (const stack of stacks) {
  describe(`rendered objects of stack ${stack}`, () => {
    for (const [name, check] of Object.entries<Check>(checksOf(facts[stack]))) {
      it(name, async () => {
        assert.equal(report(check((await rendering(stack)).manifests)), "");
      });
    }
  });
}
