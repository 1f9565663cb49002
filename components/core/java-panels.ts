import { below, type Chart, metricsOf, rate } from "./panels";

/** What dashboards show of every JVM, and of every server that counts its requests with Micrometer. */

/** How full the heap is. `JvmHeapHigh` is the alert on it. */
export function heap(job: string): Chart {
  const of = metricsOf(job);
  const bytes = (metric: string) => of(metric, 'area="heap"');
  return {
    kind: "chart",
    title: "Heap in use",
    about: "Share of the heap that is in use. A saw is healthy; near the top for long, the JVM only collects garbage.",
    unit: "percentunit",
    max: 1,
    steps: below(0.9),
    series: {
      // Pools without an end have -1.
      "{{pod}}": `sum by (pod) (${bytes("jvm_memory_used_bytes")}) / sum by (pod) (${bytes("jvm_memory_max_bytes")} > 0)`,
    },
  };
}

/** How many requests there are, by how they ended. @param metric the timer's name */
export const requests = (job: string, metric = "http_server_requests_seconds"): Chart => ({
  kind: "chart",
  title: "Requests by status",
  about: "Requests a second by their HTTP status. 5xx is the server's own fault, 4xx the client's.",
  unit: "reqps",
  stacked: true,
  series: { "{{status}}": rate(metricsOf(job)(`${metric}_count`), "status") },
});

/** How long they take. */
export function meanTime(job: string, metric = "http_server_requests_seconds"): Chart {
  const of = metricsOf(job);
  return {
    kind: "chart",
    title: "Mean time of requests",
    about: "Time from a request to its answer, as the mean over all of a pod.",
    unit: "s",
    // Nothing while nobody asks.
    empty: "no requests",
    series: { "{{pod}}": `${rate(of(`${metric}_sum`), "pod")} / (${rate(of(`${metric}_count`), "pod")} > 0)` },
  };
}
