import type { Alert } from "../../core/alerts";

/** By group and topic, of whichever pod of the exporter tells it. */
const byGroup = (metric: string) => `max by (namespace, consumergroup, topic) (${metric})`;
const lag = byGroup('kafka_consumergroup_lag_sum{job="kafka-exporter"}');
const offset = 'kafka_consumergroup_current_offset_sum{job="kafka-exporter"}';
/** Transactions leave marks in a topic that count as messages, and that nobody reads. */
const some = `${lag} > 100`;

/** Names of metrics are those of `metrics.ts` and of kafka_exporter. */
export const alerts: readonly Alert[] = [
  {
    name: "KafkaControllerMissing",
    expr: 'sum(kafka_controller_kafkacontroller_activecontrollercount{job="kafka"}) != 1',
    for: "1m",
    severity: "critical",
    summary: "Kafka has {{ $value }} active controllers instead of one",
    cause: "The controllers have no majority, or one does not answer.",
    check: "`kubectl get pods` of kafka-controller; `kafka-metadata-quorum.sh describe --status` in one of them.",
    cure: "Bring two of three controllers back. Clients go on with the leaders they know; nothing else can change meanwhile.",
  },
  {
    name: "KafkaPartitionsOffline",
    expr: 'max(kafka_controller_kafkacontroller_offlinepartitionscount{job="kafka"}) > 0',
    for: "1m",
    severity: "critical",
    summary: "{{ $value }} partitions have no leader: they can be neither read nor written",
    cause: "All brokers that are in sync with them are down.",
    check: "`kafka-topics.sh --describe --unavailable-partitions` names partitions and brokers.",
    cure: "Bring the brokers back. A broker that was behind must not become leader: it would lose what was acknowledged.",
  },
  {
    name: "KafkaPartitionsUnderMinimum",
    expr: 'sum(kafka_server_replicamanager_underminisrpartitioncount{job="kafka"}) > 0',
    for: "2m",
    severity: "critical",
    summary: "{{ $value }} partitions refuse writes: too few copies are in sync",
    cause: "Two brokers are down or behind.",
    check: "`kafka-topics.sh --describe --under-min-isr-partitions`.",
    cure: "Bring the brokers back; producers that wait go on by themselves.",
  },
  {
    name: "KafkaPartitionsUnderReplicated",
    expr: 'sum(kafka_server_replicamanager_underreplicatedpartitions{job="kafka"}) > 0',
    for: "15m",
    severity: "warning",
    summary: "{{ $value }} partitions have a copy that is behind",
    cause: "A broker is down or slow: its disk, its network, or too much load.",
    check: "`kafka-topics.sh --describe --under-replicated-partitions`: which broker is in all of them?",
    cure: "Mend that broker; copies catch up by themselves.",
  },
  {
    name: "KafkaLogDirectoryOffline",
    expr: 'kafka_log_logmanager_offlinelogdirectorycount{job="kafka"} > 0',
    for: "1m",
    severity: "critical",
    summary: "{{ $labels.pod }} gave up its disk",
    cause: "Reading or writing failed, or the volume is full.",
    check: "The broker's log names the error.",
    cure: "Mend or expand the volume and restart the pod. With a new volume it copies everything from the others.",
  },
  {
    name: "KafkaConsumerStands",
    expr: `${some} and ${byGroup(`delta(${offset}[15m])`)} == 0`,
    for: "15m",
    severity: "warning",
    summary:
      "Group {{ $labels.consumergroup }} has read nothing of topic {{ $labels.topic }} for half an hour; {{ $value | humanize }} messages wait",
    cause:
      "Its consumers are down, hang, fail at one message again and again, or were given up with the group left behind.",
    check:
      "`kafka-consumer-groups.sh --describe --group <group>` shows whether it has members, and on which partition they stand; then their log.",
    cure: "Bring the consumers back before the topic's retention takes what they have not read. A group that nobody needs: `kafka-consumer-groups.sh --delete --group <group>`.",
  },
  {
    name: "KafkaConsumerBehind",
    expr: `${lag} / ${byGroup(`rate(${offset}[15m])`)} > 1800 < Inf and ${some}`,
    for: "15m",
    severity: "warning",
    summary:
      "At its pace, group {{ $labels.consumergroup }} needs {{ $value | humanizeDuration }} for what waits in topic {{ $labels.topic }}",
    cause: "More is written than its consumers read, or they have just come back and catch up.",
    check:
      "Does it shrink? `kafka-consumer-groups.sh --describe --group <group>` shows whether one partition has most of it.",
    cure: "More consumers, up to one for each partition, or more CPU for them; more partitions where each has one already.",
  },
];
