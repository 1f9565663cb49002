import { below, metricsOf, quantile, type Row, rate, type ServicePanels } from "../../core/panels";
import { logDashboard, mostErrors } from "./log-panels";

const loki = metricsOf("loki");

/** @param clustered whether there are several processes */
export const panels = (clustered: boolean): ServicePanels => ({
  rows: [server(clustered)],
  overview: { logs: [mostErrors] },
  own: logDashboard,
});

const server = (clustered: boolean): Row => ({
  title: "Loki",
  panels: [
    {
      kind: "stat",
      title: "Lines taken",
      about: "Lines a second that come in, from all nodes.",
      unit: "ops",
      steps: ["text"],
      series: { Lines: rate(loki("loki_distributor_lines_received_total")) },
    },
    {
      kind: "stat",
      title: "Bytes taken",
      about: "Bytes a second that come in, before compression.",
      unit: "Bps",
      steps: ["text"],
      series: { Bytes: rate(loki("loki_distributor_bytes_received_total")) },
    },
    {
      kind: "stat",
      title: "Streams",
      about:
        "Sets of labels in memory, copies included. Many thousands: something has made labels of what changes often.",
      steps: below(20_000),
      series: { "{{pod}}": loki("loki_ingester_memory_streams") },
    },
    {
      kind: "stat",
      title: "Index compacted",
      about: "When it was done the last time. Long ago: queries get slow, and nothing old is deleted.",
      unit: "dateTimeFromNow",
      steps: ["text"],
      series: {
        Compacted: `1000 * max(${loki("loki_boltdb_shipper_compact_tables_operation_last_successful_run_timestamp_seconds")} > 0)`,
      },
      empty: "Not yet since the start",
    },
    ...(clustered
      ? ([
          {
            kind: "stat",
            title: "Members not well",
            about: "Members that a ring misses. One is borne, two are not.",
            steps: below(1, 2),
            series: {
              "{{name}}": `sum by (name) (max by (name, state) (${loki("loki_ring_members", 'state="Unhealthy"')}))`,
            },
          },
        ] as const)
      : []),
    {
      kind: "chart",
      title: "Requests by status",
      about: "Requests a second: what is written, asked for, and passed on between the processes.",
      unit: "reqps",
      stacked: true,
      series: { "{{status_code}}": rate(loki("loki_request_duration_seconds_count"), "status_code") },
    },
    {
      kind: "chart",
      title: "Slowest requests by route",
      about: "Of a hundred requests of each route, the slowest but one.",
      unit: "s",
      series: { "{{route}}": quantile(0.99, loki("loki_request_duration_seconds_bucket"), "route") },
    },
    {
      kind: "chart",
      title: "Lines refused",
      about:
        "Lines a second that were not taken, and why: over a limit, too old, too long. `LokiRefusesLines` is the alert.",
      unit: "ops",
      series: { "{{reason}}": rate(loki("loki_discarded_samples_total"), "reason") },
      empty: "None was refused",
    },
  ],
});
