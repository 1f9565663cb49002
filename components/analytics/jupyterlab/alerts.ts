import type { Alert } from "../../core/alerts";

export const alerts: readonly Alert[] = [
  {
    name: "NotebookImageNotOnNodes",
    expr: 'max by (namespace) (kube_daemonset_status_number_unavailable{daemonset="jupyterlab-image"}) > 0',
    for: "30m",
    severity: "warning",
    summary: "{{ $value }} nodes do not have the notebooks' image: a notebook there takes minutes to start",
    cause: "The image cannot be pulled there, or the node has no room for its few megabytes of memory.",
    check: "`kubectl get pods` of DaemonSet `jupyterlab-image` in the notebooks' namespace, and the events of those that wait.",
    cure: "What the events say: mend the registry, or free the node's disk.",
  },
];
