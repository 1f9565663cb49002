import * as assert from "node:assert/strict";
import type { Manifest } from "../../policies/objects/manifest";
import { renderStack } from "../../scripts/lib/render";
import { browserChecks } from "./support/browser-checks";
import { changeDataChecks } from "./support/change-data";
import { dbtChecks } from "./support/dbt";
import { flinkJobsChecks } from "./support/flink-jobs";
import { Flows } from "./support/flows";
import {
  eventually,
  hand,
  inSandbox,
  isWell,
  kubectl,
  type List,
  ownSandbox,
  platformPods,
  pulumi,
  sandbox,
  script,
  stopServices,
  userOf,
} from "./support/sandbox";

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

  it("needed no packet that was dropped", () => {
    const { drops } = JSON.parse(sandbox("status", "-o", "json").stdout) as { drops: readonly unknown[] };
    assert.deepEqual(drops, []);
  });

  it("runs every pod with the namespace's user, group 0 and the SCC it asks for", () => {
    for (const pod of running()) {
      const { name, namespace, annotations } = pod.metadata;
      const range = kubectl<{ metadata: { annotations: Record<string, string> } }>("get", "namespace", namespace)
        .metadata.annotations["openshift.io/sa.scc.uid-range"];
      const [start] = (range ?? "").split("/");
      for (const container of pod.spec.containers) {
        const { uid, gid } = userOf(pod, container.name);
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

  describe("changes of PostgreSQL's tables", changeDataChecks);

  describe("a job of Flink's from Kafka to the lakehouse", flinkJobsChecks);
  describe("dbt", dbtChecks);

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

  it("has series for every query of every panel that the dashboards of its services would have", () => {
    const unseen = "tests/rendered/metric-names/elsewhere.json";
    console.log(indent(script("panels.ts", "--stack", "sandbox", "--unseen", unseen, "--patience", "120").stdout));
  });

  describe("in a browser", browserChecks);

  describe("its network", () => {
    it("drops every packet that no flow declares and passes every other, and each policy is needed for that", async () => {
      const flows = new Flows((await renderStack("sandbox")).manifests as readonly Manifest[]);
      stopServices();
      try {
        await flows.start();
        await settled(flows, (differences) => differences.length === 0, "as the policies say");
        const policies = kubectl<List<Policy>>("get", "networkpolicies", "-A").items;
        const covered = policies.filter(({ metadata }) => flows.covers(metadata));
        const groups = flows.groups(covered);
        console.log(`        ${covered.length} policies, taken away in ${groups.length} groups`);
        for (const group of groups) {
          const each = (what: string, fits: (differences: readonly string[]) => boolean) =>
            Promise.all(group.map(({ metadata }) => settled(flows, fits, `${what} ${metadata.name}`, metadata)));
          for (const { metadata } of group) {
            inSandbox("kubectl", "delete", "networkpolicy", metadata.name, "-n", metadata.namespace);
          }
          await each("seen to be without", (differences) => differences.length > 0);
          group.forEach(restore);
          await each("as before with", (differences) => differences.length === 0);
        }
      } finally {
        flows.stop();
      }
    });

    it("is not changed by a second update", () => {
      pulumi("up", "--stack", "sandbox", "--yes", "--skip-preview", "--expect-no-changes");
    });
  });
});

interface Policy {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly [field: string]: unknown };
  readonly spec: unknown;
}

/** Puts a deleted policy back as it was, field owners included, so that Pulumi finds nothing to do. */
function restore({ metadata, ...rest }: Policy): void {
  const { resourceVersion, uid, creationTimestamp, generation, ...own } = metadata;
  hand("create", { ...rest, metadata: own });
}

/** Waits a moment until the network does as expected: policies come into force within a second or so. */
async function settled(
  flows: Flows,
  expected: (differences: readonly string[]) => boolean,
  what: string,
  policy?: Policy["metadata"],
): Promise<void> {
  const deadline = Date.now() + 60_000;
  let differences = await flows.differences(policy);
  while (!expected(differences)) {
    assert.ok(Date.now() < deadline, `not ${what}:\n${differences.join("\n")}`);
    differences = await flows.differences(policy);
  }
}

const indent = (text: string): string => text.replace(/^/gm, "      ");
