import type { Panel, ServicePanels } from "../../core/panels";

/** What the logs themselves tell: asked of Loki, by the labels that the collector gives lines. */

const lines = '{cluster=~"$cluster", namespace=~"$namespace"}';
const errors = `${lines} | detected_level=~"error|fatal|critical"`;
const each = (query: string, by: string): string => `sum by (${by}) (rate(${query} [$__auto]))`;

export const mostErrors: Panel = {
  kind: "chart",
  title: "Errors in logs",
  about: "Lines a second that call themselves an error, of each service. `ManyErrorsInLogs` fires at five.",
  source: "loki",
  unit: "ops",
  whole: true,
  series: { "{{app}}": each(errors, "app") },
  empty: "No errors",
};

export const logDashboard: ServicePanels["own"] = {
  name: "logs",
  title: "Logs",
  rows: [
    {
      title: "How much is written",
      panels: [
        {
          kind: "chart",
          title: "Lines by service",
          about: "Lines a second of each service, in all of its containers.",
          source: "loki",
          unit: "ops",
          stacked: true,
          series: { "{{app}}": each(lines, "app") },
        },
        {
          kind: "chart",
          title: "Lines by level",
          about: "Lines a second by the level that they give themselves, or that Loki finds in them.",
          source: "loki",
          unit: "ops",
          stacked: true,
          series: { "{{detected_level}}": each(lines, "detected_level") },
        },
        {
          kind: "chart",
          title: "Bytes by service",
          about: "Bytes a second of each service. One that writes far more than usual is mostly in trouble.",
          source: "loki",
          unit: "Bps",
          stacked: true,
          series: { "{{app}}": `sum by (app) (bytes_rate(${lines} [$__auto]))` },
        },
      ],
    },
    {
      title: "What is written",
      panels: [
        {
          kind: "logs",
          title: "Errors",
          about: "The latest lines that call themselves an error, of the chosen pods.",
          source: "loki",
          series: { Errors: `${errors} | pod=~"$pod"` },
          empty: "No errors",
        },
        {
          kind: "logs",
          title: "All lines",
          about: "The latest lines of the chosen pods.",
          source: "loki",
          series: { Lines: `${lines} | pod=~"$pod"` },
        },
      ],
    },
  ],
};
