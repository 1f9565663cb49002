import type { Alert } from "../../core/alerts";

const completed = 'flink_jobmanager_job_numberOfCompletedCheckpoints{job="flink"}';

/** @param taskManagers of the cluster */
export const alerts = (taskManagers: number): readonly Alert[] => [
  {
    name: "FlinkLeaderMissing",
    expr: 'absent(flink_jobmanager_numRegisteredTaskManagers{job="flink"})',
    for: "3m",
    severity: "critical",
    summary: "No JobManager of Flink leads: nothing that streams goes on",
    cause: "All JobManagers are down, or they cannot write the ConfigMap by which they elect one.",
    check: "`kubectl get pods` of flink-jobmanager, and their log; `kubectl get configmap flink-cluster-config-map`.",
    cure: "Bring a JobManager back. It takes all jobs over, each from its last checkpoint.",
  },
  {
    name: "FlinkTaskManagersMissing",
    expr: `max(flink_jobmanager_numRegisteredTaskManagers{job="flink"}) < ${taskManagers}`,
    for: "5m",
    severity: "warning",
    summary: `Flink has {{ $value }} of ${taskManagers} TaskManagers: jobs run with fewer slots, or wait`,
    cause: "A pod or node is down, no node has room for it, or it does not reach the leader.",
    check: "`kubectl get pods` of flink-taskmanager, their events and log.",
    cure: "Bring the node back, or make the TaskManagers smaller in `datalyptica:sizes`. Jobs spread over it by themselves.",
  },
  {
    name: "FlinkSlotsExhausted",
    expr: 'max(flink_jobmanager_taskSlotsAvailable{job="flink"}) == 0 and max(flink_jobmanager_taskSlotsTotal{job="flink"}) > 0',
    for: "15m",
    severity: "warning",
    summary: "All slots of Flink are taken: another job would wait",
    cause: "More jobs, or more parallel ones, than the TaskManagers have slots for.",
    check: "`GET /jobs/overview` of the REST API: which job has how many tasks?",
    cure: "More TaskManagers, or more memory for each (a slot for 2 GiB), in `datalyptica:sizes`.",
  },
  {
    name: "FlinkJobRestarts",
    expr: 'max by (job_name) (delta(flink_jobmanager_job_numRestarts{job="flink"}[15m])) > 3',
    for: "1m",
    severity: "critical",
    summary: "Job {{ $labels.job_name }} was started again {{ $value | humanize }} times within 15 minutes",
    cause:
      "A record that it cannot handle, something that it reads or writes is away, or a TaskManager is ended for its memory.",
    check: "`GET /jobs/<id>/exceptions` of the REST API; restarts of the pods flink-taskmanager.",
    cure: "What the exception says. It goes on from its last checkpoint; nothing is lost meanwhile but time.",
  },
  {
    name: "FlinkJobDown",
    expr: 'max by (job_name) (flink_jobmanager_job_restartingTime{job="flink"}) > 300000',
    for: "1m",
    severity: "critical",
    summary: "Job {{ $labels.job_name }} has not run for five minutes",
    cause: "It waits for slots, or cannot be restored.",
    check: "`GET /jobs/<id>/exceptions` of the REST API, and whether slots are free.",
    cure: "Bring TaskManagers back. One that cannot be restored is started from an older savepoint by hand.",
  },
  {
    name: "FlinkCheckpointsFail",
    expr: 'max by (job_name) (delta(flink_jobmanager_job_numberOfFailedCheckpoints{job="flink"}[15m])) > 3',
    for: "5m",
    severity: "warning",
    summary: "{{ $value | humanize }} checkpoints of job {{ $labels.job_name }} failed within 15 minutes",
    cause: "MinIO is away or slow, or back pressure keeps the barrier from passing before the time is over.",
    check: "`GET /jobs/<id>/checkpoints` of the REST API says why; the alerts of MinIO.",
    cure: "Mend MinIO. Against back pressure: more parallelism, or unaligned checkpoints for this job.",
  },
  {
    name: "FlinkCheckpointTooOld",
    // Only of a job that was there before the time began.
    expr: `max by (job_name) (changes(${completed}[20m])) == 0 and max by (job_name) (${completed} offset 20m) >= 0`,
    for: "10m",
    severity: "critical",
    summary: "Job {{ $labels.job_name }} has completed no checkpoint for 20 minutes: what it wrote is not to be seen",
    cause: "Checkpoints fail or do not end, or the job does not run. Tables show rows only after a checkpoint.",
    check: "`GET /jobs/<id>/checkpoints` and `/exceptions` of the REST API.",
    cure: "As for failed checkpoints. After a loss the job would do the work since the last one again.",
  },
  {
    name: "FlinkBackPressure",
    expr: 'avg by (job_name, task_name) (flink_taskmanager_job_task_backPressuredTimeMsPerSecond{job="flink"}) > 800',
    for: "15m",
    severity: "warning",
    summary: "{{ $labels.task_name }} of job {{ $labels.job_name }} waits for what comes after it most of the time",
    cause: "What comes after it is slower than what comes in.",
    check: "`busyTimeMsPerSecond` of the tasks behind it: the busiest holds the others up.",
    cure: "More parallelism for that job, or more TaskManagers in `datalyptica:sizes`.",
  },
];
