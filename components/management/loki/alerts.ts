import type { Alert } from "../../core/alerts";

/** On Loki's metrics. @param clustered whether there are several processes */
export const alerts = (clustered: boolean): readonly Alert[] => [
  {
    name: "LokiRequestsFail",
    expr: '100 * sum by (route) (rate(loki_request_duration_seconds_count{job="loki", status_code=~"5.."}[5m])) / sum by (route) (rate(loki_request_duration_seconds_count{job="loki"}[5m])) > 10',
    for: "15m",
    severity: "critical",
    summary: "Loki answers {{ $value | humanize }}% of the requests for {{ $labels.route }} with an error of its own",
    cause:
      "Too few of its processes are there, MinIO is away or refuses the key, or queries need more memory than there is.",
    check: "Are all pods `loki-*` ready? Their log names what they could not reach.",
    cure: "Bring the pods or MinIO back. Lines that could not be written are sent again by Alloy for about an hour.",
  },
  {
    name: "LokiPanics",
    expr: 'sum by (pod) (increase(loki_panic_total{job="loki"}[10m])) > 0',
    severity: "critical",
    summary: "{{ $labels.pod }} of Loki ran into a mistake of its own",
    cause: "A bug of Loki's, mostly one that a certain query meets.",
    check: "The pod's log has the stack, and the query before it.",
    cure: "Ask it another way, and look for the stack among Loki's issues; a newer image may have the cure.",
  },
  {
    name: "LokiCompactionStale",
    expr: 'time() - max(loki_boltdb_shipper_compact_tables_operation_last_successful_run_timestamp_seconds{job="loki"} > 0) > 3 * 3600',
    for: "1h",
    severity: "warning",
    summary: "Loki's index has not been compacted for three hours: queries get slow, and nothing old is deleted",
    cause: "The compactor is down, has no room on its volume, or cannot reach the bucket.",
    check: "The log of the pod `loki-compactor-0` (in standalone `loki-0`).",
    cure: "What the log says; it makes up for what it missed by itself.",
  },
  {
    name: "LokiRefusesLines",
    expr: 'sum by (reason) (rate(loki_discarded_samples_total{job="loki"}[5m])) > 0',
    for: "15m",
    severity: "warning",
    summary: "Loki refuses {{ $value | humanize }} lines a second: {{ $labels.reason }}",
    cause: "Somebody writes more than the limits of Loki allow, or lines that are too old.",
    check: '`topk(5, sum by (app) (rate({app=~".+"}[5m])))` in Loki shows who writes most.',
    cure: "Make that service write less; where it is right to write so much, raise the limit (components/management/loki/config.ts).",
  },
  {
    name: "LokiRulesFail",
    expr: 'sum by (rule_group) (increase(loki_prometheus_rule_evaluation_failures_total{job="loki"}[10m])) > 0',
    for: "15m",
    severity: "critical",
    summary: "Loki cannot evaluate some of the alerts on logs: alerts may be missing",
    cause: "Queries fail or take too long.",
    check: "The log of the pods `loki-read-*` (in standalone `loki-0`) shows the error beside the rule.",
    cure: "What makes queries fail; more CPU for `loki-read` in `datalyptica:sizes` when they take too long.",
  },
  {
    name: "LokiWalNearlyFull",
    expr: 'max by (pod) (loki_ingester_wal_disk_usage_percent{job="loki"}) > 0.8',
    for: "10m",
    severity: "warning",
    summary: "The volume on which {{ $labels.pod }} writes lines down first is {{ $value | humanizePercentage }} full",
    cause: "It cannot bring chunks to the bucket, or far more is written than the volume was made for.",
    check: "The pod's log; does MinIO answer?",
    cure: "Mend MinIO; else raise `disk` of the workload in `datalyptica:sizes`. From 90% on Loki slows writers down.",
  },
  ...(clustered
    ? ([
        {
          name: "LokiMembersUnhealthy",
          expr: 'sum by (name) (max by (name, state) (loki_ring_members{job="loki", state="Unhealthy"})) > 0',
          for: "10m",
          severity: "warning",
          summary: "{{ $value }} members of Loki's ring {{ $labels.name }} are not well",
          cause: "A pod is down, or gossip (port 7946) does not pass.",
          check: "Are all pods `loki-*` ready? `/ring` of a pod says which is missing.",
          cure: "Bring the pod or its node back; who does not come back is forgotten by a button of that page.",
        },
      ] satisfies Alert[])
    : []),
];

/**
 * On the logs of all services. Not of Loki's own: it writes down what it is asked, and would find its own question.
 */
export const logAlerts: readonly Alert[] = [
  {
    name: "ManyErrorsInLogs",
    from: "logs",
    expr: 'sum by (namespace, app) (rate({app=~".+"} | detected_level=~"error|fatal|critical" [5m])) > 5',
    for: "15m",
    severity: "warning",
    labels: { service: "{{ $labels.app }}" },
    summary: "{{ $labels.app }} in {{ $labels.namespace }} writes {{ $value | humanize }} errors a second",
    cause: "Something that it needs is away, or it tries the same in vain again and again.",
    check: '`{app="<app>"} | detected_level="error"` in Loki; the first ones say more than the many.',
    cure: "What they name. An alert of the service they name is the better guide, if there is one.",
  },
  {
    name: "JvmOutOfMemory",
    from: "logs",
    expr: 'sum by (namespace, app) (count_over_time({app=~".+", app!~"loki|grafana"} |= "java.lang.OutOfMemoryError" [10m])) > 0',
    severity: "critical",
    labels: { service: "{{ $labels.app }}" },
    summary: "A JVM of {{ $labels.app }} in {{ $labels.namespace }} had no memory left",
    cause: "The work needs more heap than the JVM has; it ends itself then and is started again.",
    check: "What ran just before? A large query, a large message, many at once.",
    cure: "Raise `memory` of the workload in `datalyptica:sizes`: the heap grows with it.",
  },
];
