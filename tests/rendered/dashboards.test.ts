import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as yaml from "yaml";
import { catalogue, type ServiceName, serviceNames } from "../../components/core/catalogue";
import { entriesOf, type Manifest } from "../../policies/objects/manifest";
import { everything, namesIn } from "../../scripts/lib/dashboards/names";
import { type DashboardModel, dashboardsIn, filledIn, queriesOf } from "../../scripts/lib/dashboards/queries";
import { output, tool } from "../support/tools";
import { schemaProblems } from "./dashboards.schema";
import { mistakesIn } from "./logs/logql";

/** Grafana itself cannot be had here: its dashboards are checked against the schema of its version, and what they ask for by promtool. */

/** How each service's first row is called. A service without one has no place where people look at it. */
const rows: Readonly<Record<ServiceName, string>> = {
  minio: "MinIO",
  postgresql: "PostgreSQL",
  kafka: "Kafka",
  "schema-registry": "Schema Registry",
  nessie: "Nessie",
  trino: "Trino",
  spark: "Spark",
  flink: "Flink",
  clickhouse: "ClickHouse",
  dbt: "dbt",
  "great-expectations": "Great Expectations",
  mlflow: "MLflow",
  jupyterlab: "JupyterLab",
  jupyterhub: "JupyterHub",
  superset: "Superset",
  airflow: "Airflow",
  "kafka-connect": "Kafka Connect",
  "kafka-ui": "Kafka-UI",
  prometheus: "Prometheus",
  alertmanager: "Alertmanager",
  loki: "Loki",
  alloy: "Alloy",
  grafana: "Grafana",
  redis: "Redis",
  keycloak: "Keycloak",
};

/** What no namespace tells apart: Routes, alerts on what is missing, and what Prometheus knows of itself. */
const withoutNamespace = /^(probe_\w+|ALERTS|up|scrape_\w+)$/;

for (const [i, stack] of (["ha, with changes of tables", "standalone"] as const).entries()) {
  describe(`dashboards of stack ${stack}`, function () {
    // promtool is built at the first time on a machine.
    this.timeout(1_200_000);
    let manifests: readonly Manifest[];
    let dashboards: ReadonlyMap<string, DashboardModel>;
    before(async () => {
      manifests = (await everything())[i]?.manifests as readonly Manifest[];
      dashboards = dashboardsIn(manifests as Parameters<typeof dashboardsIn>[0]);
    });
    const all = () => [...dashboards.values()];
    const panelsOf = () =>
      all().flatMap(({ uid, panels }) =>
        panels.filter(({ type }) => type !== "row").map((panel) => ({ uid, panel, name: `${uid}: ${panel.title}` })),
      );

    it("are an overview and one for each layer, in files and under uids of the same names", () => {
      const layers = [...new Set(serviceNames.map((service) => catalogue[service].layer))];
      assert.deepEqual(
        [...dashboards.keys()].sort(),
        ["overview", "logs", ...layers].map((name) => `dp-${name}.json`).sort(),
      );
      for (const [file, { uid }] of dashboards) assert.equal(`${uid}.json`, file);
    });

    it("have a row for every service in its layer's", () => {
      for (const service of serviceNames) {
        const { panels = [] } = dashboards.get(`dp-${catalogue[service].layer}.json`) ?? {};
        const at = panels.findIndex(({ type, title }) => type === "row" && title === rows[service]);
        assert.ok(at >= 0, `${service} has no row "${rows[service]}"`);
        assert.ok(panels[at + 1] && panels[at + 1]?.type !== "row", `${service} has a row without panels`);
      }
    });

    it("are dashboards by the schema of Grafana's version", () => {
      const problems = schemaProblems(all());
      assert.deepEqual(problems, []);
    });

    it("fit into ConfigMaps", () => {
      for (const { kind, metadata, data } of manifests as readonly (Manifest & { data?: object })[]) {
        if (kind !== "ConfigMap" || !metadata.name.startsWith("grafana-dashboards-")) continue;
        assert.ok(JSON.stringify(data).length < 2 ** 20, metadata.name);
      }
    });

    it("name data sources that Grafana is given, and each other", () => {
      const config = manifests.find(({ kind, metadata }) => kind === "ConfigMap" && metadata.name === "grafana-config");
      assert.ok(config);
      const { datasources } = yaml.parse(entriesOf(config)["datasources.yaml"] ?? "") as {
        readonly datasources: readonly { readonly uid: string; readonly type: string }[];
      };
      const known = datasources.map(({ uid, type }) => `${type}/${uid}`);
      for (const { panel, name } of panelsOf()) {
        assert.ok(known.includes(`${panel.datasource?.type}/${panel.datasource?.uid}`), name);
      }
      const text = JSON.stringify(all());
      const links = [...text.matchAll(/"url":"\/d\/([^?"]+)\?/g)].map(([, uid]) => uid ?? "");
      assert.ok(links.length > 0);
      const uids = all().map(({ uid }) => uid);
      for (const uid of links) assert.ok(uid === "dp-${__field.labels.layer}" || uids.includes(uid), uid);
    });

    it("tell of each panel what it shows, once in a row", () => {
      for (const { panel, name } of panelsOf()) {
        assert.ok((panel.description ?? "").length > 20, `${name} has no description`);
        assert.ok(panel.type === "logs" || panel.fieldConfig?.defaults.unit, `${name} has no unit`);
        assert.ok((panel.targets ?? []).length > 0, `${name} asks for nothing`);
      }
      for (const { uid, panels } of all()) {
        let row = "";
        const titles = panels.map(({ type, title }) => {
          if (type === "row") row = title;
          return `${row} / ${title}`;
        });
        assert.deepEqual(
          titles.filter((title, i) => titles.indexOf(title) < i),
          [],
          uid,
        );
      }
    });

    it("have panels that do not lie on each other, and lines that are filled", () => {
      for (const { uid, panels } of all()) {
        const cells = new Map<string, string>();
        for (const { title, gridPos } of panels) {
          for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
            for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
              const other = cells.get(`${x} ${y}`);
              assert.ok(!other, `${uid}: ${title} lies on ${other}`);
              cells.set(`${x} ${y}`, title);
            }
          }
        }
        const bottom = Math.max(...panels.map(({ gridPos }) => gridPos.y + gridPos.h));
        assert.equal(cells.size, 24 * bottom, `${uid} has gaps`);
        assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length, uid);
      }
    });

    it("ask only for what people have chosen, by variables that there are", async () => {
      for (const { uid, templating, panels } of all()) {
        const variables = templating.list.map(({ name }) => name);
        for (const { expr, panel, source } of queriesOf([{ uid, panels } as unknown as DashboardModel])) {
          for (const [, name = ""] of expr.matchAll(/\$([a-z]\w*)/g))
            assert.ok(variables.includes(name), `${panel}: $${name}`);
          if (source !== "prometheus") continue;
          for (const [selector, metric = ""] of expr.matchAll(/([a-zA-Z_:]\w*)\{[^}]*\}/g)) {
            assert.ok(selector.includes('cluster=~"$cluster"'), `${uid}, ${panel}: ${selector}`);
            if (!withoutNamespace.test(metric))
              // Notebooks have a namespace that is not among those to choose: nothing is scraped there.
              assert.match(selector, /namespace=~"(\$namespace|\.\+-notebooks)"/, `${uid}, ${panel}`);
          }
          const selected = [...expr.matchAll(/([a-zA-Z_:]\w*)\{/g)].map(([, name]) => name);
          assert.deepEqual([...(await namesIn(filledIn(expr)))].sort(), selected.sort(), `${panel}: ${expr}`);
        }
      }
    });

    it("ask Loki in LogQL, for lines of what people have chosen", () => {
      const asked = queriesOf(all()).filter(({ source }) => source === "loki");
      assert.ok(asked.length > 0);
      for (const { dashboard, panel, expr } of asked) {
        assert.deepEqual(mistakesIn(filledIn(expr)), [], `${dashboard}, ${panel}: ${expr}`);
        assert.ok(expr.includes('{cluster=~"$cluster", namespace=~"$namespace"'), `${dashboard}, ${panel}: ${expr}`);
      }
    });

    it("ask in PromQL, by promtool", async () => {
      const promtool = await tool("prometheus", "promtool");
      const asked = queriesOf(all()).filter(({ source }) => source === "prometheus");
      const variables = all().flatMap(({ uid, templating }) =>
        templating.list.map(({ name, query }) => ({
          dashboard: uid,
          panel: `variable ${name}`,
          expr: /^label_values\((.*), \w+\)$/.exec(query.query)?.[1] ?? "",
        })),
      );
      const folder = fs.mkdtempSync(path.join(os.tmpdir(), "dashboards-"));
      try {
        const rules = [...asked, ...variables].map(({ dashboard, panel, expr }) => ({
          record: "dashboard:panel",
          expr: filledIn(expr),
          labels: { dashboard, panel, expr },
        }));
        assert.ok(rules.length > 100);
        const file = path.join(folder, "rules.yaml");
        fs.writeFileSync(file, yaml.stringify({ groups: [{ name: "dashboards", rules }] }));
        await output(promtool, ["check", "rules", file]);
      } finally {
        fs.rmSync(folder, { recursive: true });
      }
    });
  });
}

