import * as assert from "node:assert/strict";
import { everything, namesIn, type Seen, used } from "../../scripts/lib/dashboards/names";
import elsewhere from "./metric-names/elsewhere.json";
import seen from "./metric-names/seen.json";

/**
 * A rule or panel with a name that nothing has is silent for ever. `scripts/metrics-seen.ts` writes down which names a live
 * Prometheus of ours had; what none had is named with where it is from.
 */
describe("metrics that rules and dashboards name", () => {
  const known = new Set(Object.values(seen as Seen).flatMap((jobs) => Object.values(jobs).flat()));
  const sources = elsewhere as Readonly<Record<string, string>>;
  let names: readonly string[];
  before(async () => {
    names = await used(await everything());
  });

  it("were seen in a live Prometheus, or it is said where they are from", () => {
    assert.ok(names.length > 100);
    assert.deepEqual(
      names.filter((name) => !known.has(name) && !sources[name]),
      [],
      "run scripts/metrics-seen.ts on a live stack, or name the source in metric-names/elsewhere.json",
    );
  });

  it("are named with their source only where they are used, and were not seen", () => {
    assert.deepEqual(
      Object.keys(sources).filter((name) => !names.includes(name) || known.has(name)),
      [],
    );
    for (const [name, source] of Object.entries(sources)) assert.ok(source.length > 10, name);
  });

  it("are found in PromQL by its grammar", async () => {
    const expr =
      'sum by (a) (rate(b_total{c="d"}[5m])) / on (e) group_left max_over_time(f[1h:1m]) > bool 1 or vector(0)';
    assert.deepEqual(await namesIn(expr), ["b_total", "f"]);
    await assert.rejects(namesIn("sum(rate(a[5m])"), /no PromQL/);
  });
});
