import { atLeast, below, metricsOf, type Panel, rate, type ServicePanels } from "../../core/panels";

const master = metricsOf("spark-master");
const worker = metricsOf("spark-worker");
const connect = metricsOf("spark-connect");
/** Of the driver too: it is the executor `driver`. */
const executors = metricsOf("spark-executors");
const driver = (gauge: string) => `max(${connect(`metrics_connect_driver_${gauge}_Value`)})`;

const cores: Panel = {
  kind: "chart",
  title: "Spark: cores",
  about:
    "Cores of all workers that applications have, and those that are free. `SparkCoresExhausted` fires after an hour without a free one.",
  stacked: true,
  series: {
    used: `sum(${worker("metrics_worker_coresUsed_Value")})`,
    free: `sum(${worker("metrics_worker_coresFree_Value")})`,
  },
};

/** @param workers how many there are when all is well */
export const panels = (workers: number): ServicePanels => ({
  rows: [
    {
      title: "Spark",
      panels: [
        {
          kind: "stat",
          title: "Workers",
          about: `Workers that the master knows to be alive: all ${workers}. Without one, nothing runs.`,
          steps: atLeast(workers),
          series: { Workers: `max(${master("metrics_master_aliveWorkers_Value")})` },
        },
        {
          kind: "stat",
          title: "Running jobs",
          about: "Jobs of all sessions of Spark Connect at this moment.",
          steps: ["text"],
          series: { Jobs: driver("DAGScheduler_job_activeJobs") },
        },
        { ...cores, title: "Cores" },
        {
          kind: "chart",
          title: "Executors of Spark Connect",
          about:
            "Executors that sessions could use, and those that they have. Needed without any for long: `SparkWorkWaits`.",
          series: {
            needed: driver("ExecutorAllocationManager_executors_numberMaxNeededExecutors"),
            there: driver("ExecutorAllocationManager_executors_numberAllExecutors"),
          },
        },
        {
          kind: "chart",
          title: "Tasks ended",
          about:
            "Tasks a second that ended well, and those that failed. Spark tries a failed one three times more before it gives up the job.",
          unit: "ops",
          series: {
            completed: rate(executors("metrics_executor_completedTasks_total")),
            failed: rate(executors("metrics_executor_failedTasks_total")),
          },
        },
        {
          kind: "chart",
          title: "Heap of the driver",
          about:
            "Share of the heap that Spark Connect's driver has in use. When it is full, all sessions end. `SparkConnectMemoryNearLimit` fires above 0.9.",
          unit: "percentunit",
          max: 1,
          steps: below(0.9),
          series: { "": driver("jvm_heap_usage") },
        },
      ],
    },
  ],
  overview: { work: [cores] },
});
