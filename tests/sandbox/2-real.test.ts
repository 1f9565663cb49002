import * as assert from "node:assert/strict";
import type { Manifest } from "../../policies/objects/manifest";
import { renderStack } from "../../scripts/lib/render";
import { browserChecks } from "./support/browser-checks";
import { changeDataChecks } from "./support/change-data";
import { networkMatrixChecks } from "./support/network-matrix";
import { panelChecks } from "./support/panels";
import { restarted, running, runsAsAsked } from "./support/pods";
import {
  eventually,
  indent,
  inSandbox,
  isWell,
  kubectl,
  ownSandbox,
  pulumi,
  realNodes,
  sandbox,
  script,
} from "./support/sandbox";

const prefix = "datalyptica-sandbox";

describe("stack sandbox on a real node", () => {
  ownSandbox(...realNodes(1));

  it("comes up and passes every smoke check", () => {
    const { seconds } = pulumi("up", "--stack", "sandbox", "--yes", "--skip-preview");
    console.log(`      pulumi up: ${seconds.toFixed(1)} s`);
    console.log(indent(script("smoke.ts").stdout));
  });

  it("does the lakehouse's main job on real data", () => {
    const { stdout } = script("demo.ts");
    assert.match(stdout, /15,?000/);
    assert.match(stdout, /60,?175/);
  });

  it("needed no packet that was dropped", () => {
    const { drops } = JSON.parse(sandbox("status", "-o", "json").stdout) as { drops: readonly unknown[] };
    assert.deepEqual(drops, []);
  });

  it("runs every pod with the namespace's user, group 0 and the SCC it asks for", () => {
    for (const pod of running()) runsAsAsked(pod);
  });

  it("elects PostgreSQL's leader through the API server, under the Role we ship", () => {
    const endpoints = kubectl<{
      metadata: { annotations?: Record<string, string> };
      subsets?: readonly { addresses?: readonly { targetRef?: { name: string } }[] }[];
    }>("get", "endpoints", "postgresql", "-n", `${prefix}-storage`);
    assert.equal(endpoints.metadata.annotations?.leader, "postgresql-0");
    assert.equal(endpoints.subsets?.[0]?.addresses?.length, 1);
  });

  it("archives write-ahead log and holds a full backup", () => {
    const { stdout } = inSandbox(
      "kubectl",
      "exec",
      "-n",
      `${prefix}-storage`,
      "postgresql-0",
      "-c",
      "postgresql",
      "--",
      "pgbackrest",
      "--stanza=main",
      "info",
    );
    assert.match(stdout, /status: ok/);
    assert.match(stdout, /full backup/);
  });

  it("survives the loss of Trino's coordinator and of PostgreSQL: the tables answer the same", async () => {
    const storage = `${prefix}-storage`;
    const data = `${prefix}-data`;
    const workloads = running().length;
    inSandbox("kubectl", "delete", "pod", "-n", data, "-l", "app.kubernetes.io/component=coordinator", "--wait=false");
    inSandbox("kubectl", "delete", "pod", "-n", storage, "postgresql-0", "--grace-period=0", "--force");
    const start = Date.now();
    await eventually("all pods ready again", 300, () => {
      const pods = running();
      return pods.length === workloads && pods.every(isWell);
    });
    console.log(`      ready again after ${Math.round((Date.now() - start) / 1000)} s`);
    const { stdout } = script("demo.ts");
    assert.match(stdout, /15,?000/);
    assert.match(stdout, /60,?175/);
  });

  it("has no pod that restarts by itself", () => {
    assert.deepEqual(running().flatMap(restarted), []);
  });

  describe("changes of PostgreSQL's tables", changeDataChecks);

  it("has Keycloak's clients as before when the Jobs that make them run again, as the browser then sees", () => {
    const jobs = ["keycloak-client-trino", "keycloak-client-kafka-ui"];
    inSandbox("kubectl", "delete", "job", ...jobs, "-n", `${prefix}-infrastructure`);
    // Not `--replace`: with a name that stays, Pulumi would make the new one first and then delete it as the old one.
    pulumi("up", "--stack", "sandbox", "--yes", "--skip-preview", "--refresh");
    for (const name of jobs) {
      const { status } = kubectl<{ status: { succeeded?: number } }>(
        "get",
        "job",
        name,
        "-n",
        `${prefix}-infrastructure`,
      );
      assert.equal(status.succeeded, 1, name);
    }
    console.log(indent(script("smoke.ts", "--services", "keycloak,trino,kafka-ui").stdout));
  });

  panelChecks();

  describe("in a browser", browserChecks);

  describe("its network", () => {
    networkMatrixChecks(async () => (await renderStack("sandbox")).manifests as readonly Manifest[]);

    it("is not changed by a second update", () => {
      pulumi("up", "--stack", "sandbox", "--yes", "--skip-preview", "--expect-no-changes");
    });
  });
});
