import type { ServicePanels } from "../../core/panels";
import { type RunFigures, runPanels } from "../../core/project-monitoring";

export const figures: RunFigures = {
  service: "great-expectations",
  product: "gx",
  labels: ["project"],
  called: "{{project}}",
};

const runs = runPanels(figures, {
  results:
    "How the last run of each project ended. `DataNotAsExpected` fires where rows are bad, `ValidationBroken` where they could not be looked at.",
  success: "Time since everything was as each project expects.",
});

export const panels: ServicePanels = {
  rows: [
    {
      title: "Great Expectations",
      panels: [
        ...runs.panels,
        {
          kind: "table",
          title: "Expectations of the last runs",
          about: "How many of each checkpoint passed, failed, or could not be checked (error).",
          columns: { project: "Project", checkpoint: "Checkpoint", result: "Ended" },
          empty: runs.none,
          series: { Number: `max by (${runs.by}, checkpoint, result) (${runs.metric("gx_expectations")})` },
        },
      ],
    },
  ],
  overview: { work: [{ ...runs.results, title: "Great Expectations: last runs" }] },
};
