import * as assert from "node:assert/strict";
import { type Attempt, longestGap, type Measured, shortcomings, worksAgain } from "../../scripts/lib/drills/measure";

const ok = (...at: number[]): Attempt[] => at.map((each) => ({ at: each * 1000, ok: true }));
const failed = (...at: number[]): Attempt[] => at.map((each) => ({ at: each * 1000, ok: false }));

describe("measure of a drill", () => {
  for (const [what, attempts, expected] of [
    ["the longest of several gaps", ok(0, 1, 2, 9, 10, 12), 7],
    ["a gap that had begun before the fault", ok(0, 8), 8],
    ["failures are no successes", [...ok(0, 1), ...failed(2, 3, 4, 5), ...ok(6, 11)], 5],
    ["a gap that has not ended", ok(0, 1, 2, 3), 9],
    ["no success at all: since the fault", failed(1, 2, 3), 11],
    ["what comes after the run does not count", ok(0, 1, 4, 8, 12, 30), 4],
  ] as const) {
    it(what, () => assert.equal(longestGap(attempts, 1000, 12_000), expected));
  }

  it("works again after enough successes in a row since the fault", () => {
    assert.equal(worksAgain(ok(1, 2, 3), 0, 3), true);
    assert.equal(worksAgain(ok(1, 2, 3), 1000, 3), false);
    assert.equal(worksAgain([...ok(1, 2), ...failed(3), ...ok(4, 5)], 0, 3), false);
    assert.equal(worksAgain([...failed(1), ...ok(2, 3, 4)], 0, 3), true);
  });

  it("names all in which a run falls short, and any lost write", () => {
    const limits = { writeGap: 30, queryGap: 120, wholeAfter: 300 };
    const good: Measured = {
      writes: 500,
      writesLost: 0,
      writeGap: 30,
      queries: 50,
      queriesFailed: 9,
      queryGap: 120,
      wholeAfter: 300,
    };
    assert.deepEqual(shortcomings(good, limits), []);
    assert.deepEqual(shortcomings({ ...good, writesLost: 1, writeGap: 30.1, wholeAfter: 301 }, limits), [
      "1 acknowledged writes lost",
      "writeGap 30.1 s, allowed 30 s",
      "wholeAfter 301 s, allowed 300 s",
    ]);
  });
});
