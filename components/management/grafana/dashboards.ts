import { compactJson } from "../../core/formats";
import type { MetricsJob } from "../../core/metrics";
import type { Layer } from "../../core/names";
import { overviewRows, type Panels, type Row } from "../../core/panels";
import { place } from "./layout";
import { panelModel, source } from "./panel-model";

/** Dashboards of what the services declare: one for each layer, and the overview of them all. */

/** By it, dashboards show links to each other. */
const tag = "datalyptica";

/** Everybody begins here. */
export const overviewFile = "dp-overview.json";

/** What dashboards are made of. */
export interface Shown {
  readonly panels: Panels;
  readonly jobs: readonly MetricsJob[];
}

/** File name -> dashboard. */
type Files = Record<string, string>;

export function overview(shown: Shown): Files {
  const rows = Object.entries(overviewRows).map(([row, title]) => ({
    title,
    panels: shown.panels.all().flatMap(([, { overview }]) => overview?.[row as keyof typeof overviewRows] ?? []),
  }));
  return file(shown, "overview", "Overview", rows);
}

/** A layer's, and those that its services have of their own. */
export function ofLayer(shown: Shown, layer: Layer): Files {
  const everywhere = shown.panels.all().flatMap(([, panels]) => panels.everywhere ?? []);
  const services = shown.panels.ofLayer(layer);
  const title = `${layer[0]?.toUpperCase()}${layer.slice(1)}`;
  return {
    ...file(shown, layer, title, [...services.flatMap(({ rows }) => rows), ...everywhere], layer),
    ...Object.assign({}, ...services.flatMap(({ own }) => (own ? [file(shown, own.name, own.title, own.rows)] : []))),
  };
}

/** @param layer whose namespaces and pods there are to choose from; default all */
function file(shown: Shown, name: string, title: string, rows: readonly Row[], layer?: Layer): Files {
  const up = (...matchers: readonly string[]) =>
    `up{${[...(layer ? [`layer="${layer}"`] : []), ...matchers].join(", ")}}`;
  return {
    [`dp-${name}.json`]: compactJson({
      uid: `dp-${name}`,
      title,
      tags: [tag],
      schemaVersion: 42,
      editable: false,
      graphTooltip: 1,
      time: { from: "now-3h", to: "now" },
      refresh: "1m",
      links: [
        {
          type: "dashboards",
          title: "",
          tags: [tag],
          keepTime: true,
          includeVars: false,
          asDropdown: false,
          targetBlank: false,
          icon: "dashboard",
          tooltip: "",
        },
      ],
      templating: {
        list: [
          // A Prometheus that is asked directly knows no cluster, and some series have no pod: all of them is then anything.
          variable("cluster", up(), { allValue: ".*" }),
          // All of a layer are its own namespaces and not anything: Kubernetes' objects have no layer.
          variable("namespace", up('cluster=~"$cluster"')),
          variable("pod", up('cluster=~"$cluster"', 'namespace=~"$namespace"'), { allValue: ".*" }),
        ],
      },
      panels: models(shown, rows),
    }),
  };
}

const variable = (name: string, series: string, all: { readonly allValue?: string } = {}) => ({
  type: "query",
  name,
  label: `${name[0]?.toUpperCase()}${name.slice(1)}`,
  datasource: source("prometheus"),
  query: { refId: name, query: `label_values(${series}, ${name})` },
  refresh: 2,
  sort: 1,
  multi: true,
  includeAll: true,
  ...all,
  current: { text: ["All"], value: ["$__all"] },
});

/** Rows with their panels under them, numbered. A row without panels is none. */
function models({ jobs }: Shown, rows: readonly Row[]): readonly object[] {
  const made: object[] = [];
  let top = 0;
  for (const { title, panels } of rows.filter((row) => row.panels.length > 0)) {
    const { places, bottom } = place(panels, top + 1);
    made.push({
      id: made.length + 1,
      type: "row",
      title,
      collapsed: false,
      panels: [],
      gridPos: { x: 0, y: top, w: 24, h: 1 },
    });
    panels.forEach((panel, i) => {
      const at = places[i];
      if (at) made.push(panelModel(panel, made.length + 1, at, interval(jobs, Object.values(panel.series))));
    });
    top = bottom;
  }
  return made;
}

/** Seconds between two scrapes of the jobs that expressions name: rates must look back over several. */
const interval = (jobs: readonly MetricsJob[], expressions: readonly string[]): number =>
  Math.max(
    30,
    ...jobs
      .filter(({ name }) => expressions.some((expr) => expr.includes(`job="${name}"`)))
      .map(({ spec }) => spec.interval ?? 30),
  );
