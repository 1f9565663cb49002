import * as assert from "node:assert/strict";
import { Metrics } from "../../components/core/metrics";

const endpoint = (name: string) => ({
  peer: { namespace: "p-control", name, selector: {}, labels: {} },
  port: 9404,
});

describe("the record of metrics", () => {
  it("puts workloads of one service into one job, in the order of names", () => {
    const metrics = new Metrics();
    metrics.add("kafka", { port: "metrics" }, endpoint("kafka-controller"));
    metrics.add("kafka", { port: "metrics" }, endpoint("kafka-broker"));
    metrics.add("keycloak", { port: "management", job: "a" }, endpoint("keycloak"));
    assert.deepEqual(
      metrics.jobs().map(({ name, endpoints }) => [name, endpoints.length]),
      [
        ["a", 1],
        ["kafka", 2],
      ],
    );
  });

  it("refuses a job that is declared in two ways, since Prometheus asks all its targets alike", () => {
    const metrics = new Metrics();
    metrics.add("kafka", { port: "metrics" }, endpoint("kafka-controller"));
    assert.throws(() => metrics.add("kafka", { port: "metrics", tls: true }, endpoint("kafka-broker")), /job kafka/);
    assert.throws(() => metrics.add("trino", { port: "metrics", job: "kafka" }, endpoint("trino")), /job kafka/);
  });
});
