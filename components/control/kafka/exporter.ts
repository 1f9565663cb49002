import { authorityFile, authorityMount } from "../../core/certificates";
import { klogLines } from "../../core/logs";
import type { Account, Service } from "../../core/service";
import { keyOf } from "../../core/sources";
import { deployment } from "../../core/workload";
import type { Acl, KafkaClient } from "./client";

/**
 * How far consumers are behind, which brokers do not tell (docs/adr/0022): kafka_exporter asks for the offsets that groups
 * have committed, whether or not their consumers run. It is in Kafka's own image.
 */

/** It may see that topics and groups are there and how far they are, and read nothing. */
export const exporterAcls: readonly Acl[] = [
  { resource: "topic", name: "*", operations: ["Describe"] },
  { resource: "group", name: "*", operations: ["Describe"] },
];

const port = 9308;

/** The requests of its default, 2.0.0, are refused by Kafka 4. The image says which Kafka is in it. */
const script = `
exec /usr/bin/tini -w -e 143 -- /opt/kafka-exporter/kafka_exporter --kafka.version="$KAFKA_VERSION" "$@"
`.trim();

export function exporter(service: Service, account: Account, client: KafkaClient): void {
  const { platform } = service;
  const size = platform.size("kafka-exporter");
  const healthy = { http: "/healthz", port: "metrics" };
  deployment(service, {
    name: "kafka-exporter",
    component: "exporter",
    account,
    size,
    uses: [client],
    containers: [
      {
        name: "exporter",
        image: platform.image("kafka"),
        logs: klogLines,
        command: ["/bin/bash", "-ec", script, "exporter"],
        args: [
          `--kafka.server=${client.bootstrap}`,
          "--sasl.enabled",
          "--sasl.mechanism=scram-sha512",
          `--sasl.username=${client.username}`,
          "--tls.enabled",
          `--tls.ca-file=${authorityFile}`,
          // Kafka's own topics: many partitions, and nobody's backlog.
          "--topic.exclude=^__(consumer_offsets|transaction_state|share_group_state)$",
          `--web.listen-address=:${port}`,
        ],
        env: { SASL_USER_PASSWORD: keyOf(client.credentials, "password") },
        ports: { metrics: port },
        metrics: [{ port: "metrics", job: "kafka-exporter" }],
        resources: size,
        mounts: [authorityMount(service)],
        startup: { ...healthy, period: 5, failures: 24 },
        readiness: healthy,
        liveness: { ...healthy, failures: 6 },
      },
    ],
  });
}
