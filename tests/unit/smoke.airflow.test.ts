import * as assert from "node:assert/strict";
import { judgeBad, judgeGood, judgeHealth } from "../../scripts/lib/smoke/airflow";
import { takingTurns } from "../../scripts/lib/smoke/check";

const run = (state: string, tasks: Readonly<Record<string, string | null>>) => ({
  state,
  tasks: Object.entries(tasks).map(([task_id, state]) => ({ task_id, state })),
});

describe("Airflow's smoke check", () => {
  it("names the parts that are not healthy", () => {
    const healthy = { status: "healthy" };
    const all = { metadatabase: healthy, scheduler: healthy, dag_processor: healthy, triggerer: healthy };
    assert.match(judgeHealth(all), /^metadatabase, scheduler/);
    assert.throws(
      () => judgeHealth({ ...all, scheduler: { status: "unhealthy" }, triggerer: { status: null } }),
      /^Error: scheduler is unhealthy, triggerer is unknown$/,
    );
    assert.throws(() => judgeHealth({}), /metadatabase is unknown/);
  });

  it("takes a run for good only when all of its tasks succeeded", () => {
    judgeGood(run("success", { load: "success", publish: "success" }));
    for (const bad of [
      run("failed", { load: "success", publish: "success" }),
      run("success", { load: "success", publish: "skipped" }),
      run("success", {}),
    ]) {
      assert.throws(() => judgeGood(bad), /the run ended/);
    }
  });

  it("wants bad rows to stop a run at the check, and nowhere else", () => {
    const stopped = { load: "success", validate: "failed", models: "upstream_failed", publish: "upstream_failed" };
    judgeBad(run("failed", stopped));
    for (const bad of [
      run("success", { ...stopped, validate: "success", models: "success", publish: "success" }),
      run("failed", { ...stopped, load: "failed", validate: "upstream_failed" }),
      run("failed", { ...stopped, publish: "success" }),
    ]) {
      assert.throws(() => judgeBad(bad), /bad rows were to stop it at validate/);
    }
  });
});

describe("checks that take turns", () => {
  it("run one after the other, also after one that failed", async () => {
    const turn = takingTurns();
    const seen: string[] = [];
    const work = (name: string, fail = false) =>
      turn(async () => {
        seen.push(`${name} begins`);
        await new Promise((resolve) => setImmediate(resolve));
        seen.push(`${name} ends`);
        if (fail) throw new Error(name);
        return name;
      });
    const all = await Promise.allSettled([work("a", true), work("b"), work("c")]);
    assert.deepEqual(
      all.map(({ status }) => status),
      ["rejected", "fulfilled", "fulfilled"],
    );
    assert.deepEqual(seen, ["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]);
  });
});
