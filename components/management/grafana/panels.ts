import { below, metricsOf, quantile, rate, type ServicePanels } from "../../core/panels";

const grafana = metricsOf("grafana");

export const panels: ServicePanels = {
  rows: [
    {
      title: "Grafana",
      panels: [
        {
          kind: "stat",
          title: "People",
          about: "Users who were there within the last 30 days. Counted every half hour.",
          steps: ["text"],
          series: { People: `max(${grafana("grafana_stat_active_users")})` },
        },
        {
          kind: "stat",
          title: "Dashboards",
          about: "Dashboards, those that people made included. Counted every half hour.",
          steps: ["text"],
          series: { Dashboards: `max(${grafana("grafana_stat_totals_dashboard")})` },
        },
        {
          kind: "stat",
          title: "Memory",
          about: "Resident memory of a replica.",
          unit: "bytes",
          steps: ["text"],
          series: { "{{pod}}": grafana("process_resident_memory_bytes") },
        },
        {
          kind: "chart",
          title: "Requests by status",
          about:
            "Requests a second by their HTTP status. `GrafanaErrors` fires when more than one in twenty ends with 5xx.",
          unit: "reqps",
          stacked: true,
          series: { "{{status_code}}": rate(grafana("grafana_http_request_duration_seconds_count"), "status_code") },
        },
        {
          kind: "chart",
          title: "Slowest twentieth of data source requests",
          about: "95th percentile of what a data source takes to answer. `GrafanaQueriesSlow` fires above 10 s.",
          unit: "s",
          steps: below(10),
          empty: "no queries",
          series: {
            "{{datasource}}": quantile(
              0.95,
              grafana("grafana_datasource_request_duration_seconds_bucket"),
              "datasource",
            ),
          },
        },
        {
          kind: "chart",
          title: "Data source requests",
          about: "Requests to data sources a second, by data source and status.",
          unit: "reqps",
          stacked: true,
          empty: "no queries",
          series: { "{{datasource}} {{code}}": rate(grafana("grafana_datasource_request_total"), "datasource, code") },
        },
      ],
    },
  ],
};
