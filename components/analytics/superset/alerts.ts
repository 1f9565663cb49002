import type { Alert } from "../../core/alerts";

export const alerts: readonly Alert[] = [
  {
    name: "SupersetErrors",
    expr: 'sum(rate(superset_http_requests_total{job="superset", status=~"5.."}[5m])) / sum(rate(superset_http_requests_total{job="superset"}[5m])) > 0.05',
    for: "10m",
    severity: "warning",
    summary: "More than one in twenty of Superset's answers is an error of its own",
    cause: "PostgreSQL or Keycloak is away, or a web server has too little memory.",
    check:
      "The log of the pods `superset-web-*` names the request and the error. Charts that fail on their database are not counted here: the API answers those with 4xx.",
    cure: "Mend the service that the log names; Superset keeps nothing itself and connects again.",
  },
  {
    name: "SupersetSlow",
    expr: 'histogram_quantile(0.95, sum by (le) (rate(superset_http_request_seconds_bucket{job="superset"}[10m]))) > 30',
    for: "15m",
    severity: "warning",
    summary: "One in twenty of Superset's answers takes longer than 30 s",
    cause: "Queries of charts are slow, or all threads of the web servers wait for some.",
    check:
      "SQL Lab, Query History: what runs, how long, for whom. The dashboard of the data layer shows whether Trino queues.",
    cure: "Run long queries in SQL Lab asynchronously; make the table smaller or the chart's time range; raise `superset-web` or the engine in `datalyptica:sizes`.",
  },
  {
    name: "SupersetScheduleStands",
    expr: 'sum(increase(superset_schedule_ticks_total{job="superset"}[10m])) < 1 or absent(superset_schedule_ticks_total{job="superset"})',
    for: "10m",
    severity: "critical",
    summary: "No worker of Superset has done what beat sends each minute for more than ten minutes",
    cause: "Beat is gone, no worker is there, or neither reaches Redis.",
    check:
      "`kubectl get pods` of `superset-beat` and `superset-worker`; their logs name Redis when it cannot be reached.",
    cure: "Mend Redis first. Then beat and workers connect by themselves; delete the pod that does not.",
    labels: { service: "superset", layer: "analytics" },
  },
  {
    name: "SupersetTasksWait",
    expr: 'histogram_quantile(0.9, sum by (le) (rate(superset_task_waited_seconds_bucket{job="superset"}[10m]))) > 30',
    for: "10m",
    severity: "warning",
    summary: "Superset's tasks wait longer than 30 s for a worker",
    cause: "All processes of the workers are busy with queries that take long.",
    check: 'SQL Lab, Query History shows the queries that run; panel "Tasks" how many end.',
    cure: "Stop queries that nobody waits for. Raise `replicas` or `memory` of `superset-worker` in `datalyptica:sizes`: a worker runs as many at once as fit its memory.",
  },
  {
    name: "SupersetTasksFail",
    expr: 'sum(increase(superset_tasks_total{job="superset", state="failure"}[30m])) > 3',
    severity: "warning",
    summary: "{{ $value | humanize }} of Superset's tasks failed within half an hour",
    cause: "The program failed, not somebody's query: a query that its database refuses is a task that ended well.",
    check: "The log of the pods `superset-worker-*` has the stack trace.",
    cure: "Mend what it names: memory, PostgreSQL, Redis.",
  },
  {
    name: "SupersetResultsLost",
    // The counter comes into being with the first loss, which is no increase.
    expr: 'sum(increase(superset_results_lost_total{job="superset"}[15m])) > 0 or count(superset_results_lost_total{job="superset"} unless superset_results_lost_total{job="superset"} offset 15m) > 0',
    severity: "warning",
    summary: "Results of queries in SQL Lab could not be kept",
    cause: "Redis is away, or has no memory for them.",
    check: "The dashboard of the infrastructure layer: memory of Redis, and who is master.",
    cure: "Mend Redis, or raise its `memory`; people run their query again, with a lower limit of rows.",
  },
];
