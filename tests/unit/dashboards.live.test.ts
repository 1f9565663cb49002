import * as assert from "node:assert/strict";
import { run } from "../../scripts/lib/dashboards/live";
import { type DashboardModel, dashboardsIn, filledIn, queriesOf } from "../../scripts/lib/dashboards/queries";
import { tlsServer } from "./smoke.support";

const panel = (title: string, exprs: readonly string[], noValue?: string) => ({
  id: 1,
  type: "stat",
  title,
  datasource: { type: "prometheus", uid: "prometheus" },
  targets: exprs.map((expr) => ({ expr })),
  fieldConfig: { defaults: noValue ? { noValue } : {} },
});
const dashboard = {
  uid: "dp-a",
  panels: [
    { type: "row", title: "Row" },
    panel("Kept", ['up{pod=~"$pod"}', "gone"]),
    panel("Rare", ["rare"], "no error yet"),
    panel("Elsewhere", ["rate(other_total[$__rate_interval])"]),
    panel("Near", ["another_total"]),
  ],
} as unknown as DashboardModel;

describe("queries of dashboards", () => {
  it("are read from the ConfigMaps of the dashboards, and from no others", () => {
    const data = { "dp-a.json": JSON.stringify(dashboard) };
    const found = dashboardsIn([
      { kind: "ConfigMap", metadata: { name: "grafana-dashboards-a" }, data },
      { kind: "ConfigMap", metadata: { name: "grafana-config" }, data: { "grafana.ini": "[a]" } },
      { kind: "Service", metadata: { name: "grafana-dashboards-b" } },
    ]);
    assert.deepEqual([...found.keys()], ["dp-a.json"]);
    assert.equal(queriesOf(found.values()).length, 5);
  });

  it("are filled in as when nothing is chosen, and keep what only looks like a variable", () => {
    assert.equal(filledIn('rate(a{pod=~"$pod"}[$__rate_interval])'), 'rate(a{pod=~".*"}[5m])');
    assert.equal(filledIn('label_replace(a, "b", "$1", "c", "(.+)")'), 'label_replace(a, "b", "$1", "c", "(.+)")');
  });

  it("each have series, or a reason why they may have none", async () => {
    const asked: string[] = [];
    const fake = await tlsServer("prometheus.test", ({ url }, response) => {
      const expr = new URL(url, "https://prometheus.test").searchParams.get("query") ?? "";
      asked.push(expr);
      response.end(
        JSON.stringify({ data: { result: expr.startsWith("up") ? [{ metric: {}, value: [0, "1"] }] : [] } }),
      );
    });
    try {
      const outcomes = await run(fake.server, queriesOf([dashboard]), { other_total: "only in the real product" });
      assert.deepEqual(
        outcomes.map(({ panel: title, series, excuse }) => [title, series, excuse]),
        [
          ["Kept", 1, undefined],
          ["Kept", 0, undefined],
          ["Rare", 0, "no error yet"],
          ["Elsewhere", 0, "other_total: only in the real product"],
          ["Near", 0, undefined],
        ],
      );
      assert.deepEqual(asked.slice(0, 2), ['up{pod=~".*"}', "gone"]);
    } finally {
      await fake.close();
    }
  });
});
