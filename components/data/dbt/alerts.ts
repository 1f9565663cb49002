import type { Alert } from "../../core/alerts";
import { staleRuns } from "../../core/project-monitoring";
import { figures } from "./panels";

/** What runs tell of themselves; each line of the figures is one of a project's last run. */
export const alerts: readonly Alert[] = [
  {
    name: "DbtRunFailed",
    expr: 'min by (project, target) (dbt_run_success{job="dbt"}) == 0',
    severity: "warning",
    summary: "The last run of dbt's project {{ $labels.project }} failed on {{ $labels.target }}",
    cause: "A model, a test or the documentation failed; what depends on it was skipped.",
    check:
      "The log of the last Job of CronJob `dbt-{{ $labels.project }}`; `run_results.json` below `artifacts/{{ $labels.project }}/` in bucket `dbt`.",
    cure: "Mend the model or the data, then `kubectl create job --from=cronjob/dbt-{{ $labels.project }} dbt-by-hand`.",
  },
  staleRuns(figures, {
    name: "DbtProjectStale",
    summary: "dbt's project {{ $labels.project }} has not been built for {{ $value | humanizeDuration }}",
    namespace: "data",
  }),
];
