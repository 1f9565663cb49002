import { atLeast, below, metricsOf, type Panel, rate, type ServicePanels } from "../../core/panels";

const trino = metricsOf("trino");
/** Queries are counted by the coordinator, and by no worker. */
const queries = (metric: string) =>
  `sum(${trino(`trino_execution_name_QueryManager_${metric}`, 'component="coordinator"')})`;
const counted = (event: string) =>
  rate(trino(`trino_execution_name_QueryManager_${event}Queries_TotalCount`, 'component="coordinator"'));
const pool = (metric: string) =>
  `sum(${trino(`trino_memory_type_ClusterMemoryPool_name_general_${metric}DistributedBytes`, 'component="coordinator"')})`;

const running: Panel = {
  kind: "chart",
  title: "Trino: queries",
  about: "Queries that run, and those that wait for a place. `TrinoQueriesQueue` fires above 50 that wait.",
  series: { running: queries("RunningQueries"), queued: queries("QueuedQueries") },
};

/** @param workers none where the coordinator does the work */
export const panels = (workers: number): ServicePanels => ({
  rows: [
    {
      title: "Trino",
      panels: [
        {
          kind: "stat",
          title: "Running queries",
          about: "Queries that run at this moment.",
          steps: ["text"],
          series: { Queries: queries("RunningQueries") },
        },
        {
          kind: "stat",
          title: "Queued queries",
          about: "Queries that wait for a place in their resource group.",
          steps: below(10, 50),
          series: { Queries: queries("QueuedQueries") },
        },
        ...(workers > 0
          ? ([
              {
                kind: "stat",
                title: "Workers",
                about: `Workers that answer: all ${workers}. Queries that ran on a lost one fail.`,
                steps: atLeast(workers),
                series: { Workers: `sum(${trino("up", 'component="worker"')})` },
              },
            ] as const)
          : []),
        {
          kind: "stat",
          title: "Memory free",
          about: "Share of the cluster's query memory that is free. At zero, queries wait, and the largest is ended.",
          unit: "percentunit",
          steps: ["red", [0.1, "orange"], [0.25, "green"]],
          series: { Free: `${pool("Free")} / ${pool("Total")}` },
        },
        { ...running, title: "Running and queued queries" },
        {
          kind: "chart",
          title: "Queries ended",
          about: "Queries a second that ended well, and those that failed: by the user's fault, or the platform's.",
          unit: "ops",
          series: { completed: counted("Completed"), failed: counted("Failed") },
        },
        {
          kind: "chart",
          title: "Failures by whose fault",
          about:
            "Users write wrong SQL; external is a catalog or store that was away; internal and lack of resources are the platform's.",
          unit: "ops",
          stacked: true,
          series: {
            user: fault("UserError"),
            internal: fault("Internal"),
            external: fault("External"),
            "lack of resources": fault("InsufficientResources"),
          },
        },
        {
          kind: "chart",
          title: "Query memory",
          about: "Memory of all nodes for queries: all, and what is reserved.",
          unit: "bytes",
          series: { total: pool("Total"), reserved: pool("Reserved") },
        },
      ],
    },
  ],
  overview: { work: [running] },
});

function fault(kind: string): string {
  return rate(trino(`trino_execution_name_QueryManager_${kind}Failures_TotalCount`, 'component="coordinator"'));
}
