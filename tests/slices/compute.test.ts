import * as assert from "node:assert/strict";
import type { Manifest } from "../../policies/objects/manifest";
import { withRequired } from "../../scripts/lib/proofs/record";
import { render, stackConfig } from "../../scripts/lib/render";
import { dbtChecks } from "../sandbox/support/dbt";
import { flinkJobsChecks } from "../sandbox/support/flink-jobs";
import { networkMatrixChecks } from "../sandbox/support/network-matrix";
import { restarted, running, runsAsAsked } from "../sandbox/support/pods";
import { ownSandbox, pulumi, sandbox, script, updateWith } from "../sandbox/support/sandbox";

const services = withRequired(["spark", "flink", "dbt", "trino", "kafka", "prometheus"]);
const slice = { "datalyptica:services": services };

describe("compute on a real node: Spark, Flink and dbt over Kafka and the lakehouse", () => {
  ownSandbox("--nodes", "1");

  it("comes up and passes every smoke check", () => {
    const { seconds } = pulumi(...updateWith(slice));
    console.log(`      pulumi up: ${seconds.toFixed(1)} s, ${services.length} services`);
    console.log(indent(script("smoke.ts").stdout));
  });

  it("needed no packet that was dropped", () => {
    const { drops } = JSON.parse(sandbox("status", "-o", "json").stdout) as { drops: readonly unknown[] };
    assert.deepEqual(drops, []);
  });

  it("runs every pod with the namespace's user, group 0 and the SCC it asks for, and none restarts by itself", () => {
    for (const pod of running()) runsAsAsked(pod);
    assert.deepEqual(running().flatMap(restarted), []);
  });

  describe("a job of Flink's from Kafka to the lakehouse", () => flinkJobsChecks(services));
  describe("dbt", () => dbtChecks(services));

  describe("its network", () => {
    networkMatrixChecks(async () => {
      const config = { ...stackConfig("sandbox"), "datalyptica:services": JSON.stringify(services) };
      return (await render(config, "sandbox")).manifests as readonly Manifest[];
    });

    it("is not changed by a second update", () => {
      pulumi(...updateWith(slice), "--expect-no-changes");
    });
  });
});

const indent = (text: string): string => text.replace(/^/gm, "      ");