describe("the schema of dashboards", () => {
  const panel = {
    id: 1,
    type: "stat",
    title: "A",
    gridPos: { x: 0, y: 0, w: 24, h: 4 },
    options: { colorMode: "value" },
    targets: [{ refId: "A", expr: "up" }],
  };
  const fields = (defaults: object) => ({ fieldConfig: { defaults, overrides: [] } });
  const cases: Readonly<Record<string, readonly [panel: object, dashboard?: object]>> = {
    right: [panel],
    "a field of the dashboard": [panel, { colour: "red" }],
    "a value of the dashboard": [panel, { graphTooltip: 7 }],
    "another version": [panel, { schemaVersion: 41 }],
    "a field of a panel": [{ ...panel, tytle: "A" }],
    "an option of a panel": [{ ...panel, options: { colourMode: "value" } }],
    "a value of an option": [{ ...panel, options: { colorMode: "bright" } }],
    "a field's setting": [{ ...panel, ...fields({ units: "s" }) }],
    "a field's setting of a plugin": [
      { ...panel, type: "timeseries", options: {}, ...fields({ custom: { width: 1 } }) },
    ],
    "a query": [{ ...panel, targets: [{ refId: "A", expression: "up" }] }],
  };
  const dashboard = ([uid, [of, more]]: readonly [string, readonly [panel: object, dashboard?: object]]) =>
    ({ uid, schemaVersion: 42, panels: [of], ...more }) as unknown as DashboardModel;

  it("takes what is right, and refuses unknown fields, values and versions wherever they are", () => {
    const problems = schemaProblems(Object.entries(cases).map(dashboard));
    const refused = Object.keys(cases).filter((uid) =>
      problems.some((problem) => problem.startsWith(`${uid}: `) || problem.startsWith(`${uid} `)),
    );
    assert.deepEqual(
      refused,
      Object.keys(cases).filter((uid) => uid !== "right"),
    );
  });

  it("refuses kinds of panels whose options it does not know", () => {
    const [problem] = schemaProblems([dashboard(["a", [{ ...panel, type: "graph" }]])]);
    assert.equal(problem, "a: A: panels of type graph are not known here");
  });
});
