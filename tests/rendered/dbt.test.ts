import * as assert from "node:assert/strict";
import { entriesOf, field, type Manifest, report } from "../../policies/objects/manifest";
import { type Rendered, render, stackConfig } from "../../scripts/lib/render";
import { checksOf } from "../checks/index";
import { protectedIn, rendering } from "../support/stacks";
import { dbtProject } from "./flows";
import { facts } from "./stacks";

const projects = [
  {
    name: "shop",
    git: { url: "https://git.example.com/shop.git", ref: "v1", token: "hush", egress: ["10.9.0.0/16:443"] },
    schedule: "0 3 * * *",
    staleAfterHours: 30,
  },
  { name: "stock", bundle: "stock/2026.tgz", directory: "dbt/stock", target: "clickhouse" },
  { name: "billing", bundle: "billing.tgz", target: "postgresql", schedule: "30 * * * 1-5" },
];

for (const [stack, prefix] of [
  ["ha", "datalyptica"],
  ["standalone", "datalyptica-dev"],
] as const) {
  describe(`dbt's projects in stack ${stack}`, function () {
    this.timeout(120_000);
    let on: Rendered;
    let off: readonly Manifest[];
    const manifests = () => on.manifests as readonly Manifest[];
    before(async () => {
      off = (await rendering(stack)).manifests as readonly Manifest[];
      on = await render({ ...stackConfig(stack), "datalyptica:dbtProjects": JSON.stringify(projects) });
    });
    const find = (kind: string, name: string): Manifest => {
      const found = manifests().find((each) => each.kind === kind && each.metadata.name === name);
      assert.ok(found, `${kind} ${name}`);
      return found;
    };
    const job = (name: string) => field(find("CronJob", name), "spec", "jobTemplate", "spec");
    const dbt = (name: string) =>
      field<{ name: string; env: { name: string; value?: string; valueFrom?: unknown }[] }[]>(
        job(name),
        "template",
        "spec",
        "containers",
      )?.[0]?.env ?? [];

    const flows = [
      ...facts[stack].flows,
      ...dbtProject(prefix, "shop", { to: "data/trino-coordinator", port: 8443 }),
      ...dbtProject(prefix, "stock", { to: "data/clickhouse", port: 8443 }),
      ...dbtProject(prefix, "billing", { to: "storage/postgresql", port: 5432 }),
      { from: `${prefix}-storage/postgresql-provision-dbt`, to: `${prefix}-storage/postgresql`, port: 5432 },
    ];
    for (const name of Object.keys(checksOf(facts[stack], () => true))) {
      it(name, () =>
        assert.equal(report(checksOf({ ...facts[stack], flows }, protectedIn(on))[name]?.(manifests()) ?? []), ""),
      );
    }

    it("each have a CronJob, which runs alone, once, and only as long as it may", () => {
      const of = (name: string) => [
        field(find("CronJob", name), "spec", "schedule"),
        field(find("CronJob", name), "spec", "suspend"),
      ];
      assert.deepEqual(of("dbt-shop"), ["0 3 * * *", undefined]);
      assert.deepEqual(of("dbt-billing"), ["30 * * * 1-5", undefined]);
      for (const name of ["dbt-stock", "dbt-demo"]) assert.equal(of(name)[1], true, name);
      for (const name of ["dbt-shop", "dbt-stock", "dbt-billing", "dbt-demo"]) {
        assert.equal(field(find("CronJob", name), "spec", "concurrencyPolicy"), "Forbid");
        assert.equal(field(job(name), "backoffLimit"), 0);
        assert.equal(field(job(name), "activeDeadlineSeconds"), 7200);
      }
    });

    it("are told where they are built, with the password of that engine and no other", () => {
      const password = (name: string) =>
        JSON.stringify(dbt(name).find((each) => each.name.startsWith("DBT_ENV_SECRET"))?.valueFrom);
      assert.match(password("dbt-shop"), /"dbt-trino"/);
      assert.match(password("dbt-stock"), /"dbt-clickhouse"/);
      assert.match(password("dbt-billing"), /"dbt-database-dbt"/);
      const value = (name: string, variable: string) => dbt(name).find((each) => each.name === variable)?.value;
      assert.equal(value("dbt-stock", "DBT_PROJECT_DIR"), "/dbt/project/dbt/stock");
      assert.equal(value("dbt-shop", "STALE_AFTER_SECONDS"), "108000");
      assert.equal(value("dbt-billing", "STALE_AFTER_SECONDS"), "93600");
      assert.equal(value("dbt-stock", "STALE_AFTER_SECONDS"), undefined);
    });

    it("may reach the repository's addresses where they have one, and no others", () => {
      const blocks = (name: string) =>
        JSON.stringify(field(find("NetworkPolicy", name), "spec", "egress")).match(/"cidr":"[^"]+"/g) ?? [];
      assert.deepEqual(blocks("dbt-shop"), ['"cidr":"10.9.0.0/16"']);
      assert.deepEqual(blocks("dbt-stock"), []);
    });

    it("keep the token in a Secret of that one project", () => {
      const holders = manifests().filter((each) =>
        JSON.stringify(each.kind === "Secret" ? entriesOf(each) : each).includes("hush"),
      );
      assert.deepEqual(
        holders.map(({ kind, metadata }) => `${kind} ${metadata.name}`),
        ["Secret dbt-git-shop"],
      );
      assert.doesNotMatch(JSON.stringify(job("dbt-stock")), /dbt-git/);
    });

    it("make dbt known only to engines that a project is built on", () => {
      const users = (from: readonly Manifest[]) =>
        entriesOf(
          from.find(({ kind, metadata }) => kind === "Secret" && metadata.name === "clickhouse-users") as Manifest,
        )["users.xml"] ?? "";
      assert.match(users(manifests()), /<dbt>\s*<password_sha256_hex>/);
      assert.match(users(manifests()), /GRANT SELECT, SHOW, INSERT[^<]* ON analytics\.\*/);
      assert.doesNotMatch(users(off), /<dbt>/);
      assert.ok(!off.some(({ metadata }) => metadata.name === "postgresql-provision-dbt"));
    });
  });
}
