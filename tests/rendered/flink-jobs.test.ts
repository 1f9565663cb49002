import * as assert from "node:assert/strict";
import { entriesOf, type Manifest, report } from "../../policies/objects/manifest";
import { type Rendered, render, stackConfig } from "../../scripts/lib/render";
import { checksOf } from "../checks/index";
import { protectedIn } from "../support/stacks";
import { facts } from "./stacks";

/** A job from one topic to another, in stack ha: it adds no flow, since all jobs have those of the cluster. */
describe("declared jobs of Flink", function () {
  this.timeout(300_000);
  const start = "INSERT INTO sums SELECT * FROM visits";
  const jobs = { visits: { reads: ["visits"], writes: ["sums"], sql: [start] } };
  let on: Rendered;
  before(async () => {
    on = await render({ ...stackConfig("ha"), "datalyptica:flinkJobs": JSON.stringify(jobs) });
  });
  const entries = (kind: string, name: string) => {
    const found = (on.manifests as readonly Manifest[]).find(
      (each) => each.kind === kind && each.metadata.name === name,
    );
    assert.ok(found, `${kind} ${name}`);
    return entriesOf(found);
  };

  for (const name of Object.keys(checksOf(facts.ha, () => true))) {
    it(name, () => {
      const check = checksOf(facts.ha, protectedIn(on))[name];
      assert.equal(report(check?.(on.manifests as readonly Manifest[]) ?? []), "");
    });
  }

  it("have their topics and rights in Kafka, and the password that Kafka knows where their statements look for it", () => {
    const grants = entries("ConfigMap", "kafka-grants-flink");
    assert.equal(grants.topics, "sums 3\nvisits 3\n");
    assert.match(grants.acls ?? "", /^topic visits literal Read Describe$/m);
    assert.match(grants.acls ?? "", /^topic sums literal Write Describe$/m);
    const { password } = entries("Secret", "flink-kafka-flink");
    assert.equal(password, entries("Secret", "kafka-user-flink").password);
    const statements = entries("ConfigMap", "flink-jobs")["visits.jsonl"] ?? "";
    const [, folder, key] = /\$\{dir:([^:]+):(\w+)\}/.exec(statements) ?? [];
    assert.equal(key, "password");
    for (const name of ["flink-jobmanager", "flink-taskmanager"]) {
      const pods = on.manifests.find(({ kind, metadata }) => kind === "Deployment" && metadata.name === name);
      assert.ok(JSON.stringify(pods).includes(`"mountPath":"${folder}"`), name);
    }
  });

  it("are applied when the cluster is there, and again when their text is another", () => {
    const found = on.resources.find(({ type, name }) => type.endsWith(":Job") && name === "flink-jobs");
    for (const name of ["flink-jobmanager", "flink-taskmanager", "flink-sql-gateway"]) {
      assert.ok(found?.after.includes(name), name);
    }
    const annotations = JSON.stringify(
      on.manifests.find(({ kind, metadata }) => kind === "Job" && metadata.name === "flink-jobs"),
    );
    assert.match(annotations, /config-checksum/);
  });
});
