import { catalogue, type ServiceName, serviceNames } from "./catalogue";
import type { Layer } from "./names";

/**
 * What dashboards show of a service, declared beside it. Grafana makes its dashboards of what the chosen services declare;
 * its own format is not here.
 */

/** Units, by Grafana's names. */
export type Unit =
  | "short" // a count
  | "percentunit" // a share, 0 to 1
  | "bytes" // binary
  | "Bps" // bytes a second
  | "s"
  | "ms"
  | "reqps" // requests a second
  | "ops" // operations a second
  | "dateTimeFromNow"; // milliseconds since 1970, as "3 hours ago"

export type Color = "green" | "yellow" | "orange" | "red" | "blue" | "text";

/** The colour of small values, then from which value on it is another. */
export type Steps = readonly [Color, ...(readonly [number, Color])[]];

interface Common {
  readonly title: string;
  /** What it shows, and what to make of it: behind the panel's "i". */
  readonly about: string;
  /**
   * What a series is called -> PromQL (LogQL with source `loki`). Names may have labels as `{{pod}}`, in a table they are the
   * headers of the values. Expressions may have `$cluster`, `$namespace`, `$pod` and `$__rate_interval` (LogQL
   * `$__auto`); see `metricsOf`.
   */
  readonly series: Readonly<Record<string, string>>;
  /** Default `short`. */
  readonly unit?: Unit;
  readonly steps?: Steps;
  /**
   * What it means that there is nothing to show, for what is not there all the time. It stands where the value would be.
   * Without it, something is always shown: `scripts/panels.ts` sees to that.
   */
  readonly empty?: string;
  /** Where the series are; default Prometheus. */
  readonly source?: "loki";
  /** Dashboard that a click leads to, by its uid; may have a label of the series as `${__field.labels.layer}`. */
  readonly link?: string;
  /** Takes the whole width. */
  readonly whole?: true;
}

/** How things are now, one tile a series. */
export interface Stat extends Common {
  readonly kind: "stat";
  /** Words for values. */
  readonly texts?: Readonly<Record<number, string>>;
}

/** Over time. `steps` are lines across it. */
export interface Chart extends Common {
  readonly kind: "chart";
  /** Series on top of each other, where they are parts of a whole. */
  readonly stacked?: true;
  /** The upper end of the axis, where it is known. */
  readonly max?: number;
}

/** Values of now beside each other, as bars. */
export interface Bars extends Common {
  readonly kind: "bars";
  /** Where a bar is full. */
  readonly max: number;
}

/** Values of now, a line for each set of labels. */
export interface Table extends Common {
  readonly kind: "table";
  /** Label -> header, from left to right; other labels are not shown. */
  readonly columns: Readonly<Record<string, string>>;
}

/** Lines of logs. */
export interface Logs extends Common {
  readonly kind: "logs";
  readonly source: "loki";
}

export type Panel = Stat | Chart | Bars | Table | Logs;

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** Rows of the overview, from top to bottom. */
export const overviewRows = {
  health: "Health",
  work: "What the platform does",
  resources: "Resources",
  safety: "Backups and certificates",
  logs: "Logs",
} as const;

export interface ServicePanels {
  /** In the dashboard of the service's layer. */
  readonly rows: readonly Row[];
  /** In the overview of the platform. */
  readonly overview?: Readonly<Partial<Record<keyof typeof overviewRows, readonly Panel[]>>>;
  /** At the end of every layer's dashboard, of what tells of all services alike. */
  readonly everywhere?: readonly Row[];
  /** A dashboard of its own beside the layer's, with uid `dp-<name>`. */
  readonly own?: { readonly name: string; readonly title: string; readonly rows: readonly Row[] };
}

/** The record of all panels, by the service that declared them. */
export class Panels {
  private readonly recorded = new Map<ServiceName, ServicePanels>();

  add(service: ServiceName, panels: ServicePanels): void {
    this.recorded.set(service, panels);
  }

  /** In the catalogue's order, so that the order of wiring changes nothing. */
  all(): readonly (readonly [ServiceName, ServicePanels])[] {
    return serviceNames.flatMap((service) => {
      const panels = this.recorded.get(service);
      return panels ? [[service, panels] as const] : [];
    });
  }

  ofLayer(layer: Layer): readonly ServicePanels[] {
    return this.all().flatMap(([service, panels]) => (catalogue[service].layer === layer ? [panels] : []));
  }
}

/** What people choose at the top of a dashboard. */
export type Variable = "cluster" | "namespace" | "pod";

/**
 * Makes selectors of a job's metrics that follow what people have chosen.
 * @param job the scrape job; `undefined` where the label is another's, as in what OpenShift's monitoring gives
 * @param variables those that the metrics have as labels
 */
export const metricsOf =
  (job: string | undefined, variables: readonly Variable[] = ["cluster", "namespace", "pod"]) =>
  /** @param matchers further ones, as `topic!=""` */
  (metric: string, ...matchers: readonly string[]): string =>
    `${metric}{${[
      ...(job ? [`job="${job}"`] : []),
      ...variables.map((variable) => `${variable}=~"$${variable}"`),
      ...matchers,
    ].join(", ")}}`;

/** What kube-state-metrics tells of Kubernetes' objects other than pods. */
export const objects = metricsOf("kube-state-metrics", ["cluster", "namespace"]);

/** A p-quantile of a histogram over the last while, by labels. */
export const quantile = (p: number, buckets: string, by = ""): string =>
  `histogram_quantile(${p}, sum by (${["le", by].filter(Boolean).join(", ")}) (rate(${buckets}[$__rate_interval])))`;

/** Growth of a counter a second, by labels. */
export const rate = (counter: string, by = ""): string =>
  `sum${by ? ` by (${by})` : ""} (rate(${counter}[$__rate_interval]))`;

/** All is well at exactly this value. */
export const exactly = (value: number): Steps => ["red", [value, "green"], [value + 1, "red"]];
/** All is well from this value on. */
export const atLeast = (value: number): Steps => ["red", [value, "green"]];
/** All is well below. @param worse from where it is not only strange but wrong */
export const below = (value: number, worse?: number): Steps =>
  worse === undefined ? ["green", [value, "red"]] : ["green", [value, "orange"], [worse, "red"]];
