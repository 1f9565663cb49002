import * as assert from "node:assert/strict";
import { report } from "../../policies/objects/manifest";
import { madeUpPassword } from "../../scripts/lib/mocks";
import { stacks } from "../../scripts/lib/render";
import { footprint, withinBudget } from "../checks/budget";
import { checksOf } from "../checks/index";
import { fits } from "../checks/packing";
import { schema } from "../checks/schema";
import { kubernetesVersions, loadSchemas } from "../schemas";
import { renderedSlice, sliceNames } from "../support/slices";
import { protectedIn, rendering } from "../support/stacks";
import { facts, sliceRoom } from "./stacks";

for (const stack of stacks) {
  describe(`rendered objects of stack ${stack}`, () => {
    for (const name of Object.keys(checksOf(facts[stack], () => true))) {
      it(name, async () => {
        const rendered = await rendering(stack);
        const check = checksOf(facts[stack], protectedIn(rendered))[name];
        assert.ok(check);
        assert.equal(report(check(rendered.manifests)), "");
      });
    }

    it("no generated password outside Secrets, whether a Secret holds it or not", async () => {
      const { manifests, resources } = await rendering(stack);
      const elsewhere = JSON.stringify(manifests.filter(({ kind }) => kind !== "Secret"));
      const passwords = resources.filter(({ type }) => type === "random:index/randomPassword:RandomPassword");
      assert.ok(passwords.length > 0);
      for (const { name } of passwords) assert.ok(!elsewhere.includes(madeUpPassword(name)), name);
    });

    for (const version of kubernetesVersions) {
      it(`schema of Kubernetes ${version}, unknown fields refused`, async function () {
        // The first run on a machine downloads the schemas.
        this.timeout(120_000);
        const check = schema(version, (await loadSchemas())[version]);
        assert.equal(report(check((await rendering(stack)).manifests)), "");
      });
    }
  });
}

for (const name of sliceNames) {
  it(`slice ${name} of the platform fits on the sandbox's machine`, async () => {
    const { manifests } = await renderedSlice(name);
    const { budget, nodes } = sliceRoom;
    assert.equal(
      report([...withinBudget(footprint(manifests, nodes.count), budget), ...fits(manifests, nodes, 0)]),
      "",
    );
  });
}
