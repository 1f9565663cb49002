import type { Alert } from "../../core/alerts";

const job = 'job="airflow"';

/** @param workers how many there should be */
export const alerts = (workers: number): readonly Alert[] => [
  {
    name: "AirflowSchedulerSilent",
    expr: `sum by (namespace) (rate(airflow_scheduler_heartbeat{${job}}[5m])) == 0 or absent(airflow_scheduler_heartbeat{${job}}) == 1`,
    for: "5m",
    severity: "critical",
    summary: "No scheduler of Airflow gives a sign of life: no task starts",
    cause: "The schedulers do not run, hang, or cannot reach PostgreSQL.",
    check: "Pods and logs of `airflow-scheduler`; `PostgresqlDown` and its like.",
    cure: "Mend what the log says. `kubectl rollout restart deployment/airflow-scheduler` is safe: tasks that run go on.",
  },
  {
    name: "AirflowDagProcessorSilent",
    expr: `sum by (namespace) (rate(airflow_dag_processor_heartbeat{${job}}[5m])) == 0`,
    for: "10m",
    severity: "warning",
    summary: "No DAG processor of Airflow gives a sign of life: changed DAGs are not seen",
    cause: "It does not run, or waits for a bundle: a repository or the bucket that cannot be reached.",
    check: "Pods and logs of `airflow-dag-processor`.",
    cure: "Mend what the log says; `egress` of a bundle in `datalyptica:dagBundles` must have the repository's address.",
  },
  {
    name: "AirflowTriggererSilent",
    expr: `sum by (namespace) (rate(airflow_triggerer_heartbeat{${job}}[5m])) == 0`,
    for: "10m",
    severity: "warning",
    summary: "No triggerer of Airflow gives a sign of life: deferred tasks do not go on",
    cause: "It does not run, or a trigger blocks it.",
    check: "Pods and logs of `airflow-triggerer`; `airflow_triggers_blocked_main_thread`.",
    cure: "Mend what the log says; a trigger that blocks must be made asynchronous.",
  },
  {
    name: "AirflowImportErrors",
    expr: `max by (namespace) (airflow_dag_processing_import_errors{${job}}) > 0`,
    for: "15m",
    severity: "warning",
    summary: "{{ $value }} files of DAGs cannot be loaded",
    cause: "An error in the file, or a package that the image does not have.",
    check:
      "The UI's home page lists them with their traces; so does `airflow dags list-import-errors` in a scheduler's pod.",
    cure: "Mend the file in its bucket or repository. More packages need an image of one's own (docs/AIRFLOW.md).",
  },
  {
    name: "AirflowTasksQueued",
    expr: `max by (namespace) (airflow_executor_queued_tasks{${job}}) > 0 and on (namespace) max by (namespace) (airflow_executor_open_slots{${job}}) > 0 and on (namespace) sum by (namespace) (increase(airflow_ti_start{${job}}[15m])) == 0`,
    for: "15m",
    severity: "critical",
    summary: "Tasks of Airflow wait although there is room, and none has started for a quarter of an hour",
    cause: "The workers do not run, or do not hear from Redis.",
    check: "Pods and logs of `airflow-worker`; alerts of Redis.",
    cure: "`kubectl rollout restart deployment/airflow-worker`; tasks that run are let end for ten minutes.",
  },
  {
    name: "AirflowTasksStarving",
    expr: `max by (namespace) (airflow_scheduler_tasks_starving{${job}}) > 0`,
    for: "30m",
    severity: "warning",
    summary: "{{ $value }} tasks of Airflow could run and find no slot",
    cause: "Pools, or what may run at once, are too small for what is to be done.",
    check: "Pools in the UI; `airflow_pool_open_slots`; CPU and memory of `airflow-worker`.",
    cure: "Make the pool larger, or have more or larger workers (`airflow-worker` in `datalyptica:sizes`).",
  },
  {
    name: "AirflowTasksFail",
    expr: `sum by (namespace) (increase(airflow_ti_failures{${job}}[30m])) > 10`,
    severity: "warning",
    summary: "{{ $value | humanize }} tasks of Airflow failed within half an hour",
    cause: "A DAG is wrong, or what it uses does not work: Trino, the object store, a job of dbt.",
    check: "The UI shows which; logs of tasks there, or in bucket `airflow-logs`.",
    cure: "Mend the cause, then clear the tasks in the UI: they run again.",
  },
  {
    name: "AirflowTasksLost",
    expr: `sum by (namespace) (increase(airflow_task_instances_without_heartbeats_killed{${job}}[30m])) > 0`,
    severity: "warning",
    summary: "{{ $value | humanize }} tasks of Airflow were given up, since nothing was heard of them",
    cause: "A worker was lost with them or ran out of memory.",
    check:
      "`kubectl get pods` and the last state of `airflow-worker`: OOMKilled says that tasks need more than a worker has.",
    cure: "`retries` in the DAG has a task tried again. More memory, or fewer tasks at once, as both follow from `airflow-worker` in `datalyptica:sizes`.",
  },
  ...(workers > 1
    ? [
        {
          name: "AirflowWorkersMissing",
          expr: `sum by (namespace) (kube_deployment_status_replicas_available{deployment="airflow-worker"}) < ${workers - 1}`,
          for: "15m",
          severity: "warning" as const,
          summary: "Only {{ $value }} workers of Airflow are there",
          cause: "Nodes are lost or full, or the pods do not start.",
          check: "`kubectl describe pod` of `airflow-worker` in the analytics namespace.",
          cure: "Mend what it says.",
        },
      ]
    : []),
];
