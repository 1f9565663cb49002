import * as assert from "node:assert/strict";
import { field, type Manifest, ofKind } from "../../policies/objects/manifest";
import { containersOf, workloads } from "../../policies/objects/pods";
import { rendering } from "../support/stacks";

/** What people's code in Airflow can get hold of. */
for (const [stack, prefix] of [
  ["ha", "datalyptica"],
  ["standalone", "datalyptica-dev"],
] as const) {
  describe(`Airflow in stack ${stack}`, function () {
    this.timeout(120_000);
    let manifests: readonly Manifest[];
    before(async () => {
      manifests = (await rendering(stack)).manifests as readonly Manifest[];
    });
    const mounted = (name: string): readonly string[] => {
      const workload = workloads(manifests).find((each) => each.name === name);
      assert.ok(workload, name);
      const volumes =
        field<{ secret?: { secretName: string; items?: { key: string }[] } }[]>(workload.pod, "volumes") ?? [];
      return volumes.flatMap(({ secret }) =>
        secret ? (secret.items ?? [{ key: "*" }]).map(({ key }) => `${secret.secretName}/${key}`) : [],
      );
    };

    it("gives workers the one key by which requests for logs are checked, and not the metadata database", () => {
      const worker = mounted("airflow-worker");
      assert.ok(worker.includes("airflow-keys/session"));
      assert.deepEqual(
        worker.filter((each) => /^airflow-(keys\/(?!session)|database-airflow\/|oidc|tls|admin)/.test(each)),
        [],
      );
      assert.ok(mounted("airflow-scheduler").includes("airflow-database-airflow/*"));
    });

    it("has no secret in a variable", () => {
      for (const workload of workloads(manifests).filter(({ name }) => name.startsWith("airflow-"))) {
        for (const { name, env = [] } of containersOf(workload)) {
          for (const { name: variable, valueFrom } of env) {
            assert.equal(valueFrom?.secretKeyRef, undefined, `${workload.name}/${name} ${variable}`);
          }
        }
      }
    });

    it("cannot talk to Kubernetes: neither account nor token", () => {
      for (const kind of ["Role", "RoleBinding", "ClusterRoleBinding"]) {
        const own = ofKind(manifests, kind).filter(
          ({ metadata }) => metadata.labels?.["app.kubernetes.io/name"] === "airflow",
        );
        assert.deepEqual(own, [], kind);
      }
      for (const { name, pod } of workloads(manifests).filter((each) => each.name.startsWith("airflow-"))) {
        assert.equal(field(pod, "automountServiceAccountToken"), false, name);
      }
    });

    it("leaves Jobs of dbt to a runner, whose account may read only its CronJobs and no Secret", () => {
      const roles = ofKind(manifests, "Role").filter(({ metadata }) => metadata.name === "dbt-runner");
      assert.equal(roles.length, 1);
      const rules =
        field<{ resources: string[]; verbs: string[]; resourceNames?: string[] }[]>(roles[0], "rules") ?? [];
      assert.equal(roles[0]?.metadata.namespace, `${prefix}-data`);
      assert.deepEqual(
        rules.map(({ resources, verbs, resourceNames }) => [resources.join(), verbs.join(), resourceNames?.join()]),
        [
          ["cronjobs", "get", "dbt-demo"],
          ["jobs", "create,get,list", undefined],
          ["pods", "list", undefined],
          ["pods/log", "get", undefined],
        ],
      );
      const runs = workloads(manifests).filter(({ name }) => name.startsWith("dbt-") && name !== "dbt-runner");
      assert.ok(runs.length > 1);
      for (const { name, pod } of runs) assert.equal(field(pod, "serviceAccountName"), "dbt", name);
    });
  });
}
