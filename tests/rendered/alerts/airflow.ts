import { type Case, n, pods, rising, type Series } from "./series";

/** When alerts of Airflow must fire, and when they must not. */

/** By a pod of it. */
const of = (metric: string, value: string, pod = "airflow-0", labels = ""): Series => ({
  [`${metric}{job="airflow", namespace="a", pod="${pod}"${labels}}`]: value,
});
const silentProcess = (metric: string): Case => ({
  fires: [{ ...of(metric, n(50)), ...of(metric, n(70), "airflow-1") }],
  // One of two is lost.
  silent: [{ ...of(metric, n(50)), ...of(metric, rising(0.2), "airflow-1") }],
});
const waiting = (queued: number, slots: number, started: string): Series => ({
  ...of("airflow_executor_queued_tasks", n(queued)),
  ...of("airflow_executor_open_slots", n(slots)),
  ...of("airflow_ti_start", started, "airflow-2", ', dag_id="d"'),
});

export const airflow: Readonly<Record<string, Case>> = {
  AirflowSchedulerSilent: {
    fires: [...silentProcess("airflow_scheduler_heartbeat").fires, of("airflow_dagbag_size", n(1))],
    silent: silentProcess("airflow_scheduler_heartbeat").silent,
  },
  AirflowDagProcessorSilent: silentProcess("airflow_dag_processor_heartbeat"),
  AirflowTriggererSilent: silentProcess("airflow_triggerer_heartbeat"),
  AirflowImportErrors: {
    fires: [pods("airflow_dag_processing_import_errors", "airflow", [0, 2], ', namespace="a"')],
    silent: [pods("airflow_dag_processing_import_errors", "airflow", [0, 0], ', namespace="a"')],
  },
  AirflowTasksQueued: {
    fires: [waiting(3, 29, n(100))],
    // They start; nothing waits; there is no room.
    silent: [waiting(3, 29, rising(0.01)), waiting(0, 32, n(100)), waiting(3, 0, n(100))],
  },
  AirflowTasksStarving: {
    fires: [of("airflow_scheduler_tasks_starving", n(4))],
    silent: [of("airflow_scheduler_tasks_starving", n(0))],
  },
  AirflowTasksFail: {
    fires: [of("airflow_ti_failures", rising(0.01))],
    silent: [of("airflow_ti_failures", rising(0.004))],
  },
  AirflowTasksLost: {
    fires: [of("airflow_task_instances_without_heartbeats_killed", rising(0.001))],
    silent: [of("airflow_task_instances_without_heartbeats_killed", n(3))],
  },
  AirflowWorkersMissing: {
    fires: [{ 'kube_deployment_status_replicas_available{namespace="a", deployment="airflow-worker"}': n(1) }],
    silent: [{ 'kube_deployment_status_replicas_available{namespace="a", deployment="airflow-worker"}': n(2) }],
  },
};
