import { exactly, objects, type ServicePanels } from "../../core/panels";

/** As Kubernetes sees it: Redis itself shows no metrics. @param servers of them */
export const panels = (servers: number): ServicePanels => ({
  rows: [
    {
      title: "Redis",
      panels: [
        {
          kind: "stat",
          title: "Servers",
          about: `Servers that are ready, each with its Sentinel where there are several: all ${servers}.`,
          steps: exactly(servers),
          series: { Servers: `sum(${objects("kube_statefulset_status_replicas_ready", 'statefulset="redis"')})` },
        },
      ],
    },
  ],
});
