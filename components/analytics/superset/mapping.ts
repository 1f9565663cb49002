/** How figures by StatsD become metrics: names with parts in them become names with labels. What is not here is not kept. */

/** Seconds; gunicorn's and Superset's timers come in milliseconds, which the exporter divides. */
const buckets = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];
const histogram = { observer_type: "histogram", histogram_options: { buckets } } as const;

export const statsdMapping = {
  defaults: { match_type: "glob", ttl: "0s" },
  mappings: [
    {
      match: "superset.gunicorn.request.status.*",
      match_metric_type: "counter",
      name: "superset_http_requests_total",
      labels: { status: "$1" },
    },
    { match: "superset.gunicorn.request.duration", name: "superset_http_request_seconds", ...histogram },
    // Of Superset's API: how calls ended, by who was to blame.
    {
      match: String.raw`superset\.(\w+RestApi)\.(\w+)\.(success|warning|error)`,
      match_type: "regex",
      match_metric_type: "counter",
      name: "superset_api_calls_total",
      labels: { api: "$1", call: "$2", outcome: "$3" },
    },
    { match: "superset.sqllab.query.time_executing_query", name: "superset_sqllab_query_seconds", ...histogram },
    { match: "superset.sqllab.results_backend.write_failure", name: "superset_results_lost_total" },
    { match: "superset.reports.scheduler", name: "superset_schedule_ticks_total" },
    { match: "superset.task.waited", name: "superset_task_waited_seconds", ...histogram },
    { match: "superset.task.ended.*", name: "superset_tasks_total", labels: { state: "$1" } },
    { match: ".", match_type: "regex", action: "drop", name: "dropped" },
  ],
} as const;
