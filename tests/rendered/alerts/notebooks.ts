import { type Case, n, rising, type Series } from "./series";

/** When alerts of JupyterHub and notebooks must fire, and when they must not. Of the hub there is one series: it is asked through its Service. */

const hub = (metric: string, labels = ""): string => `jupyterhub_${metric}{job="jupyterhub"${labels}}`;

/** A histogram of two buckets: so many a second within the bound, and beyond it. */
const histogram = (metric: string, bound: number, within: number, beyond: number, labels = ""): Series => ({
  [hub(`${metric}_bucket`, `${labels}, le="${bound}"`)]: rising(within),
  [hub(`${metric}_bucket`, `${labels}, le="${10 * bound}"`)]: rising(within + beyond),
  [hub(`${metric}_bucket`, `${labels}, le="+Inf"`)]: rising(within + beyond),
});

const failures = (perSecond: number): Series => ({
  [hub("server_spawn_duration_seconds_count", ', status="failure"')]: rising(perSecond),
});
const started = (at: number): Series => ({ 'kube_pod_start_time{namespace="n", pod="jupyter-ada"}': n(at) });
const starts = (within: number, beyond: number) =>
  histogram("server_spawn_duration_seconds", 60, within, beyond, ', status="success"');

export const notebooks: Readonly<Record<string, Case>> = {
  JupyterHubStartsFail: {
    fires: [failures(1 / 300)],
    // One in half an hour, and those of long ago.
    silent: [failures(1 / 1800), { [hub("server_spawn_duration_seconds_count", ', status="failure"')]: n(50) }],
  },
  JupyterHubStartsSlow: { fires: [starts(0.01, 0.01)], silent: [starts(0.1, 0.001)] },
  JupyterHubNearlyFull: { fires: [{ [hub("running_servers")]: n(12) }], silent: [{ [hub("running_servers")]: n(11) }] },
  JupyterHubProxySlow: {
    fires: [histogram("proxy_poll_duration_seconds", 5, 0.01, 0.01)],
    silent: [histogram("proxy_poll_duration_seconds", 5, 1, 0.01)],
  },
  NotebookNeverIdle: {
    start: "1970-01-10T00:00:00Z",
    fires: [started(0)],
    silent: [started(600_000), { 'kube_pod_start_time{namespace="n", pod="trino-coordinator-0"}': n(0) }],
  },
};
