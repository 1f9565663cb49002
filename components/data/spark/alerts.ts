import type { Alert } from "../../core/alerts";

const allocation = (gauge: string) =>
  `max(metrics_connect_driver_ExecutorAllocationManager_executors_${gauge}{job="spark-connect"})`;

/** @param workers how many there are when all is well */
export const alerts = (workers: number): readonly Alert[] => [
  {
    name: "SparkWithoutWorker",
    expr: 'max(metrics_master_aliveWorkers_Value{job="spark-master"}) == 0',
    for: "5m",
    severity: "critical",
    summary: "No worker is registered with Spark's master: nothing runs",
    cause: "The workers are down, do not reach the master, or have another secret than it.",
    check: "`kubectl get pods` of spark-worker; their log says whether they are refused or find nobody.",
    cure: "Bring the pods back; `pulumi up` gives master and workers the same secret.",
  },
  ...(workers > 1
    ? ([
        {
          name: "SparkWorkersMissing",
          expr: `max(metrics_master_aliveWorkers_Value{job="spark-master"}) < ${workers}`,
          for: "10m",
          severity: "warning",
          summary: `Only {{ $value }} of Spark's ${workers} workers are registered: jobs are slower`,
          cause: "A pod or node is down, or no node has room for a worker.",
          check: "`kubectl get pods` of spark-worker, and the events of the one that is missing.",
          cure: "Bring the node back, or make the workers smaller in `datalyptica:sizes`.",
        },
      ] satisfies Alert[])
    : []),
  {
    name: "SparkWorkWaits",
    expr: `${allocation("numberMaxNeededExecutors_Value")} > 0 and ${allocation("numberAllExecutors_Value")} == 0`,
    for: "10m",
    severity: "critical",
    summary: "Sessions of Spark Connect have work, and it gets no executor",
    cause: "Other applications have all cores, the master is away, or executors end as soon as they start.",
    check:
      "The master's UI (`kubectl port-forward pod/spark-master-0 8080`): free cores, and the executors that ended, with their logs.",
    cure: "End the application that holds the cores; restart the master if it does not answer: running applications survive it.",
  },
  {
    name: "SparkCoresExhausted",
    expr: 'sum(metrics_worker_coresFree_Value{job="spark-worker"}) == 0',
    for: "1h",
    severity: "warning",
    summary: "All of Spark's cores have been in use for an hour",
    cause: "More work than the workers carry, or a session that holds executors without using them.",
    check: "The master's UI: which application has how many cores; the application's own UI: which job.",
    cure: "More workers, or a higher CPU limit and more memory for them, in `datalyptica:sizes`.",
  },
  {
    name: "SparkExecutorsDie",
    expr: 'sum(increase(metrics_connect_driver_ExecutorAllocationManager_executors_numberExecutorsExitedUnexpectedly_Count{job="spark-connect"}[1h])) > 5',
    severity: "warning",
    summary: "{{ $value | humanize }} executors of Spark Connect have ended unasked within an hour",
    cause: "Executors ran out of memory, often through Python beside them, or their workers were restarted.",
    check: "The application's UI, tab Executors: why each ended; the output of an executor is in its worker's UI.",
    cure: "Smaller partitions (`repartition`), or more memory for spark-worker in `datalyptica:sizes`.",
  },
  {
    name: "SparkConnectMemoryNearLimit",
    expr: 'max(metrics_connect_driver_jvm_heap_usage_Value{job="spark-connect"}) > 0.9',
    for: "15m",
    severity: "warning",
    summary:
      "The driver of Spark Connect uses {{ $value | humanizePercentage }} of its heap; when it is full, all sessions end",
    cause: "Sessions collect large results, broadcast large tables, or are never closed.",
    check: "The driver's UI on port 4040, tab Connect: which sessions are open, and what they run.",
    cure: "Write results to tables in place of `collect()` and `toPandas()`; more memory for spark-connect in `datalyptica:sizes`.",
  },
];
