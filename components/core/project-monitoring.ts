import type { Alert } from "./alerts";
import type { ServiceName } from "./catalogue";
import { metricsOf, type Panel, type Stat } from "./panels";

/** What dashboards and alerts say of projects' runs, by the figures that each run publishes. */
export interface RunFigures {
  readonly service: ServiceName;
  /** With which the figures' names begin. */
  readonly product: string;
  /** Labels that tell runs apart, the project first. */
  readonly labels: readonly string[];
  /** How a run is called in a legend. */
  readonly called: string;
}

const none = "no run yet";

/** How the last runs ended, how long ago one succeeded, how long they took; the first is for the overview as well. */
export function runPanels(
  { service, product, labels, called }: RunFigures,
  about: { readonly results: string; readonly success: string },
) {
  // The site tells of all runs: its figures have no pod.
  const metric = metricsOf(service, ["cluster", "namespace"]);
  const by = labels.join(", ");
  const last = (name: string) => `max by (${by}) (${metric(`${product}_${name}`)})`;
  const results: Stat = {
    kind: "stat",
    title: "Last runs",
    about: about.results,
    texts: { 0: "failed", 1: "succeeded" },
    steps: ["red", [1, "green"]],
    empty: none,
    series: { [called]: `min by (${by}) (${metric(`${product}_run_success`)})` },
  };
  const panels: readonly Panel[] = [
    results,
    {
      kind: "stat",
      title: "Since the last success",
      about: about.success,
      unit: "s",
      steps: ["text"],
      empty: none,
      series: { "{{project}}": `time() - ${last("last_success_timestamp_seconds")}` },
    },
    {
      kind: "chart",
      title: "Duration",
      about: "How long the last run of each project took.",
      unit: "s",
      empty: none,
      series: { "{{project}}": last("run_duration_seconds") },
    },
  ];
  return { results, panels, metric, by, none };
}

/** A project with a schedule of which no run has succeeded for too long. */
export function staleRuns(
  { service, product, labels }: RunFigures,
  alert: Pick<Alert, "name" | "summary"> & { readonly namespace: string },
): Alert {
  const { namespace, ...named } = alert;
  const last = (name: string) => `max by (${labels.join(", ")}) (${product}_${name}{job="${service}"})`;
  return {
    ...named,
    expr: `time() - ${last("last_success_timestamp_seconds")} > ${last("stale_after_seconds")}`,
    for: "15m",
    severity: "warning",
    cause: "Its runs fail, do not start, or do not end.",
    check: `\`kubectl get cronjob,job\` in the ${namespace} namespace; the log of the last Job.`,
    cure: "Mend what the log says. Where the schedule is wider than a day, raise `staleAfterHours` of the project.",
  };
}
