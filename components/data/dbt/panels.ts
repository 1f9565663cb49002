import { metricsOf, type Panel, type ServicePanels } from "../../core/panels";

/** The site tells of all runs: its figures have no pod. */
const dbt = metricsOf("dbt", ["cluster", "namespace"]);
const last = (metric: string) => `max by (project, target) (${dbt(metric)})`;
const none = "no run yet";

const results: Panel = {
  kind: "stat",
  title: "dbt: last runs",
  about: "How the last run of each project ended. `DbtRunFailed` fires for one that failed.",
  texts: { 0: "failed", 1: "succeeded" },
  steps: ["red", [1, "green"]],
  empty: none,
  series: { "{{project}} on {{target}}": `min by (project, target) (${dbt("dbt_run_success")})` },
};

export const panels: ServicePanels = {
  rows: [
    {
      title: "dbt",
      panels: [
        { ...results, title: "Last runs" },
        {
          kind: "stat",
          title: "Since the last success",
          about: "Time since each project was last built and tested without a fault.",
          unit: "s",
          steps: ["text"],
          empty: none,
          series: { "{{project}}": `time() - ${last("dbt_last_success_timestamp_seconds")}` },
        },
        {
          kind: "chart",
          title: "Duration",
          about: "How long the last run of each project took.",
          unit: "s",
          empty: none,
          series: { "{{project}}": last("dbt_run_duration_seconds") },
        },
        {
          kind: "table",
          title: "Models and tests of the last runs",
          about: "How many of each kind ended in which way. What depends on a model that failed is skipped.",
          columns: { project: "Project", target: "Target", resource: "Kind", status: "Ended" },
          empty: none,
          series: { Number: `max by (project, target, resource, status) (${dbt("dbt_nodes")})` },
        },
      ],
    },
  ],
  overview: { work: [results] },
};
