import type { Alert } from "../../core/alerts";

export const alerts: readonly Alert[] = [
  {
    name: "GrafanaErrors",
    expr: 'sum(rate(grafana_http_request_duration_seconds_count{job="grafana", status_code=~"5.."}[5m])) / sum(rate(grafana_http_request_duration_seconds_count{job="grafana"}[5m])) > 0.05',
    for: "10m",
    severity: "warning",
    summary: "More than one in twenty of Grafana's answers is an error of its own",
    cause: "PostgreSQL is away, or a data source does not answer.",
    check: "The log of the pods `grafana-*` names the request. `GET /api/health` says whether its database is well.",
    cure: "Mend PostgreSQL or the data source; Grafana keeps nothing itself and connects again.",
  },
  {
    name: "GrafanaQueriesSlow",
    expr: 'histogram_quantile(0.95, sum by (le, datasource) (rate(grafana_datasource_request_duration_seconds_bucket{job="grafana"}[5m]))) > 10',
    for: "15m",
    severity: "warning",
    summary: "Data source {{ $labels.datasource }} takes longer than 10 s for one in twenty requests",
    cause: "Somebody's dashboard asks for very much, or the data source has too little CPU or memory.",
    check:
      "The dashboard of the data source's own layer. In Grafana, the query inspector of a slow panel shows what it asks for.",
    cure: "Narrow the query or its time range; raise `cpu` and `memory` of the data source in `datalyptica:sizes`.",
  },
];
