import * as assert from "node:assert/strict";
import { checksOf, type Stack } from "../checks";
import { type Check, type Manifest, report } from "../checks/manifest";
import { sample, sampleAtRunTime, sampleFlows } from "./checks.sample";

/** What is wrong with a stack, the stack, and what the check must say about it. */
export type Case = readonly [what: string, broken: readonly Manifest[], says: RegExp];

export const sampleStack: Stack = {
  mode: "ha",
  flows: sampleFlows,
  atRunTime: sampleAtRunTime,
  waivers: [],
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

const checks = checksOf(sampleStack);

/** Tests one check of the table that whole stacks are judged by. */
export function describeCheck(name: string, cases: readonly Case[]): void {
  const check = checks[name];
  if (!check) throw new Error(`no check "${name}" among ${Object.keys(checks).join(", ")}`);
  describe(`check of ${name}`, () => itFinds(check, cases));
}
