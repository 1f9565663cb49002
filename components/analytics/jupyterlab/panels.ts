import { exactly, objects, type ServicePanels } from "../../core/panels";

const image = (state: string) =>
  `max by (namespace) (${objects(`kube_daemonset_status_${state}`, 'daemonset="jupyterlab-image"')})`;

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
          series: { Nodes: image("number_unavailable") },
        },
        {
          kind: "chart",
          title: "Notebooks by phase",
          about: "Pods of people's notebooks. One that stays Pending finds no node, or its volume none.",
          stacked: true,
          empty: "no notebook runs",
          series: {
            "{{phase}}": `sum by (phase) (${objects("kube_pod_status_phase", 'pod=~"jupyter-.+"')}) > 0`,
          },
        },
      ],
    },
  ],
};
