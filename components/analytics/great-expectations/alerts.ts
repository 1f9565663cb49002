import type { Alert } from "../../core/alerts";
import { staleRuns } from "../../core/project-monitoring";
import { figures } from "./panels";

/**
 * What runs tell of themselves; each line of the figures is one of a project's last run. Bad rows of the demonstration are put
 * there on purpose: nobody is told of them.
 */
export const alerts: readonly Alert[] = [
  {
    name: "DataNotAsExpected",
    expr: 'max by (project, checkpoint) (gx_expectations{job="great-expectations", project!="demo", result="failed"}) > 0',
    severity: "warning",
    summary:
      "{{ $value }} expectations of checkpoint {{ $labels.checkpoint }} in project {{ $labels.project }} are not met",
    cause: "Rows came in that are not what the project expects, or what it expects is out of date.",
    check:
      "`SELECT * FROM iceberg.data_quality.results WHERE project = '{{ $labels.project }}' AND result = 'failed' ORDER BY run_at DESC` in Trino; the page of the run in Data Docs (docs/DATA_QUALITY.md).",
    cure: "Mend the rows where they come from, or the expectation, then `kubectl create job --from=cronjob/great-expectations-{{ $labels.project }} validate-by-hand`.",
  },
  {
    name: "ValidationBroken",
    expr: 'max by (project) (gx_run_broken{job="great-expectations", project!="demo"}) == 1',
    severity: "warning",
    summary: "The last run of validation project {{ $labels.project }} could not check everything",
    cause:
      "Trino did not answer, a table or a column is gone, the project is not what Great Expectations can read, or the results could not be stored.",
    check:
      "The log of the last Job of CronJob `great-expectations-{{ $labels.project }}`: lines of level `error`; column `error` of `iceberg.data_quality.results`.",
    cure: "Mend the project or what it could not reach, then `kubectl create job --from=cronjob/great-expectations-{{ $labels.project }} validate-by-hand`.",
  },
  staleRuns(figures, {
    name: "ValidationStale",
    summary: "Validation project {{ $labels.project }} has not passed for {{ $value | humanizeDuration }}",
    namespace: "analytics",
  }),
];
