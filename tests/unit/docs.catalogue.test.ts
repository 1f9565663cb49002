import * as assert from "node:assert/strict";
import { catalogue, serviceNames } from "../../components/core/catalogue";
import { serviceCatalogue } from "../../scripts/lib/docs/catalogue";
import { arrowsIn, dependencies, mermaidOf, wiring } from "../../scripts/lib/docs/dependencies";
import { partsOf } from "../../scripts/lib/docs/parts";
import type { Manifest } from "../../scripts/lib/manifests";
import { table } from "../../scripts/lib/markdown";
import { rendering } from "../support/stacks";

const object = (kind: string, name: string, spec: object = {}, service = "trino"): Manifest => ({
  apiVersion: "v1",
  kind,
  metadata: { name, namespace: "d", labels: { "app.kubernetes.io/name": service } },
  spec,
});

describe("the service catalogue", function () {
  this.timeout(300_000);

  it("has a section for every service, with what it is wired to", async () => {
    const page = serviceCatalogue({ ha: await rendering("ha"), standalone: await rendering("standalone") });
    for (const service of serviceNames) assert.match(page, new RegExp(`^### ${service}$`, "m"));
    const section = (service: string) => page.split(/^### /m).find((each) => each.startsWith(`${service}\n`)) ?? "";
    assert.match(
      section("trino"),
      /Topology in ha \| trino-coordinator 1 \(Deployment\), trino-worker 3 \(Deployment\) \|/,
    );
    assert.match(section("trino"), /Single sign-on \| by Keycloak \|/);
    assert.match(section("trino"), /Used by \| dbt, great-expectations/);
    assert.match(section("minio"), /Volumes in ha \| minio: 4 x /);
    assert.match(section("flink"), /Image \| images\/flink 1\.0\.0, built on docker\.io\/library\/flink:2\./);
    assert.match(section("great-expectations"), /Keeps at others \| bucket `data-docs` \|/);
  });

  it("knows of each service what index.ts wires it to, and everything that it requires", () => {
    const wired = wiring();
    assert.deepEqual([...wired.keys()].sort(), [...serviceNames].sort());
    for (const service of serviceNames) {
      for (const needed of catalogue[service].requires) {
        // Of two that are nothing without each other, the later one is wired to the earlier one.
        const either = wired.get(service)?.includes(needed) || wired.get(needed)?.includes(service);
        assert.ok(either, `index.ts does not wire ${service} to ${needed}`);
      }
    }
  });

  it("refuses an index.ts that it does not understand", () => {
    assert.throws(() => wiring("platform.install(Mysql, {})"), /installs Mysql, which is no service/);
    assert.throws(
      () => wiring("platform.install(Trino, { nessie })"),
      /wires Trino to nessie, which it does not install/,
    );
  });

  it("draws what is required with solid arrows, and what is only used with dotted ones", () => {
    const edges = dependencies(wiring());
    const drawn = mermaidOf(edges).split("\n");
    assert.ok(drawn.includes("  trino --> nessie"));
    assert.ok(drawn.includes("  trino -.-> keycloak"));
    assert.ok(!drawn.includes("  trino -.-> nessie"));
    assert.equal(drawn.filter((line) => /-->|-\.->/.test(line)).length, edges.length);
  });

  it("reads workloads, volumes, ports and what a service has of others from its objects", () => {
    const claim = { metadata: { name: "data" }, spec: { resources: { requests: { storage: "5Gi" } } } };
    const parts = partsOf(
      [
        object("StatefulSet", "trino", { replicas: 3, volumeClaimTemplates: [claim] }),
        object("Deployment", "trino-worker", { replicas: 0 }),
        object("DaemonSet", "trino-agent"),
        object("CronJob", "trino-a", { schedule: "0 3 * * *" }),
        object("CronJob", "trino-b", { schedule: "0 0 1 1 *", suspend: true }),
        object("Service", "trino", { ports: [{ port: 8443 }, { port: 8080 }] }),
        object("Service", "trino-headless", { clusterIP: "None", ports: [{ port: 1 }] }),
        object("Secret", "trino-bucket-trino-exchange"),
        object("Secret", "trino-database-trino"),
        object("Secret", "trino-oidc"),
        object("Secret", "dbt-bucket-dbt", {}, "dbt"),
      ],
      "trino",
    );
    assert.deepEqual(parts, {
      workloads: [
        "trino 3 (StatefulSet)",
        "trino-agent on each node (DaemonSet)",
        "trino-a (CronJob, `0 3 * * *`)",
        "trino-b (CronJob, when somebody asks)",
      ],
      volumes: ["trino: 3 x 5Gi"],
      ports: ["trino: 8443, 8080"],
      keeps: ["bucket `trino-exchange`", "database `trino`"],
      login: "by Keycloak",
    });
  });

  it("counts what a server gave to others not as something of its own", () => {
    const secrets = ["postgresql-database-nessie", "postgresql-bucket-postgres-backup"];
    const { keeps } = partsOf(
      secrets.map((name) => object("Secret", name, {}, "postgresql")),
      "postgresql",
    );
    assert.deepEqual(keeps, ["bucket `postgres-backup`"]);
  });

  it("keeps bars out of the way of its tables", () => {
    assert.equal(
      table(["a"], [["x|y"], ["x\\|y"]])
        .split("\n")
        .slice(2)
        .join(" "),
      "| x\\|y | | x\\|y |",
    );
  });

  it("leaves out of the flows what Jobs do that only prepare something", async () => {
    const arrows = arrowsIn((await rendering("ha")).manifests).map(({ from, to }) => `${from} ${to}`);
    assert.ok(arrows.includes("trino-worker minio"));
    assert.ok(!arrows.some((arrow) => arrow.includes("minio-provision")));
  });
});
