import * as assert from "node:assert/strict";
import { madeUpPassword } from "../../scripts/lib/mocks";
import { stacks } from "../../scripts/lib/render";
import { checksOf } from "../checks/index";
import { type Check, report } from "../checks/manifest";
import { schema } from "../checks/schema";
import { kubernetesVersions, loadSchemas } from "../schemas";
import { rendering } from "../support/stacks";
import { facts } from "./stacks";

for (const stack of stacks) {
  describe(`rendered objects of stack ${stack}`, () => {
    for (const [name, check] of Object.entries<Check>(checksOf(facts[stack]))) {
      it(name, async () => {
        assert.equal(report(check((await rendering(stack)).manifests)), "");
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
