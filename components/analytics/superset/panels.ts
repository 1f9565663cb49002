import { below, metricsOf, type Panel, quantile, rate, type ServicePanels } from "../../core/panels";

const superset = metricsOf("superset");
const none = "nothing yet";

const requests: Panel = {
  kind: "chart",
  title: "Requests by status",
  about: "Requests a second by their HTTP status. `SupersetErrors` fires when more than one in twenty ends with 5xx.",
  unit: "reqps",
  stacked: true,
  series: { "{{status}}": rate(superset("superset_http_requests_total"), "status") },
};

export const panels: ServicePanels = {
  rows: [
    {
      title: "Superset",
      panels: [
        requests,
        {
          kind: "chart",
          title: "Slowest twentieth of requests",
          about: "95th percentile of what an answer takes. `SupersetSlow` fires above 30 s.",
          unit: "s",
          steps: below(30),
          series: { "95th percentile": quantile(0.95, superset("superset_http_request_seconds_bucket")) },
        },
        {
          kind: "chart",
          title: "Charts by outcome",
          about: "Data of charts a second. A warning is a query that its database refused.",
          unit: "ops",
          stacked: true,
          empty: none,
          series: {
            "{{outcome}}": rate(superset("superset_api_calls_total", 'api="ChartDataRestApi"'), "outcome"),
          },
        },
        {
          kind: "chart",
          title: "Queries of SQL Lab",
          about: "95th percentile of what a query takes in its database.",
          unit: "s",
          empty: none,
          series: { "95th percentile": quantile(0.95, superset("superset_sqllab_query_seconds_bucket")) },
        },
        {
          kind: "chart",
          title: "Tasks",
          about: "Tasks that workers ended a second, by how. Beat sends one each minute.",
          unit: "ops",
          stacked: true,
          series: { "{{state}}": rate(superset("superset_tasks_total"), "state") },
        },
        {
          kind: "chart",
          title: "Tasks wait for a worker",
          about: "90th percentile of the time from sending a task to its start. `SupersetTasksWait` fires above 30 s.",
          unit: "s",
          steps: below(30),
          series: { "90th percentile": quantile(0.9, superset("superset_task_waited_seconds_bucket")) },
        },
      ],
    },
  ],
};
