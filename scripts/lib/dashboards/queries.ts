/** What the dashboards ask for, read back from them. */

interface Target {
  readonly expr: string;
}

export interface PanelModel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: { readonly type: string; readonly uid: string };
  readonly targets?: readonly Target[];
  readonly fieldConfig?: { readonly defaults: { readonly noValue?: string; readonly unit?: string } };
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly [field: string]: unknown;
}

export interface DashboardModel {
  readonly uid: string;
  readonly title: string;
  readonly schemaVersion: number;
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly query: { readonly query: string } }[];
  };
  readonly panels: readonly PanelModel[];
  readonly [field: string]: unknown;
}

interface ConfigMap {
  readonly kind?: string;
  readonly metadata: { readonly name: string };
  readonly data?: Readonly<Record<string, string>>;
}

const configMaps = "grafana-dashboards-";

/** The dashboards in a stack's ConfigMaps, by file name. */
export function dashboardsIn(objects: readonly ConfigMap[]): ReadonlyMap<string, DashboardModel> {
  const files = objects
    .filter(({ kind = "ConfigMap", metadata }) => kind === "ConfigMap" && metadata.name.startsWith(configMaps))
    .flatMap(({ data = {} }) => Object.entries(data));
  return new Map(files.map(([name, text]) => [name, JSON.parse(text) as DashboardModel]));
}

/** One query of one panel. */
export interface PanelQuery {
  readonly dashboard: string;
  readonly panel: string;
  /** uid of the data source. */
  readonly source: string;
  readonly expr: string;
  /** What it means that it has no answer; absent where it must have one. */
  readonly empty: string | undefined;
}

export const queriesOf = (dashboards: Iterable<DashboardModel>): readonly PanelQuery[] =>
  [...dashboards].flatMap(({ uid, panels }) =>
    panels.flatMap(({ title, datasource, targets = [], fieldConfig }) =>
      targets.map(({ expr }) => ({
        dashboard: uid,
        panel: title,
        source: datasource?.uid ?? "",
        expr,
        empty: fieldConfig?.defaults.noValue,
      })),
    ),
  );

const values: Readonly<Record<string, string>> = {
  cluster: ".*",
  namespace: ".*",
  pod: ".*",
  __rate_interval: "5m",
  __auto: "1m",
};

/** A query as Grafana sends it when nothing is chosen: variables are filled in. Others than ours stay as they are. */
export const filledIn = (expr: string): string =>
  expr.replace(/\$(\w+)/g, (text, name: string) => values[name] ?? text);
