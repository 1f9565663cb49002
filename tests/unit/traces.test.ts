import * as assert from "node:assert/strict";
import "../../components/core/traces";

describe("stacks of errors", () => {
  it("name the line in TypeScript when the error says something", () => {
    assert.match(new Error("what went wrong").stack ?? "", /^Error: what went wrong\n +at .*traces\.test\.ts:6:/);
  });

  it("are not made for errors that only keep a place, as Pulumi makes them", () => {
    assert.equal(new Error().stack, "Error");
  });
});
