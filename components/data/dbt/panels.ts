import type { ServicePanels } from "../../core/panels";
import { type RunFigures, runPanels } from "../../core/project-monitoring";

export const figures: RunFigures = {
  service: "dbt",
  product: "dbt",
  labels: ["project", "target"],
  called: "{{project}} on {{target}}",
};

const runs = runPanels(figures, {
  results: "How the last run of each project ended. `DbtRunFailed` fires for one that failed.",
  success: "Time since each project was last built and tested without a fault.",
});

export const panels: ServicePanels = {
  rows: [
    {
      title: "dbt",
      panels: [
        ...runs.panels,
        {
          kind: "table",
          title: "Models and tests of the last runs",
          about: "How many of each kind ended in which way. What depends on a model that failed is skipped.",
          columns: { project: "Project", target: "Target", resource: "Kind", status: "Ended" },
          empty: runs.none,
          series: { Number: `max by (${runs.by}, resource, status) (${runs.metric("dbt_nodes")})` },
        },
      ],
    },
  ],
  overview: { work: [{ ...runs.results, title: "dbt: last runs" }] },
};
