import * as assert from "node:assert/strict";
import type { Finding } from "../../policies/objects/manifest";
import { availability } from "../../policies/rules/availability";
import { unused, unwaived, type Waiver, waivers } from "../../policies/waivers";
import { stacks } from "../../scripts/lib/render";
import { filesCollected, rendering } from "../support/stacks";
import { changed, sample } from "../unit/checks.sample";

const waiver: Waiver = {
  family: "availability",
  object: "StatefulSet db",
  field: "replicas",
  reason: "its members do not vote",
};
const even = changed("StatefulSet", "db", "spec.replicas", 4);
const probe: Waiver = { ...waiver, family: "probes", container: "db", field: "livenessProbe" };

describe("waivers", () => {
  it("let one object break one rule", () => {
    assert.equal(unwaived("availability", availability(even), []).length, 1);
    assert.deepEqual(unwaived("availability", availability(even), [waiver]), []);
  });

  const others: readonly (readonly [string, Partial<Waiver>])[] = [
    ["another family", { family: "probes" }],
    ["another object", { object: "StatefulSet d" }],
    ["another kind", { object: "Deployment db" }],
    ["another field", { field: "replica" }],
    ["a container", { container: "db" }],
  ];
  for (const [what, change] of others) {
    it(`of ${what} do not cover it`, () =>
      assert.equal(unwaived("availability", availability(even), [{ ...waiver, ...change }]).length, 1));
  }

  it("of a container cover that one only", () => {
    const found = (container: string): Finding => ({
      object: "StatefulSet t-storage/db",
      message: `container ${container}: livenessProbe is missing`,
    });
    assert.deepEqual(unwaived("probes", [found("db"), found("other")], [probe]), [found("other")]);
  });

  it("of a name that begins with the prefix cover it with every prefix", () => {
    const found: Finding = { object: "SecurityContextConstraints t-collector", message: "priority is 5" };
    const ofName = (name: string): Waiver => ({
      ...waiver,
      family: "scc",
      object: `SecurityContextConstraints ${name}`,
      field: "priority",
    });
    assert.deepEqual(unwaived("scc", [found], [ofName("*-collector")]), []);
    for (const name of ["*-other", "collector", "*-collect"])
      assert.deepEqual(unwaived("scc", [found], [ofName(name)]), [found]);
  });

  it("are unused when no stack needs them", () => {
    assert.deepEqual(unused([sample, even], [waiver]), []);
    assert.deepEqual(unused([sample, sample], [waiver]), [waiver]);
  });

  it("of the platform are needed by some stack, and say why", async () => {
    const rendered = [];
    for (const stack of stacks) rendered.push((await rendering(stack)).manifests);
    rendered.push((await filesCollected()).manifests);
    assert.deepEqual(unused(rendered), []);
    assert.deepEqual(
      waivers.filter(({ reason }) => !/\w+ \w+/.test(reason)),
      [],
    );
  });
});
