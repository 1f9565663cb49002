import type { Alert } from "../../core/alerts";

const hub = (metric: string, matchers = ""): string => `jupyterhub_${metric}{job="jupyterhub"${matchers}}`;

/** @param most notebooks that may run at once */
export const alerts = (most: number): readonly Alert[] => [
  {
    name: "JupyterHubStartsFail",
    expr: `sum(increase(${hub("server_spawn_duration_seconds_count", ', status="failure"')}[30m])) > 3`,
    severity: "warning",
    summary: "{{ $value | humanize }} notebooks did not start within half an hour",
    cause: "No node has room, a volume cannot be attached, the image cannot be pulled, or the notebook ends at once.",
    check:
      "The hub's log names person and reason; `kubectl get events` in the notebooks' namespace, where the pods are.",
    cure: "What the events say: add a node, mend the storage, or make the sizes `notebook-*` smaller in `datalyptica:sizes`.",
  },
  {
    name: "JupyterHubStartsSlow",
    expr: `histogram_quantile(0.9, sum by (le) (rate(${hub("server_spawn_duration_seconds_bucket", ', status="success"')}[30m]))) > 120`,
    for: "15m",
    severity: "warning",
    summary: "One notebook in ten takes more than {{ $value | humanizeDuration }} to start",
    cause: "Nodes pull the image first, volumes are slow to attach, or nodes are busy.",
    check:
      "The events of a notebook that starts: what takes the time. Is DaemonSet `jupyterlab-image` ready on all nodes?",
    cure: "Bring the DaemonSet back; give notebooks more CPU in `datalyptica:sizes`; see to the storage.",
  },
  {
    name: "JupyterHubNearlyFull",
    expr: `max(${hub("running_servers")}) >= ${Math.ceil(0.9 * most)}`,
    for: "30m",
    severity: "warning",
    summary: `{{ $value }} of at most ${most} notebooks run: soon people get none`,
    cause: "More people work at once than the sizes allow, or notebooks are kept busy by what nobody waits for.",
    check: "The hub's page for administrators, `/hub/admin`: who has a notebook, and since when it is idle.",
    cure: "Stop what nobody uses, or raise `replicas` of `notebook-*` in `datalyptica:sizes` if the nodes have room.",
  },
  {
    name: "JupyterHubProxySlow",
    expr: `histogram_quantile(0.95, sum by (le) (rate(${hub("proxy_poll_duration_seconds_bucket")}[10m]))) > 5`,
    for: "15m",
    severity: "warning",
    summary: "The proxy takes more than {{ $value | humanizeDuration }} to tell the hub its ways",
    cause: "The proxy has too little CPU, or somebody moves much data through it.",
    check: "CPU of pod `jupyterhub-proxy`, and how many requests a second it leads.",
    cure: "More CPU for jupyterhub-proxy in `datalyptica:sizes`; large files go through the object store.",
  },
];
