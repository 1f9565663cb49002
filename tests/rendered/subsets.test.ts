import * as assert from "node:assert/strict";
import { report } from "../../policies/objects/manifest";
import { render, stackConfig } from "../../scripts/lib/render";
import { familyChecks } from "../checks";
import { connections } from "../checks/connections";
import { dnsNames } from "../checks/dns";
import { protectedIn } from "../support/stacks";
import { facts } from "./stacks";

/** Services are optional: what is left must hold together without the rest. */
describe("a stack with some of the services", () => {
  const rendered = (services: readonly string[]) =>
    render({ ...stackConfig("ha"), "datalyptica:services": JSON.stringify(services) });
  const { atRunTime } = facts.ha;

  for (const services of [
    ["minio"],
    ["postgresql"],
    ["redis"],
    ["kafka"],
    ["kafka", "schema-registry"],
    ["kafka", "schema-registry", "kafka-connect"],
    ["kafka", "kafka-ui"],
    ["prometheus"],
    ["alertmanager"],
    ["minio", "prometheus", "alertmanager"],
    ["minio", "postgresql"],
    ["postgresql", "keycloak"],
    ["postgresql", "grafana"],
    ["postgresql", "prometheus", "grafana"],
    ["postgresql", "keycloak", "alertmanager", "grafana"],
    ["minio", "postgresql", "nessie"],
    ["minio", "postgresql", "nessie", "trino"],
    ["minio", "postgresql", "nessie", "spark"],
    ["minio", "postgresql", "nessie", "flink"],
    ["minio", "postgresql", "nessie", "trino", "dbt"],
    ["minio", "postgresql", "nessie", "trino", "great-expectations"],
    ["minio", "postgresql", "mlflow"],
    ["minio", "postgresql", "keycloak", "mlflow"],
    ["postgresql", "jupyterlab", "jupyterhub"],
    ["minio", "postgresql", "jupyterlab", "jupyterhub"],
    ["minio", "postgresql", "mlflow", "jupyterlab", "jupyterhub"],
    ["postgresql", "redis", "superset"],
    ["postgresql", "redis", "keycloak", "superset"],
    ["minio", "postgresql", "redis", "nessie", "trino", "superset"],
    ["minio", "postgresql", "redis", "airflow"],
    ["minio", "postgresql", "redis", "nessie", "trino", "dbt", "airflow"],
    ["clickhouse"],
    ["kafka", "clickhouse"],
    ["minio", "postgresql", "nessie", "clickhouse"],
  ]) {
    it(`${services.join(", ")}: every name resolves, and no policy is violated`, async () => {
      const stack = await rendered(services);
      const { manifests } = stack;
      const present = new Set(manifests.map(({ metadata }) => metadata.labels?.["app.kubernetes.io/name"]));
      assert.deepEqual([...present].sort(), [...services, "platform"].sort());
      const runTime = services.includes("postgresql") ? atRunTime : { ...atRunTime, endpointsBy: {} };
      const families = Object.values(familyChecks(protectedIn(stack)));
      assert.equal(
        report([
          ...families.flatMap((check) => check(manifests)),
          ...connections(manifests, runTime),
          ...dnsNames(manifests, runTime),
        ]),
        "",
      );
    });
  }

  it("PostgreSQL without MinIO archives nothing and has no backup Job", async () => {
    const { manifests } = await rendered(["postgresql"]);
    assert.deepEqual(
      manifests.filter(({ kind }) => kind === "Job" || kind === "CronJob").map(({ metadata }) => metadata.name),
      ["postgresql-provision-exporter", "postgresql-slots"],
    );
    assert.doesNotMatch(JSON.stringify(manifests), /archive_mode|pgbackrest/i);
  });

  it("Grafana without Prometheus has no dashboards, which would ask nobody", async () => {
    const { manifests } = await rendered(["postgresql", "grafana"]);
    assert.deepEqual(
      manifests.filter(({ metadata }) => /^grafana-dashboards/.test(metadata.name)),
      [],
    );
  });

  it("has a namespace only for the layers in use", async () => {
    const { manifests, outputs } = await rendered(["minio"]);
    assert.deepEqual(
      manifests.filter(({ kind }) => kind === "Namespace").map(({ metadata }) => metadata.name),
      ["datalyptica-storage"],
    );
    assert.deepEqual(outputs.namespaces, { storage: "datalyptica-storage" });
  });
});
