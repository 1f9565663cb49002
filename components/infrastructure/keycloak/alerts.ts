import type { Alert } from "../../core/alerts";

/** @param replicas of the server */
export const alerts = (replicas: number): readonly Alert[] => [
  {
    name: "KeycloakErrors",
    expr: 'sum(rate(http_server_requests_seconds_count{job="keycloak", status=~"5.."}[5m])) > 0.5',
    for: "5m",
    severity: "critical",
    summary:
      "Keycloak answers {{ $value | humanize }} requests a second with an error of its own: people cannot log in",
    cause: "PostgreSQL is away or slow, or the pool of connections is empty.",
    check: "The log of the pods `keycloak-N`, and the alerts of PostgreSQL.",
    cure: "Mend PostgreSQL; Keycloak goes on by itself.",
  },
  {
    name: "KeycloakConnectionsExhausted",
    expr: 'agroal_awaiting_count{job="keycloak"} > 0',
    for: "5m",
    severity: "warning",
    summary: "Requests wait for a connection to the database in {{ $labels.pod }}",
    cause: "PostgreSQL is slow, or more people log in at once than the pool was made for.",
    check: "`pg_stat_activity` for user `keycloak`: how long do its queries take?",
    cure: "Mend PostgreSQL, or run more replicas of keycloak in `datalyptica:sizes`.",
  },
  {
    name: "KeycloakLoginsFail",
    from: "logs",
    expr: 'sum(count_over_time({app="keycloak", container="keycloak"} |= "LOGIN_ERROR" [5m])) > 50',
    for: "5m",
    severity: "warning",
    summary: "{{ $value }} logins have failed within five minutes",
    cause: "Somebody guesses passwords, or a service or browser tries an old one again and again.",
    check: '`{app="keycloak"} |= "LOGIN_ERROR"` in Loki: addresses, users and clients, and what was wrong.',
    cure: "Lock the user or the address out, or give the service its new password.",
  },
  ...(replicas > 1
    ? ([
        {
          name: "KeycloakClusterSplit",
          expr: `min(vendor_cluster_size{job="keycloak"}) < ${replicas}`,
          for: "5m",
          severity: "warning",
          summary: `Some replica of Keycloak sees only {{ $value }} of ${replicas}: changes reach the others late`,
          cause: "A replica is down, or the caches' ports (7800, 57800) do not pass between them.",
          check: "Are all pods `keycloak-N` ready? Their logs show the members as each sees them.",
          cure: "Mend the pod or node; replicas find each other through the database.",
        },
      ] satisfies Alert[])
    : []),
];
