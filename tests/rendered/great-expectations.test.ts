import * as assert from "node:assert/strict";
import { entriesOf, field, type Manifest, report } from "../../policies/objects/manifest";
import { type Rendered, render, stackConfig } from "../../scripts/lib/render";
import { checksOf } from "../checks/index";
import { protectedIn } from "../support/stacks";
import { validationProject } from "./flows.analytics";
import { facts } from "./stacks";

const projects = [
  {
    name: "shop",
    git: { url: "https://git.example.com/shop.git", ref: "v1", token: "hush", egress: ["10.9.0.0/16:443"] },
    schedule: "0 4 * * *",
    checkpoints: ["daily"],
  },
  { name: "stock", bundle: "stock/2026.tgz", directory: "quality/stock" },
];

for (const [stack, prefix] of [
  ["ha", "datalyptica"],
  ["standalone", "datalyptica-dev"],
] as const) {
  describe(`projects of Great Expectations in stack ${stack}`, function () {
    this.timeout(120_000);
    let on: Rendered;
    const manifests = () => on.manifests as readonly Manifest[];
    before(async () => {
      on = await render({ ...stackConfig(stack), "datalyptica:validationProjects": JSON.stringify(projects) });
    });
    const find = (kind: string, name: string): Manifest => {
      const found = manifests().find((each) => each.kind === kind && each.metadata.name === name);
      assert.ok(found, `${kind} ${name}`);
      return found;
    };
    const job = (name: string) => field(find("CronJob", `great-expectations-${name}`), "spec", "jobTemplate", "spec");
    const env = (name: string) =>
      field<{ env: { name: string; value?: string }[] }[]>(job(name), "template", "spec", "containers")?.[0]?.env ?? [];
    const value = (name: string, variable: string) => env(name).find((each) => each.name === variable)?.value;

    const flows = [...facts[stack].flows, ...projects.flatMap(({ name }) => validationProject(prefix, name))];
    for (const name of Object.keys(checksOf(facts[stack], () => true))) {
      it(name, () =>
        assert.equal(report(checksOf({ ...facts[stack], flows }, protectedIn(on))[name]?.(manifests()) ?? []), ""),
      );
    }

    it("each have a CronJob, which runs alone, once, and only as long as it may", () => {
      const of = (name: string) => [
        field(find("CronJob", `great-expectations-${name}`), "spec", "schedule"),
        field(find("CronJob", `great-expectations-${name}`), "spec", "suspend"),
      ];
      assert.deepEqual(of("shop"), ["0 4 * * *", undefined]);
      for (const name of ["stock", "demo"]) assert.equal(of(name)[1], true, name);
      for (const name of ["shop", "stock", "demo"]) {
        assert.equal(field(find("CronJob", `great-expectations-${name}`), "spec", "concurrencyPolicy"), "Forbid");
        assert.equal(field(job(name), "backoffLimit"), 0);
        assert.equal(field(job(name), "activeDeadlineSeconds"), 7200);
      }
    });

    it("are told which checkpoints to run, where, and after how long without a success somebody is told", () => {
      assert.equal(value("shop", "CHECKPOINTS"), '["daily"]');
      assert.equal(value("stock", "CHECKPOINTS"), undefined);
      assert.equal(value("stock", "PROJECT_DIR"), "/gx/project/quality/stock");
      assert.equal(value("shop", "STALE_AFTER_SECONDS"), "93600");
      assert.equal(value("shop", "TRINO_HOST"), `trino.${prefix}-data.svc.cluster.local`);
    });

    it("have Trino's password in a file, and the token in a Secret of that one project", () => {
      for (const name of ["shop", "stock", "demo"]) {
        assert.doesNotMatch(JSON.stringify(env(name)), /great-expectations-trino/);
        assert.match(JSON.stringify(job(name)), /"secretName":"great-expectations-trino"/);
      }
      const holders = manifests().filter((each) =>
        JSON.stringify(each.kind === "Secret" ? entriesOf(each) : each).includes("hush"),
      );
      assert.deepEqual(
        holders.map(({ kind, metadata }) => `${kind} ${metadata.name}`),
        ["Secret great-expectations-git-shop"],
      );
      assert.doesNotMatch(JSON.stringify(job("stock")), /great-expectations-git/);
    });

    it("may reach the repository's addresses where they have one, and no others", () => {
      const blocks = (name: string) =>
        JSON.stringify(field(find("NetworkPolicy", `great-expectations-${name}`), "spec", "egress")).match(
          /"cidr":"[^"]+"/g,
        ) ?? [];
      assert.deepEqual(blocks("shop"), ['"cidr":"10.9.0.0/16"']);
      assert.deepEqual(blocks("stock"), []);
    });

    it("read what they like of the lakehouse, and write the results only", () => {
      const rules = JSON.parse(entriesOf(find("ConfigMap", "trino-coordinator"))["rules.json"] ?? "{}") as {
        readonly schemas: readonly { readonly user?: string; readonly schema?: string }[];
      };
      assert.deepEqual(
        rules.schemas.filter(({ user }) => user === "great-expectations"),
        [{ user: "great-expectations", catalog: "iceberg", schema: "data_quality", owner: true }],
      );
    });

    it("have as many web servers in front of their pages as the mode wants", () => {
      const replicas = field(find("Deployment", "great-expectations"), "spec", "replicas");
      assert.equal(replicas, stack === "ha" ? 2 : 1);
      const budget = manifests().some(
        ({ kind, metadata }) => kind === "PodDisruptionBudget" && metadata.name === "great-expectations",
      );
      assert.equal(budget, stack === "ha");
      assert.ok(
        !manifests().some(({ kind, metadata }) => kind === "Route" && /great-expectations/.test(metadata.name)),
      );
    });
  });
}
