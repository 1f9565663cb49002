import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import { metricsOf, type Panel, Panels, type ServicePanels } from "../../components/core/panels";
import { ofLayer, overview } from "../../components/management/grafana/dashboards";
import { place } from "../../components/management/grafana/layout";
import { panelModel } from "../../components/management/grafana/panel-model";
import type { DashboardModel } from "../../scripts/lib/dashboards/queries";

const common = { title: "A", about: "What it shows.", series: { "{{pod}}": "up" } };
const stat: Panel = { kind: "stat", ...common };
const chart: Panel = { kind: "chart", ...common };
const table: Panel = { kind: "table", ...common, columns: { pod: "Pod" } };
const bars: Panel = { kind: "bars", ...common, max: 1 };
const logs: Panel = { kind: "logs", ...common, source: "loki" };

const at = { x: 0, y: 0, w: 24, h: 4 };
const made = (panel: Panel, interval = 30) =>
  JSON.parse(JSON.stringify(panelModel(panel, 1, at, interval))) as DashboardModel["panels"][number] & {
    readonly options: Readonly<Record<string, unknown>>;
    readonly transformations: readonly { readonly id: string; readonly options: Readonly<Record<string, unknown>> }[];
  };

describe("places of panels", () => {
  it("fill every line of the grid from left to right, in the order of the panels", () => {
    const some = fc.array(fc.constantFrom(stat, chart, table, bars, logs, { ...stat, whole: true as const }), {
      minLength: 1,
      maxLength: 30,
    });
    void fc.assert(
      fc.property(some, fc.nat(100), (panels, top) => {
        const { places, bottom } = place(panels, top);
        assert.equal(places.length, panels.length);
        let [x, y, height] = [0, top, 0];
        for (const each of places) {
          if (x === 24) [x, y] = [0, y + height];
          assert.deepEqual([each.x, each.y], [x, y]);
          assert.ok(each.w >= 4);
          height = each.h;
          x += each.w;
        }
        assert.equal(x, 24);
        assert.equal(y + height, bottom);
      }),
    );
  });

  it("share what is left evenly: seven figures are two lines", () => {
    const { places } = place(Array<Panel>(7).fill(stat), 0);
    assert.deepEqual(
      places.map(({ y, w }) => `${y}:${w}`),
      ["0:6", "0:6", "0:6", "0:6", "4:8", "4:8", "4:8"],
    );
  });
});

describe("panels in Grafana's format", () => {
  it("look back over several scrapes", () => {
    const step = (interval: number) => JSON.stringify(made(chart, interval).targets);
    assert.doesNotMatch(step(30), /interval/);
    assert.match(step(60), /"interval":"60s"/);
  });

  it("say what it means that there is nothing", () => {
    assert.equal(made({ ...stat, empty: "none yet" }).fieldConfig?.defaults.noValue, "none yet");
    assert.equal(made(stat).fieldConfig?.defaults.noValue, undefined);
  });

  it("show states as words on a coloured tile", () => {
    const { options } = made({ ...stat, texts: { 0: "down", 1: "up" } });
    assert.deepEqual([options.colorMode, options.graphMode], ["background", "none"]);
  });

  it("of tables have the labels' columns, then the values by their names, or none of these", () => {
    const shown = ({ transformations }: ReturnType<typeof made>) => transformations.at(-1)?.options.renameByName;
    assert.deepEqual(shown(made({ ...table, series: { Ready: "a", Wanted: "b" } })), {
      pod: "Pod",
      "Value #A": "Ready",
      "Value #B": "Wanted",
    });
    assert.deepEqual(shown(made({ ...table, series: { "": "a" } })), { pod: "Pod" });
  });

  it("of logs ask Loki", () => assert.deepEqual(made(logs).datasource, { type: "loki", uid: "loki" }));
});

describe("dashboards", () => {
  const panels = new Panels();
  const row = (title: string, ...of: readonly Panel[]) => ({ title, panels: of });
  const trino: ServicePanels = { rows: [row("Trino", stat)], overview: { work: [chart] } };
  const nessie: ServicePanels = {
    rows: [row("Nessie", chart)],
    own: { name: "branches", title: "Branches", rows: [row("All", logs)] },
  };
  panels.add("trino", trino);
  panels.add("nessie", nessie);
  panels.add("prometheus", {
    rows: [row("Prometheus", stat)],
    everywhere: [row("Pods", table)],
    overview: { health: [stat] },
  });
  const jobs = [{ name: "trino", service: "trino", spec: { port: "http", interval: 60 }, endpoints: [] }] as const;
  const shown = { panels, jobs };
  const rows = (files: Record<string, string>, file: string) =>
    (JSON.parse(files[file] ?? "{}") as DashboardModel).panels
      .filter(({ type }) => type === "row")
      .map(({ title }) => title);

  it("have the rows of a layer's services in the catalogue's order, then what is shown everywhere", () => {
    const files = ofLayer(shown, "data");
    assert.deepEqual(rows(files, "dp-data.json"), ["Nessie", "Trino", "Pods"]);
    assert.deepEqual(rows(ofLayer(shown, "management"), "dp-management.json"), ["Prometheus", "Pods"]);
  });

  it("are further ones where a service has its own", () => {
    const files = ofLayer(shown, "data");
    assert.deepEqual(Object.keys(files), ["dp-data.json", "dp-branches.json"]);
    assert.deepEqual(rows(files, "dp-branches.json"), ["All"]);
  });

  it("give an overview of what is there, without rows that nobody fills", () =>
    assert.deepEqual(rows(overview(shown), "dp-overview.json"), ["Health", "What the platform does"]));

  it("ask in the rhythm of the job that is scraped least often", () => {
    const slow: Panel = { ...chart, series: { a: metricsOf("trino")("up"), b: metricsOf("kafka")("up") } };
    const one = new Panels();
    one.add("trino", { rows: [row("Trino", slow)] });
    assert.match(ofLayer({ panels: one, jobs }, "data")["dp-data.json"] ?? "", /"interval": "60s"/);
  });
});
