import { heap, meanTime, requests } from "../../core/java-panels";
import { below, metricsOf, quantile, type ServicePanels } from "../../core/panels";

const nessie = metricsOf("nessie");

export const panels: ServicePanels = {
  rows: [
    {
      title: "Nessie",
      panels: [
        requests("nessie"),
        meanTime("nessie"),
        {
          kind: "chart",
          title: "Slowest hundredth of the version store",
          about:
            "99th percentile of what an operation takes in the store, PostgreSQL included. `NessieSlow` fires above 2 s.",
          unit: "s",
          steps: below(2),
          empty: "no requests",
          series: { "{{request}}": quantile(0.99, nessie("nessie_versionstore_request_seconds_bucket"), "request") },
        },
        heap("nessie"),
      ],
    },
  ],
};
