import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { GreatExpectations } from "../../components/analytics/great-expectations";
import type { JobAccess } from "../../components/core/job-runner";
import { plainLines } from "../../components/core/logs";
import { Platform } from "../../components/core/platform";
import { jobSize } from "../../components/core/profiles";
import { Service } from "../../components/core/service";
import { parseSettings } from "../../components/core/settings";
import { deployment } from "../../components/core/workload";
import { Dbt } from "../../components/data/dbt";
import { Nessie } from "../../components/data/nessie";
import { Trino } from "../../components/data/trino";
import { Minio } from "../../components/storage/minio";
import { Postgresql } from "../../components/storage/postgresql";
import { field, type Manifest } from "../../policies/objects/manifest";
import { RecordingMocks } from "../../scripts/lib/mocks";
import { plain } from "../../scripts/lib/render";

/** A service that has projects run, under the name of one that needs nothing else. */
class Client extends Service {
  readonly handles: readonly JobAccess[];

  constructor(platform: Platform, runs: readonly (Dbt | GreatExpectations)[]) {
    super(platform, "redis");
    this.handles = runs.map((each) => each.jobs(this));
    deployment(this, {
      name: "client",
      component: "client",
      account: this.serviceAccount(),
      size: jobSize,
      uses: this.handles,
      containers: [{ name: "client", image: "example.com/client:1", logs: plainLines, resources: jobSize }],
    });
  }
}

async function installed(withClient: boolean) {
  const mocks = new RecordingMocks();
  await pulumi.runtime.setMocks(mocks, "datalyptica", "runs", false);
  let handles: readonly JobAccess[] = [];
  let flows: readonly string[] = [];
  await pulumi.runtime.runInPulumiStack(async () => {
    const platform = new Platform(
      parseSettings({
        mode: "ha",
        domain: "apps.example.com",
        services: ["minio", "postgresql", "nessie", "trino", "dbt", "great-expectations", "redis"],
        validationProjects: [{ name: "shop", bundle: "shop.tgz" }],
      }),
    );
    const minio = platform.install(Minio, {});
    const postgresql = platform.install(Postgresql, { minio });
    const nessie = platform.install(Nessie, { postgresql, minio });
    const trino = platform.install(Trino, { nessie, minio, keycloak: undefined });
    const dbt = platform.install(Dbt, { minio, trino, clickhouse: undefined, postgresql });
    const greatExpectations = platform.install(GreatExpectations, { minio, trino });
    if (withClient && dbt && greatExpectations) ({ handles } = new Client(platform, [dbt, greatExpectations]));
    platform.finish();
    flows = platform.flows.sorted().map(({ from, to }) => `${from.name} -> ${to.peer.name}:${to.port}`);
  });
  await pulumi.runtime.disconnect();
  const manifests = mocks.registered
    .filter(({ type }) => type.startsWith("kubernetes:"))
    .map(({ inputs }) => plain(inputs) as Manifest);
  const named = (kind: string, name: string) =>
    manifests.find((each) => each.kind === kind && each.metadata.name === name);
  return { handles, flows, named };
}

describe("runs of projects that another service asks for", function () {
  this.timeout(120_000);

  it("are those of the CronJobs that are there, the platform's own included", async () => {
    const { handles, flows, named } = await installed(true);
    assert.deepEqual(
      handles.map(({ jobs }) => jobs),
      [["dbt-demo"], ["great-expectations-demo", "great-expectations-shop"]],
    );
    assert.deepEqual(
      flows.filter((flow) => flow.startsWith("client ")),
      ["client -> great-expectations-runner:8443", "client -> dbt-runner:8443"],
    );
    const rules = field<{ resources: string[]; resourceNames?: string[]; verbs: string[] }[]>(
      named("Role", "great-expectations-runner"),
      "rules",
    );
    assert.deepEqual(rules?.find(({ resources }) => resources.includes("cronjobs"))?.resourceNames, [
      "great-expectations-demo",
      "great-expectations-shop",
    ]);
  });

  it("need no server as long as nobody asks for any", async () => {
    const { named } = await installed(false);
    for (const name of ["dbt-runner", "great-expectations-runner"]) {
      for (const kind of ["Deployment", "Role", "ServiceAccount", "Service"])
        assert.equal(named(kind, name), undefined);
    }
  });
});
