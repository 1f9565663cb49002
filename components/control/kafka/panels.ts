import { heap } from "../../core/java-panels";
import { atLeast, below, exactly, metricsOf, rate, type ServicePanels } from "../../core/panels";

/** Brokers and controllers, by the names of Strimzi's rules (`metrics.ts`). */
const kafka = metricsOf("kafka");
/** What groups have committed, which brokers do not tell. */
const groups = metricsOf("kafka-exporter");
/** A broker counts each topic, and all together without the label. */
const together = 'topic=""';
const eachTopic = 'topic!=""';
const topics = (counter: string) => `topk(10, ${rate(kafka(counter, eachTopic), "topic")})`;
const slowest = (request: string) =>
  `max by (pod) (${kafka("kafka_network_requestmetrics_totaltimems_99thpercentile", `request="${request}"`)})`;

const throughput = {
  kind: "chart",
  title: "Kafka: bytes in and out",
  about: "Bytes a second that producers write and consumers read; copies between brokers are not counted.",
  unit: "Bps",
  series: {
    in: rate(kafka("kafka_server_brokertopicmetrics_bytesin_total", together)),
    out: rate(kafka("kafka_server_brokertopicmetrics_bytesout_total", together)),
  },
} as const;

/** @param brokers of the cluster */
export const panels = (brokers: number): ServicePanels => ({
  rows: [
    {
      title: "Kafka",
      panels: [
        {
          kind: "stat",
          title: "Active controllers",
          about: "Exactly one of the controllers leads. For some seconds of an election there is none.",
          steps: exactly(1),
          series: { Controllers: `sum(${kafka("kafka_controller_kafkacontroller_activecontrollercount")})` },
        },
        {
          kind: "stat",
          title: "Brokers",
          about: `Brokers that the controller knows to be well: all ${brokers}.`,
          steps: atLeast(brokers),
          series: { Brokers: `max(${kafka("kafka_controller_kafkacontroller_activebrokercount")})` },
        },
        {
          kind: "stat",
          title: "Offline partitions",
          about: "Partitions without a leader: nobody reads or writes them.",
          steps: below(1),
          series: { Partitions: `max(${kafka("kafka_controller_kafkacontroller_offlinepartitionscount")})` },
        },
        {
          kind: "stat",
          title: "Under the minimum",
          about: "Partitions with too few copies in sync: producers that ask for all acknowledgements are refused.",
          steps: below(1),
          series: { Partitions: `sum(${kafka("kafka_server_replicamanager_underminisrpartitioncount")})` },
        },
        {
          kind: "stat",
          title: "Under-replicated",
          about: "Partitions with a copy that lags behind. Normal for minutes after a broker was restarted.",
          steps: ["green", [1, "orange"]],
          series: { Partitions: `sum(${kafka("kafka_server_replicamanager_underreplicatedpartitions")})` },
        },
        {
          kind: "stat",
          title: "Partitions",
          about: "Partitions of all topics, each counted once.",
          steps: ["text"],
          series: { Partitions: `max(${kafka("kafka_controller_kafkacontroller_globalpartitioncount")})` },
        },
        { ...throughput, title: "Bytes in and out" },
        {
          kind: "chart",
          title: "Messages by topic",
          about: "Messages a second of the ten topics that get most.",
          unit: "ops",
          stacked: true,
          series: { "{{topic}}": topics("kafka_server_brokertopicmetrics_messagesin_total") },
        },
        {
          kind: "chart",
          title: "Slowest hundredth of writes",
          about: "99th percentile of what a produce request takes in the broker, waiting for copies included.",
          unit: "ms",
          series: { "{{pod}}": slowest("Produce") },
        },
        {
          kind: "bars",
          title: "Network threads idle",
          about: "Share of time that a broker's network threads are idle. Below 0.3 it is near what it can do.",
          unit: "percentunit",
          max: 1,
          steps: ["red", [0.3, "orange"], [0.5, "green"]],
          series: {
            "{{pod}}": `avg by (pod) (${kafka("kafka_network_socketserver_networkprocessoravgidlepercent", 'component="broker"')})`,
          },
        },
        {
          kind: "chart",
          title: "Copies that fell behind",
          about:
            "Times a second that a copy left a partition's in-sync set: a slow disk, a slow network, or a broker that went.",
          unit: "ops",
          series: { "{{pod}}": rate(kafka("kafka_server_replicamanager_isrshrinks_total"), "pod") },
        },
        {
          kind: "chart",
          title: "Size by topic",
          about: "Bytes on disk of the ten largest topics, all copies together.",
          unit: "bytes",
          series: { "{{topic}}": `topk(10, sum by (topic) (${kafka("kafka_log_log_size")}))` },
        },
        {
          kind: "chart",
          title: "Behind by group",
          about:
            "Messages that consumer groups have not committed yet, of all their topics, whether or not a consumer runs.",
          series: {
            "{{consumergroup}}": `sum by (consumergroup) (clamp_min(${groups("kafka_consumergroup_lag_sum")}, 0))`,
          },
          empty: "No group has committed anything",
        },
        heap("kafka"),
      ],
    },
  ],
  overview: { work: [throughput] },
});
