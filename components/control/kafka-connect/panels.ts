import { heap } from "../../core/java-panels";
import { below, metricsOf, type Panel, type ServicePanels } from "../../core/panels";

const connect = metricsOf("kafka-connect");
const none = "no connector";

/** @param changes whether changes of PostgreSQL's tables go through it */
export const panels = (changes: boolean): ServicePanels => ({
  rows: [
    {
      title: "Kafka Connect",
      panels: [
        {
          kind: "stat",
          title: "Connectors",
          about: "Connectors that run, over all workers.",
          steps: ["text"],
          series: { Connectors: `sum(${connect("kafka_connect_worker_connector_count")})` },
        },
        {
          kind: "stat",
          title: "Tasks",
          about: "Tasks of all connectors; each is done by one worker.",
          steps: ["text"],
          series: { Tasks: `sum(${connect("kafka_connect_worker_task_count")})` },
        },
        {
          kind: "stat",
          title: "Failed tasks",
          about: "Tasks that ended with an error and stay so until somebody restarts them.",
          steps: below(1),
          empty: none,
          series: { Tasks: `sum(${connect("kafka_connect_worker_connector_failed_task_count")})` },
        },
        {
          kind: "stat",
          title: "Rebalancing",
          about: "Whether workers are sharing out the work: nothing runs meanwhile.",
          texts: { 0: "no", 1: "yes" },
          steps: ["green", [1, "orange"]],
          series: { Rebalancing: `max(${connect("kafka_connect_worker_rebalance_rebalancing")})` },
        },
        {
          kind: "chart",
          title: "Records by connector",
          about: "Records a second that sources write to Kafka and sinks read from it.",
          unit: "ops",
          empty: none,
          series: {
            "{{connector}} writes": `sum by (connector) (${connect("kafka_connect_source_task_source_record_write_rate")})`,
            "{{connector}} reads": `sum by (connector) (${connect("kafka_connect_sink_task_sink_record_read_rate")})`,
          },
        },
        {
          kind: "table",
          title: "Tasks by state",
          about: "What each task does: running, paused, failed, unassigned, restarting.",
          columns: { connector: "Connector", task: "Task", status: "State", pod: "Worker" },
          empty: none,
          series: { "": connect("kafka_connect_connector_task_status") },
        },
        heap("kafka-connect"),
      ],
    },
    ...(changes ? [{ title: "Changes of PostgreSQL's tables", panels: reading }] : []),
  ],
});

const reading: readonly Panel[] = [
  {
    kind: "stat",
    title: "Connected",
    about: "Whether Debezium reads PostgreSQL's log. While it does not, PostgreSQL keeps all that it has not read.",
    texts: { 0: "no", 1: "yes" },
    steps: ["red", [1, "green"]],
    series: { "{{server}}": `max by (server) (${connect("debezium_streaming_connected")})` },
  },
  {
    kind: "chart",
    title: "Behind PostgreSQL",
    about: "Time from a commit in PostgreSQL to its event in Kafka. `ChangeDataSourceBehind` fires above five minutes.",
    unit: "ms",
    steps: below(300_000),
    series: { "{{server}}": `max by (server) (${connect("debezium_streaming_millisecondsbehindsource")})` },
  },
  {
    kind: "chart",
    title: "Changes",
    about: "Inserts, updates and deletes a second that were read.",
    unit: "ops",
    series: {
      "{{server}}": `sum by (server) (rate(${connect("debezium_streaming_totalnumberofeventsseen")}[$__rate_interval]))`,
    },
  },
];
