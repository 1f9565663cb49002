import type { Alert } from "../../core/alerts";

/** @param members of the cluster */
export const alerts = (members: number): readonly Alert[] => [
  {
    name: "AlertmanagerNotificationsFail",
    expr: 'sum by (integration) (rate(alertmanager_notifications_failed_total{job="alertmanager"}[15m])) > 0',
    for: "10m",
    severity: "critical",
    summary: "Alertmanager cannot tell people through {{ $labels.integration }}",
    cause: "The receiver is away or refuses the login, or no NetworkPolicy lets Alertmanager reach it.",
    check:
      "The log of the pods `alertmanager-*` says what the receiver answered. Is its address in `egress` of `datalyptica:alerting`?",
    cure: "Mend the receiver or `datalyptica:alerting`, then `pulumi up`. What was not told is told again by itself.",
  },
  {
    name: "AlertmanagerConfigurationRefused",
    expr: 'max_over_time(alertmanager_config_last_reload_successful{job="alertmanager"}[5m]) == 0',
    for: "10m",
    severity: "critical",
    summary: "{{ $labels.pod }} could not read its configuration",
    cause: "`datalyptica:alerting` has a value that Alertmanager refuses.",
    check: "The pod's log names the line.",
    cure: "Correct `datalyptica:alerting`, then `pulumi up`.",
  },
  ...(members > 1
    ? ([
        {
          name: "AlertmanagerClusterSplit",
          expr: `min(max_over_time(alertmanager_cluster_members{job="alertmanager"}[5m])) < ${members}`,
          for: "15m",
          severity: "warning",
          summary: "Some member of Alertmanager sees fewer than all members",
          cause:
            "A member is down, or gossip (port 9094, TCP and UDP) does not pass. People may be told the same thing twice.",
          check: "Are all pods `alertmanager-*` ready? `alertmanager_cluster_members` says what each sees.",
          cure: "Mend the pod or its node; members find each other again by themselves.",
        },
      ] satisfies Alert[])
    : []),
];
