import { exactly, metricsOf, type ServicePanels } from "../../core/panels";

/** Not by the namespace that people choose: notebooks have one of their own, in which nothing is scraped. */
const objects = metricsOf("kube-state-metrics", ["cluster"]);

export const panels: ServicePanels = {
  rows: [
    {
      title: "JupyterLab",
      panels: [
        {
          kind: "stat",
          title: "Nodes without the image",
          about: "Nodes on which a notebook would pull its image first. The notebooks that start there take minutes.",
          steps: exactly(0),
          series: {
            Nodes: `max(${objects("kube_daemonset_status_number_unavailable", 'namespace=~".+-notebooks", daemonset="jupyterlab-image"')})`,
          },
        },
        {
          kind: "chart",
          title: "Notebooks by phase",
          about: "Pods of people's notebooks. One that stays Pending finds no node, or its volume none.",
          stacked: true,
          empty: "no notebook runs",
          series: {
            "{{phase}}": `sum by (phase) (${objects("kube_pod_status_phase", 'namespace=~".+-notebooks", pod=~"jupyter-.+"')}) > 0`,
          },
        },
      ],
    },
  ],
};
