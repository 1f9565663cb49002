import { atLeast, below, metricsOf, type Panel, rate, type ServicePanels } from "../../core/panels";

const airflow = metricsOf("airflow");
const none = "no task yet";

const ended: Panel = {
  kind: "chart",
  title: "Airflow: tasks",
  about: "Tasks that ended, by how, a second.",
  unit: "ops",
  stacked: true,
  empty: none,
  series: { "{{state}}": rate(airflow("airflow_ti_finish"), "state") },
};

export const panels: ServicePanels = {
  rows: [
    {
      title: "Airflow",
      panels: [
        {
          kind: "stat",
          title: "Signs of life a minute",
          about: "Of schedulers, DAG processors and triggerers together: each gives about twelve.",
          steps: atLeast(1),
          series: {
            Scheduler: `60 * ${rate(airflow("airflow_scheduler_heartbeat"))}`,
            "DAG processor": `60 * ${rate(airflow("airflow_dag_processor_heartbeat"))}`,
            Triggerer: `60 * ${rate(airflow("airflow_triggerer_heartbeat"))}`,
          },
        },
        {
          kind: "stat",
          title: "DAGs",
          about: "DAGs that were found, and files that cannot be loaded: the UI's home page says why.",
          steps: ["text"],
          empty: "nothing parsed yet",
          series: {
            DAGs: `max(${airflow("airflow_dagbag_size")})`,
            "Cannot be loaded": `max(${airflow("airflow_dag_processing_import_errors")})`,
          },
        },
        {
          kind: "chart",
          title: "Tasks at work",
          about:
            "Tasks that wait for a worker, and that run. Those that starve could run and find no slot in their pool.",
          empty: none,
          series: {
            Queued: `sum(${airflow("airflow_executor_queued_tasks")})`,
            Running: `sum(${airflow("airflow_executor_running_tasks")})`,
            Starving: `max(${airflow("airflow_scheduler_tasks_starving")})`,
          },
        },
        { ...ended, title: "Tasks that ended" },
        {
          kind: "table",
          title: "Failures by DAG",
          about: "Tasks that failed within the last day.",
          columns: { dag_id: "DAG" },
          empty: "none failed",
          series: { Failed: `sum by (dag_id) (increase(${airflow("airflow_ti_failures")}[1d])) > 0` },
        },
        {
          kind: "chart",
          title: "Duration of tasks",
          about: "How long tasks take, on average, by DAG.",
          unit: "s",
          empty: none,
          series: {
            "{{dag_id}}": `${rate(airflow("airflow_task_duration_sum"), "dag_id")} / ${rate(airflow("airflow_task_duration_count"), "dag_id")}`,
          },
        },
        {
          kind: "chart",
          title: "Round of the scheduler",
          about: "How long a scheduler takes to look at all that is due. Tasks start that much later.",
          unit: "s",
          steps: below(10),
          series: {
            "{{pod}}": `max by (pod) (${airflow("airflow_scheduler_scheduler_loop_duration", 'quantile="0.99"')})`,
          },
        },
        {
          kind: "chart",
          title: "Parsing all DAGs",
          about: "How long the last round through all files took.",
          unit: "s",
          empty: "nothing parsed yet",
          series: { "{{pod}}": `max by (pod) (${airflow("airflow_dag_processing_total_parse_time")})` },
        },
      ],
    },
  ],
  overview: { work: [ended] },
};
