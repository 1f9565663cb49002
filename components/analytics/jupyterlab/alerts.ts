import type { Alert } from "../../core/alerts";

export const alerts: readonly Alert[] = [
  {
    name: "NotebookNeverIdle",
    expr: 'time() - max by (namespace, pod) (kube_pod_start_time{pod=~"jupyter-.+"}) > 7 * 86400',
    for: "1h",
    severity: "warning",
    summary:
      "Notebook {{ $labels.pod }} has run for {{ $value | humanizeDuration }}, and holds room that others may want",
    cause: "A kernel is kept busy by what nobody waits for, or the hub does not stop what lies idle.",
    check:
      "The hub's page for administrators, `/hub/admin`: when it was last active. The hub's log has lines of `cull`.",
    cure: "Ask its person, or stop it there; what is to run for days belongs into a pipeline.",
  },
];
