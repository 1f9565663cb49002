import * as assert from "node:assert/strict";
import { eventually, inSandbox, isWell, kubectl, ownSandbox, platformPods, pulumi, script } from "./support";

const prefix = "datalyptica-sandbox";

/** Pods of workloads that run on, without those of Jobs. */
const running = () => platformPods().filter(({ status }) => status.phase !== "Succeeded");

describe("stack sandbox on a real node", () => {
  ownSandbox("--nodes", "1");

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

  it("runs every pod with the namespace's user, group 0 and the SCC it asks for", () => {
    for (const pod of running()) {
      const { name, namespace, annotations } = pod.metadata;
      const range = kubectl<{ metadata: { annotations: Record<string, string> } }>("get", "namespace", namespace)
        .metadata.annotations["openshift.io/sa.scc.uid-range"];
      const [start] = (range ?? "").split("/");
      for (const container of pod.spec.containers) {
        const [uid, gid] = inSandbox(
          "kubectl",
          "exec",
          "-n",
          namespace,
          name,
          "-c",
          container.name,
          "--",
          "sh",
          "-c",
          "LD_PRELOAD= id -u; LD_PRELOAD= id -g",
        ).stdout.split("\n");
        assert.equal(uid, start, `${name}/${container.name}`);
        assert.equal(gid, "0", `${name}/${container.name}`);
        assert.equal(container.securityContext?.readOnlyRootFilesystem, true, `${name}/${container.name}`);
      }
      assert.equal(annotations?.["openshift.io/scc"], annotations?.["openshift.io/required-scc"], name);
    }
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
    const restarts = running().flatMap(({ metadata, status }) =>
      (status.containerStatuses ?? [])
        .filter(({ restartCount }) => restartCount > 0)
        .map(({ name, restartCount }) => `${metadata.name}/${name}: ${restartCount}`),
    );
    assert.deepEqual(restarts, []);
  });

  it("is not changed by a second update", () => {
    pulumi("up", "--stack", "sandbox", "--yes", "--skip-preview", "--expect-no-changes");
  });
});

const indent = (text: string): string => text.replace(/^/gm, "      ");
