import { atLeast, below, metricsOf, type Panel, type ServicePanels } from "../../core/panels";

const flink = metricsOf("flink");
const ofCluster = (metric: string) => `sum(${flink(`flink_jobmanager_${metric}`)})`;
const ofJob = (metric: string) => `max by (job_name) (${flink(`flink_jobmanager_job_${metric}`)})`;
const none = "no job";

const checkpoints: Panel = {
  kind: "chart",
  title: "Flink: age of the last checkpoint",
  about: "How long ago each job's last checkpoint was completed. Rows are to be seen, and safe, only after one.",
  unit: "s",
  steps: below(1200),
  empty: none,
  series: { "{{job_name}}": `time() - (${ofJob("lastCheckpointCompletedTimestamp")} > 0) / 1000` },
};

const heapOf = (part: "jobmanager" | "taskmanager") => {
  const bytes = (what: string) => `max by (pod) (${flink(`flink_${part}_Status_JVM_Memory_Heap_${what}`)})`;
  return `${bytes("Used")} / ${bytes("Max")}`;
};

/** @param taskManagers of the cluster */
export const panels = (taskManagers: number): ServicePanels => ({
  rows: [
    {
      title: "Flink",
      panels: [
        {
          kind: "stat",
          title: "Running jobs",
          about: "Jobs that run at this moment, the platform's own and people's.",
          steps: ["text"],
          series: { Jobs: ofCluster("numRunningJobs") },
        },
        {
          kind: "stat",
          title: "TaskManagers",
          about: `TaskManagers that have registered with the leader: all ${taskManagers}.`,
          steps: atLeast(taskManagers),
          series: { TaskManagers: ofCluster("numRegisteredTaskManagers") },
        },
        {
          kind: "stat",
          title: "Free slots",
          about: "Places for parallel parts of jobs. At zero, another job waits.",
          steps: ["orange", [1, "green"]],
          series: { Slots: ofCluster("taskSlotsAvailable") },
        },
        { ...checkpoints, title: "Age of the last checkpoint" },
        {
          kind: "chart",
          title: "Duration of checkpoints",
          about: "How long each job's last checkpoint took. It grows with state, and with back pressure.",
          unit: "ms",
          empty: none,
          series: { "{{job_name}}": ofJob("lastCheckpointDuration") },
        },
        {
          kind: "chart",
          title: "Failed checkpoints and restarts",
          about: "Since the present leader took the job over. A restart goes on from the last checkpoint.",
          empty: none,
          series: {
            "{{job_name}} failed checkpoints": ofJob("numberOfFailedCheckpoints"),
            "{{job_name}} restarts": ofJob("numRestarts"),
          },
        },
        {
          kind: "chart",
          title: "Records read",
          about: "Records a second that come out of each job's sources.",
          unit: "ops",
          empty: none,
          series: {
            "{{job_name}}": `sum by (job_name) (${flink("flink_taskmanager_job_task_operator_numRecordsOutPerSecond", 'operator_name=~"Source.*"')})`,
          },
        },
        {
          kind: "chart",
          title: "Behind Kafka",
          about: "Records of a partition that wait for the job, in the partition where it is furthest behind.",
          empty: "no job reads Kafka",
          series: {
            "{{job_name}}": `max by (job_name) (${flink("flink_taskmanager_job_task_operator_KafkaSourceReader_KafkaConsumer_records_lag_max")} >= 0)`,
          },
        },
        {
          kind: "chart",
          title: "Back pressure",
          about:
            "Share of its time in which a task waits for the one after it. The first one that does not wait is the slow one.",
          unit: "percentunit",
          max: 1,
          steps: below(0.8),
          empty: none,
          series: {
            "{{job_name}} {{task_name}}": `avg by (job_name, task_name) (${flink("flink_taskmanager_job_task_backPressuredTimeMsPerSecond")}) / 1000`,
          },
        },
        {
          kind: "chart",
          title: "Heap in use",
          about: "Share of the heap that is in use. RocksDB's memory, which holds most of the state, is not in it.",
          unit: "percentunit",
          max: 1,
          steps: below(0.9),
          series: { "{{pod}}": heapOf("taskmanager"), "{{pod}} ": heapOf("jobmanager") },
        },
      ],
    },
  ],
  overview: { work: [checkpoints] },
});
