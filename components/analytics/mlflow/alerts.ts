import type { Alert } from "../../core/alerts";

const answers = (code: string) =>
  `sum(rate(haproxy_backend_http_responses_total{job="mlflow-door", proxy="mlflow"${code}}[5m]))`;

/** What HAProxy sees is all of it; MLflow itself does not count artifacts. */
export const alerts: readonly Alert[] = [
  {
    name: "MlflowErrors",
    expr: `${answers(', code="5xx"')} / ${answers("")} > 0.05`,
    for: "5m",
    severity: "critical",
    summary: "MLflow answers {{ $value | humanizePercentage }} of requests with an error of its own: trainings fail",
    cause: "PostgreSQL or MinIO is away or slow, or MLflow ends for lack of memory.",
    check: "The log of container `mlflow` of the pods `mlflow-*`, and the alerts of PostgreSQL and MinIO.",
    cure: "Mend what the log names; MLflow keeps nothing itself and goes on at once. More `memory` of mlflow in `datalyptica:sizes` makes more workers.",
  },
  {
    name: "MlflowSlow",
    expr: 'histogram_quantile(0.95, sum by (le) (rate(mlflow_http_request_duration_seconds_bucket{job="mlflow"}[5m]))) > 5',
    for: "10m",
    severity: "warning",
    summary: "One in twenty of MLflow's answers takes longer than {{ $value | humanizeDuration }}",
    cause: "Searches over very many runs or traces, more clients than workers, or a slow PostgreSQL.",
    check: "`pg_stat_activity` for user `mlflow`: how long do its queries take?",
    cure: "Narrower searches and metrics in batches (`log_metrics`); more `memory` of mlflow in `datalyptica:sizes`, from which its workers follow.",
  },
  {
    name: "MlflowRefusesRequests",
    from: "logs",
    expr: 'sum(count_over_time({app="mlflow", container="mlflow"} |~ "Rejected request with invalid Host header|Blocked cross-origin request" [5m])) > 10',
    for: "5m",
    severity: "warning",
    summary:
      "MLflow has refused {{ $value }} requests within five minutes for the host that they ask for, or the page they come from",
    cause: "A client uses another name than the Service's or the Route's, or a page elsewhere calls MLflow.",
    check: "The lines name the host or the origin; who asks is in the line of the request.",
    cure: "Give the client the address of its handle, `https://mlflow.<namespace>.svc.cluster.local:8443`. A page elsewhere is not to call MLflow.",
  },
];
