import type { Alert } from "../../core/alerts";
import { unwanted } from "./config";

export const alerts: readonly Alert[] = [
  {
    name: "AlloyComponentUnhealthy",
    expr: 'sum by (pod) (alloy_component_controller_running_components{job="alloy", health_type!="healthy"}) > 0',
    for: "15m",
    severity: "warning",
    summary: "A part of {{ $labels.pod }} does not work: logs of its node may be missing",
    cause: "The API server refuses it the list of pods, or it cannot read its configuration.",
    check: "The pod's log names the component and the error.",
    cure: "A missing Role comes back by `pulumi up`; else what the log says.",
  },
  {
    name: "AlloyLosesLogs",
    expr: 'sum by (pod, reason) (increase(loki_write_dropped_entries_total{job="alloy"}[10m])) > 0',
    for: "5m",
    severity: "critical",
    summary: "{{ $labels.pod }} has thrown away log entries that Loki did not take: {{ $labels.reason }}",
    cause: "Loki has been away for longer than an hour, or refuses them.",
    check: "The alerts of Loki; the pod's log has what Loki answered.",
    cure: "Bring Loki back. What was thrown away is still in `kubectl logs`, as long as the node keeps it.",
  },
  {
    name: "AlloyCannotReachLoki",
    // It waits longer after each try, up to five minutes.
    expr: 'sum by (pod) (increase(loki_write_batch_retries_total{job="alloy"}[10m])) > 0',
    for: "20m",
    severity: "warning",
    summary: "{{ $labels.pod }} tries again and again to bring its logs to Loki",
    cause: "Loki is down, busy, or its certificate has ended; or a NetworkPolicy refuses Alloy.",
    check:
      "The pod's log says what Loki answers. Are the pods that take logs ready (`loki-write-*`, in standalone `loki-0`)?",
    cure: "Bring Loki back within the hour: after that, entries are lost.",
  },
  {
    name: "AlloySendsNothing",
    expr: 'sum(rate(loki_write_sent_entries_total{job="alloy"}[10m])) == 0',
    for: "10m",
    severity: "critical",
    summary: "No log comes to Loki from any node",
    cause: "Alloy finds no pods (its Roles are gone, or the API server refuses it), or Loki takes nothing.",
    check: "The log of the pods `alloy-*`.",
    cure: "What the log says; `pulumi up` brings Roles and policies back.",
  },
  {
    name: "AlloyCutsLogsOff",
    expr: `sum by (reason) (rate(loki_process_dropped_lines_total{job="alloy", reason!="${unwanted}"}[5m])) > 10`,
    for: "15m",
    severity: "warning",
    summary: "Alloy throws away {{ $value | humanize }} lines a second: {{ $labels.reason }}",
    cause: "A service writes more than two thousand lines a second on one node, or a node's clock is wrong.",
    check:
      "`topk(5, sum by (label_value) (rate(loki_process_dropped_lines_by_label_total[5m])))` in Prometheus names the service.",
    cure: "Make it write less; it is usually one error, again and again.",
  },
];
