import type { Alert } from "../../core/alerts";

/** @param workers beside the coordinator */
export const alerts = (workers: number): readonly Alert[] => [
  {
    name: "TrinoQueriesQueue",
    expr: 'max(trino_execution_name_QueryManager_QueuedQueries{job="trino", component="coordinator"}) > 50',
    for: "10m",
    severity: "warning",
    summary: "{{ $value }} queries wait in Trino",
    cause: "More or heavier queries than the cluster has room for.",
    check: "Trino's UI: which user, which query?",
    cure: "End what should not run; more workers or memory in `datalyptica:sizes`.",
  },
  {
    name: "TrinoMemoryExhausted",
    expr: 'max(trino_memory_type_ClusterMemoryPool_name_general_FreeDistributedBytes{job="trino", component="coordinator"}) == 0',
    for: "10m",
    severity: "warning",
    summary: "Queries have taken all of Trino's memory: new ones wait, and the largest may be ended",
    cause: "A join or aggregation over more than the workers can hold.",
    check: "Trino's UI shows the memory of each query.",
    cure: "End the query, or give the workers more memory in `datalyptica:sizes`.",
  },
  ...(workers > 0
    ? ([
        {
          name: "TrinoWorkersMissing",
          expr: `count(up{job="trino", component="worker"} == 1) < ${workers} or absent(up{job="trino", component="worker"} == 1)`,
          for: "10m",
          severity: "warning",
          summary: `Fewer than ${workers} of Trino's workers answer: queries are slower and have less memory`,
          cause: "A pod or node is down, or no node has room for a worker.",
          check: "`kubectl get pods` of trino-worker, and the events of the one that is missing.",
          cure: "Bring the node back, or make the workers smaller in `datalyptica:sizes`.",
        },
      ] satisfies Alert[])
    : []),
];
