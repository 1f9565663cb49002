import { below, metricsOf, rate, type ServicePanels } from "../../core/panels";
import { unwanted } from "./config";

const alloy = metricsOf("alloy");

export const panels: ServicePanels = {
  rows: [
    {
      title: "Alloy",
      panels: [
        {
          kind: "stat",
          title: "Parts not well",
          about: "Parts of its configuration that do not work, on each node. `AlloyComponentUnhealthy` is the alert.",
          steps: below(1),
          series: {
            Parts: `sum(${alloy("alloy_component_controller_running_components", 'health_type!="healthy"')}) or vector(0)`,
          },
        },
        {
          kind: "stat",
          title: "Entries lost",
          about: "Entries a second that Loki has not taken for so long that they were thrown away.",
          unit: "ops",
          steps: below(0.0001),
          series: { Entries: rate(alloy("loki_write_dropped_entries_total")) },
        },
        {
          kind: "chart",
          title: "Entries sent",
          about: "Entries a second that each node's pods write. The nodes with most to do write most.",
          unit: "ops",
          stacked: true,
          series: { "{{pod}}": rate(alloy("loki_write_sent_entries_total"), "pod") },
        },
        {
          kind: "chart",
          title: "Lines cut off",
          about:
            "Lines a second that are thrown away since one service writes too many. Requests of probes are not counted.",
          unit: "ops",
          series: {
            "{{reason}}": rate(alloy("loki_process_dropped_lines_total", `reason!="${unwanted}"`), "reason"),
          },
          empty: "None were cut off",
        },
      ],
    },
  ],
};
