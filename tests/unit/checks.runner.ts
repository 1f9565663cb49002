import * as assert from "node:assert/strict";
import { type Check, type Manifest, report } from "../../policies/objects/manifest";
import { checksOf, familyChecks, type Stack } from "../checks";
import { sample, sampleAtRunTime, sampleFlows } from "./checks.sample";

/** What is wrong with a stack, the stack, and what the check must say about it. */
export type Case = readonly [what: string, broken: readonly Manifest[], says: RegExp];

export const sampleStack: Stack = {
  mode: "ha",
  flows: sampleFlows,
  atRunTime: sampleAtRunTime,
  budget: { cpu: "10", memory: "20Gi", disk: "1Ti" },
  nodes: { count: 4, cpu: "2", memory: "4Gi", mayLose: 1 },
};

/** Tests one check: it accepts what is right (default: the sample) and finds each case. */
export function itFinds(check: Check, cases: readonly Case[], right: readonly Manifest[] = sample): void {
  it("accepts what is right", () => assert.equal(report(check(right)), ""));
  for (const [what, broken, says] of cases) {
    it(`finds ${what}`, () => assert.match(report(check(broken)), says));
  }
}

const checks = { ...checksOf(sampleStack, () => true), ...familyChecks(() => true, []) };

function checkNamed(name: string): Check {
  const check = checks[name];
  if (!check) throw new Error(`no check "${name}" among ${Object.keys(checks).join(", ")}`);
  return check;
}

/** Tests one check of the table that whole stacks are judged by. */
export const describeCheck = (name: string, cases: readonly Case[]): unknown =>
  describe(`check of ${name}`, () => itFinds(checkNamed(name), cases));

/** What a check must say of a stack; `right` when it must say nothing. */
export type Edge = readonly [check: string, what: string, manifests: readonly Manifest[], says: RegExp | "right"];

/** Tests the borders between right and wrong, of several checks. */
export const describeEdges = (title: string, edges: readonly Edge[]): unknown =>
  describe(title, () => {
    for (const [name, what, manifests, says] of edges) {
      const said = () => report(checkNamed(name)(manifests));
      if (says === "right") it(`${name}: accepts ${what}`, () => assert.equal(said(), ""));
      else it(`${name}: finds ${what}`, () => assert.match(said(), says));
    }
  });
