import type { Alert } from "../../core/alerts";

export const alerts: readonly Alert[] = [
  {
    name: "NessieErrors",
    expr: 'sum(rate(http_server_requests_seconds_count{job="nessie", status=~"5.."}[5m])) / sum(rate(http_server_requests_seconds_count{job="nessie"}[5m])) > 0.02',
    for: "5m",
    severity: "critical",
    summary:
      "Nessie answers {{ $value | humanizePercentage }} of requests with an error of its own: tables cannot be read or committed",
    cause: "PostgreSQL or MinIO is away or slow, or the pool of connections is empty.",
    check: "The log of the pods `nessie-*`, and the alerts of PostgreSQL and MinIO.",
    cure: "Mend what the log names; Nessie keeps nothing itself and goes on at once.",
  },
  {
    name: "NessieSlow",
    expr: 'histogram_quantile(0.99, sum by (le) (rate(nessie_versionstore_request_seconds_bucket{job="nessie"}[5m]))) > 2',
    for: "10m",
    severity: "warning",
    summary: "One in a hundred of Nessie's operations takes longer than {{ $value | humanizeDuration }}",
    cause: "PostgreSQL is slow, or many engines commit to the same branch at once.",
    check: "`pg_stat_activity`, and whether commits are tried again (conflicts in Nessie's log).",
    cure: "More CPU for PostgreSQL; fewer and larger commits.",
  },
];
