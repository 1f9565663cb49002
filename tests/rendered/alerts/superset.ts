import { type Case, n, rising, type Series } from "./series";

/** When alerts of Superset must fire, and when they must not. */

const answers = (good: number, bad: number): Series => ({
  'superset_http_requests_total{job="superset", pod="superset-web-0", status="200"}': rising(good),
  'superset_http_requests_total{job="superset", pod="superset-web-0", status="500"}': rising(bad),
});

/** A histogram of which so many of ten end within its buckets. */
const seconds = (metric: string, pod: string, fast: number): Series =>
  Object.fromEntries(
    [
      ["30", fast],
      ["60", 10],
      ["+Inf", 10],
    ].map(([le, count]) => [`${metric}_bucket{job="superset", pod="${pod}", le="${le}"}`, rising(Number(count))]),
  );

const ticks = (values: string): Series => ({
  'superset_schedule_ticks_total{job="superset", pod="superset-worker-0"}': values,
});

export const superset: Readonly<Record<string, Case>> = {
  SupersetErrors: { fires: [answers(9, 1)], silent: [answers(99, 1)] },
  SupersetSlow: {
    fires: [seconds("superset_http_request_seconds", "superset-web-0", 9)],
    silent: [seconds("superset_http_request_seconds", "superset-web-0", 9.9)],
  },
  SupersetScheduleStands: {
    fires: [ticks(n(7)), { 'up{job="superset"}': n(1) }],
    silent: [
      ticks("0+1x400"),
      // The other worker did all of them, or the only one has begun anew.
      { ...ticks("0+1x400"), 'superset_schedule_ticks_total{job="superset", pod="superset-worker-1"}': n(7) },
      ticks("0+1x100 0+1x300"),
    ],
  },
  SupersetTasksWait: {
    fires: [seconds("superset_task_waited_seconds", "superset-worker-0", 5)],
    silent: [seconds("superset_task_waited_seconds", "superset-worker-0", 9.9)],
  },
  SupersetTasksFail: {
    fires: [{ 'superset_tasks_total{job="superset", state="failure"}': rising(0.01) }],
    silent: [
      { 'superset_tasks_total{job="superset", state="failure"}': rising(0.001) },
      { 'superset_tasks_total{job="superset", state="success"}': rising(1) },
    ],
  },
  SupersetResultsLost: {
    fires: [
      { 'superset_results_lost_total{job="superset"}': rising(0.01) },
      // The first that a worker loses.
      { 'superset_results_lost_total{job="superset"}': `_x112 ${n(1)}` },
    ],
    silent: [{ 'superset_results_lost_total{job="superset"}': n(3) }],
  },
};
