import * as assert from "node:assert/strict";
import { limits } from "../../components/core/limits";
import { profiles, sizeOf, workloadNames } from "../../components/core/profiles";

describe("profiles", () => {
  for (const mode of ["ha", "standalone"] as const) {
    for (const name of workloadNames) {
      it(`${name} in ${mode} keeps its own limits`, () => assert.deepEqual(sizeOf(name, mode).errors, []));
    }
  }

  it("never allow an even quorum", () => {
    for (const name of ["postgresql", "kafka-controller", "clickhouse-keeper", "redis"] as const) {
      for (const count of [...limits[name].replicas.ha, ...limits[name].replicas.standalone]) {
        assert.equal(count % 2, 1, `${name}: ${count}`);
      }
    }
  });

  it("give ha more than standalone", () => {
    // All that Loki does is one process in standalone, and none of those in ha.
    for (const name of workloadNames.filter((each) => each !== "loki")) {
      assert.ok(profiles.ha[name].replicas >= profiles.standalone[name].replicas, name);
    }
  });
});
