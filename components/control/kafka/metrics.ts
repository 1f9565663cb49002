import { yamlText } from "../../core/formats";
import { commonDirectory, ports } from "./config";

/** Kafka's metrics: the JMX exporter runs inside the server's JVM. */

/** The exporter in Kafka's image. */
export const agentJar = "/opt/prometheus-jmx-exporter/jmx_prometheus_javaagent-1.6.0.jar";

/** The option of a JVM that serves its metrics. @param rules file that names them */
export const javaAgent = (jar: string, port: number, rules: string): string => `-javaagent:${jar}=${port}:${rules}`;

export const agent = javaAgent(agentJar, ports.metrics, `${commonDirectory}/metrics.yml`);

const bean = "kafka\\.(\\w+)<type=(.+), name=(.+)";
/** A bean's further keys become labels. */
const [one, two] = [", (.+)=(.+)", ", (.+)=(.+), (.+)=(.+)"];
const counter = { name: "kafka_$1_$2_$3_total", type: "COUNTER" };
const gauge = { name: "kafka_$1_$2_$3", type: "GAUGE" };
const labels = { $4: "$5" };

/** `kafka_<domain>_<type>_<name>` in lower case, the names of Strimzi's rules, which public dashboards use. */
export const metricRules = (): string =>
  yamlText({
    lowercaseOutputName: true,
    lowercaseOutputLabelNames: true,
    rules: [
      { pattern: `${bean}PerSec${two}><>Count`, ...counter, labels: { ...labels, $6: "$7" } },
      { pattern: `${bean}PerSec${one}><>Count`, ...counter, labels },
      { pattern: `${bean}PerSec><>Count`, ...counter },
      { pattern: `${bean}${two}><>Value`, ...gauge, labels: { ...labels, $6: "$7" } },
      { pattern: `${bean}${one}><>Value`, ...gauge, labels },
      { pattern: `${bean}><>Value`, ...gauge },
      // Time of requests by their type, in milliseconds: how many, and the slowest hundredth.
      {
        pattern: "kafka\\.network<type=RequestMetrics, name=TotalTimeMs, request=(.+)><>(Count|99thPercentile)",
        name: "kafka_network_requestmetrics_totaltimems_$2",
        type: "GAUGE",
        labels: { request: "$1" },
      },
      { pattern: "kafka\\.server<type=raft-metrics><>(.+):", name: "kafka_server_raftmetrics_$1", type: "GAUGE" },
    ],
  });
