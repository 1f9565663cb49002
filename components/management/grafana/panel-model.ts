import type { Bars, Chart, Panel, Stat, Steps, Table } from "../../core/panels";
import type { Place } from "./layout";

/** Panels in Grafana's own format, the dashboard schema of its version 12.4. What is not said here is Grafana's default. */

/** Data sources by their uids, which are fixed: dashboards name them. */
export const sourceTypes = { prometheus: "prometheus", alertmanager: "alertmanager", loki: "loki" } as const;
export type SourceName = keyof typeof sourceTypes;
export const source = (uid: SourceName) => ({ type: sourceTypes[uid], uid });

/** @param interval seconds between two scrapes of what the panel shows */
export function panelModel(panel: Panel, id: number, gridPos: Place, interval: number) {
  const datasource = source(panel.source ?? "prometheus");
  const { title, about: description } = panel;
  const { type, ...shape } = shapes[panel.kind](panel as never);
  return {
    id,
    type,
    title,
    description,
    gridPos,
    datasource,
    ...(panel.link && !panel.link.includes("$") ? { links: [dashboardLink(panel.link)] } : {}),
    targets: Object.entries(panel.series).map(([legend, expr], i) => ({
      refId: String.fromCharCode(65 + i),
      expr,
      ...(interval === 30 ? {} : { interval: `${interval}s` }),
      ...query(panel, legend),
    })),
    ...shape,
  };
}

/** A chart asks for a range, everything else for now; a stat for a range too, for the line behind its value. */
function query({ kind }: Panel, legend: string) {
  if (kind === "logs") return {};
  if (kind === "table") return { instant: true, range: false, format: "table" };
  const range = kind !== "bars";
  return { legendFormat: legend, instant: !range, range, format: "time_series" };
}

const shapes = { stat, chart, bars, table, logs } satisfies Record<Panel["kind"], unknown>;

const latest = { calcs: ["lastNotNull"], fields: "", values: false };

const fields = ({ unit = "short", steps, empty, link }: Panel) => ({
  unit,
  ...(steps ? { thresholds: thresholds(steps) } : {}),
  ...(empty ? { noValue: empty } : {}),
  ...(link ? { links: [{ title: "Open", url: dashboardUrl(link) }] } : {}),
});

/** Grafana has no lower end for the first colour. */
const thresholds = ([base, ...further]: Steps) => ({
  mode: "absolute",
  steps: [{ color: base, value: null }, ...further.map(([value, color]) => ({ color, value }))],
});

function stat(panel: Stat) {
  const texts = Object.entries(panel.texts ?? {}).map(([value, text], index) => [value, { text, index }] as const);
  return {
    type: "stat",
    fieldConfig: {
      defaults: {
        ...fields(panel),
        color: { mode: "thresholds" },
        ...(texts.length > 0 ? { mappings: [{ type: "value", options: Object.fromEntries(texts) }] } : {}),
      },
      overrides: [],
    },
    options: {
      reduceOptions: latest,
      // What is a state fills its tile; what is a figure has its course behind it.
      colorMode: panel.texts ? "background" : "value",
      graphMode: panel.texts ? "none" : "area",
      textMode: panel.whole || legends(panel).some((legend) => legend.includes("{{")) ? "value_and_name" : "value",
      justifyMode: "center",
      wideLayout: false,
    },
  };
}

const legends = ({ series }: Panel): readonly string[] => Object.keys(series);

function chart(panel: Chart) {
  return {
    type: "timeseries",
    fieldConfig: {
      defaults: {
        ...fields(panel),
        min: 0,
        ...(panel.max === undefined ? {} : { max: panel.max }),
        color: { mode: "palette-classic" },
        custom: {
          drawStyle: "line",
          lineWidth: 1,
          fillOpacity: panel.stacked ? 30 : 10,
          showPoints: "never",
          stacking: { mode: panel.stacked ? "normal" : "none", group: "A" },
          thresholdsStyle: { mode: panel.steps ? "dashed" : "off" },
        },
      },
      overrides: [],
    },
    options: {
      legend: { showLegend: true, displayMode: "table", placement: "bottom", calcs: ["lastNotNull", "max"] },
      tooltip: { mode: "multi", sort: "desc" },
    },
  };
}

function bars(panel: Bars) {
  return {
    type: "bargauge",
    fieldConfig: {
      defaults: { ...fields(panel), min: 0, max: panel.max, color: { mode: "thresholds" } },
      overrides: [],
    },
    options: {
      reduceOptions: latest,
      orientation: "horizontal",
      displayMode: "basic",
      showUnfilled: true,
      valueMode: "color",
    },
  };
}

/** Columns of the panel in their order, then the values. A value without a header is not shown: the labels say all. */
function table(panel: Table) {
  const labels = Object.entries(panel.columns);
  const headers = legends(panel);
  const values = headers.map((header, i) => [valueField(i, headers.length), header] as const);
  const shown = [...labels, ...values].filter(([, header]) => header !== "");
  return {
    type: "table",
    fieldConfig: { defaults: { ...fields(panel), custom: { align: "auto", filterable: true } }, overrides: [] },
    options: { showHeader: true, cellHeight: "sm" },
    transformations: [
      ...(headers.length > 1 ? [{ id: "merge", options: {} }] : []),
      { id: "filterFieldsByName", options: { include: { names: shown.map(([field]) => field) } } },
      {
        id: "organize",
        options: {
          indexByName: Object.fromEntries(shown.map(([field], i) => [field, i])),
          renameByName: Object.fromEntries(shown),
        },
      },
    ],
  };
}

/** How Grafana names a query's values in a table: by its letter, where there are several. */
const valueField = (i: number, of: number): string => (of > 1 ? `Value #${String.fromCharCode(65 + i)}` : "Value");

function logs() {
  return {
    type: "logs",
    options: { showTime: true, wrapLogMessage: true, enableLogDetails: true, sortOrder: "Descending" },
  };
}

/** Time range and variables go along. */
const dashboardUrl = (uid: string): string => `/d/${uid}?\${__url_time_range}`;

const dashboardLink = (uid: string) => ({
  type: "link",
  title: "Open",
  url: dashboardUrl(uid),
  icon: "external link",
  tooltip: "",
  tags: [],
  asDropdown: false,
  includeVars: false,
  keepTime: false,
  targetBlank: false,
});
