import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import * as yaml from "yaml";
import { serviceNames } from "../../components/core/catalogue";
import { parseSettings, type RawSettings, SettingsError, settingKeys } from "../../components/core/settings";

const good: RawSettings = { mode: "ha", domain: "apps.example.com" };

function problemsOf(raw: RawSettings): readonly string[] {
  try {
    parseSettings(raw);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  assert.fail("the settings were accepted");
}

const repository = { url: "https://git.example.com/shop.git", ref: "main", egress: ["192.0.2.0/24:443"] };
const bundled = (name: string) => ({ name, bundle: "shop.tgz" });

describe("settings", () => {
  it("need a mode and a domain only", () => {
    const settings = parseSettings(good);
    assert.equal(settings.prefix, "datalyptica");
    assert.equal(settings.sizes.postgresql.replicas, 3);
    assert.deepEqual([...settings.services], [...serviceNames]);
    assert.equal(parseSettings({ ...good, mode: "standalone" }).prefix, "datalyptica-dev");
  });

  it("collect logs through the API server, unless told otherwise", () => {
    assert.equal(parseSettings(good).logCollection, "api");
    assert.equal(parseSettings({ ...good, logCollection: "file" }).logCollection, "file");
  });

  it("take an override, written canonically, and raise the limit with the request", () => {
    const { sizes } = parseSettings({
      ...good,
      sizes: { "trino-worker": { replicas: 5, memory: "32768Mi" }, nessie: { cpu: "3.0" } },
    });
    assert.equal(sizes["trino-worker"].replicas, 5);
    assert.equal(sizes["trino-worker"].memory, "32Gi");
    assert.equal(sizes["trino-worker"].memoryLimit, "32Gi");
    assert.equal(sizes.nessie.cpu, "3");
    assert.equal(sizes.nessie.cpuLimit, "3");
  });

  const wrong: readonly (readonly [string, RawSettings, RegExp])[] = [
    ["an unknown key", { ...good, colour: "red" } as RawSettings, /datalyptica:colour: no such key; allowed: .*domain/],
    ["a missing domain", { mode: "ha" }, /datalyptica:domain: missing; allowed: a DNS name/],
    ["a domain with a scheme", { ...good, domain: "https://x.y" }, /datalyptica:domain: "https:\/\/x.y" is not valid/],
    ["an unknown mode", { ...good, mode: "big" }, /datalyptica:mode: "big" is not valid; allowed: ha or standalone/],
    [
      "an unknown way of collecting logs",
      { ...good, logCollection: "journald" },
      /datalyptica:logCollection: "journald" is not valid; allowed: api or file/,
    ],
    ["an unknown service", { ...good, services: ["oracle"] }, /services: "oracle" is no service; allowed: minio/],
    [
      "a required service left out",
      { ...good, services: ["minio", "nessie"] },
      /services: nessie needs postgresql, which is not in the list/,
    ],
    [
      "two members of a quorum",
      { ...good, sizes: { postgresql: { replicas: 2 } } },
      /sizes\["postgresql"\].replicas: 2 in mode ha; allowed: 3 or 5/,
    ],
    [
      "less memory than the product needs",
      { ...good, sizes: { "trino-coordinator": { memory: "1Gi" } } },
      /sizes\["trino-coordinator"\].memory: "1Gi" is too little; allowed: 2Gi or more/,
    ],
    [
      "a quantity typo",
      { ...good, sizes: { minio: { memory: "8GB", cpu: "2 cores" } } },
      /sizes\["minio"\].memory: "8GB" is not a quantity; allowed: binary units/,
    ],
    ["a disk where there is none", { ...good, sizes: { nessie: { disk: "1Gi" } } }, /nessie has no volume/],
    ["an unknown workload", { ...good, sizes: { mysql: {} } }, /sizes\["mysql"\]: no such workload; allowed: postgre/],
    ["an unknown size", { ...good, sizes: { minio: { ram: "1Gi" } } }, /sizes\["minio"\]: .ram is unknown/],
    ["a limit below the request", { ...good, sizes: { minio: { cpuLimit: "100m" } } }, /is below the request/],
    ["an image without tag", { ...good, images: { trino: "docker.io/trinodb/trino" } }, /images\["trino"\]/],
    ["an unknown image", { ...good, images: { mysql: "a.io/b:1" } }, /images\["mysql"\]: no such image/],
    [
      "a project of dbt's from nowhere",
      { ...good, dbtProjects: [{ name: "shop" }] },
      /dbtProjects\[0\]: "shop" has neither; allowed: git or bundle/,
    ],
    [
      "a project of dbt's from two places",
      { ...good, dbtProjects: [{ name: "shop", bundle: "shop.tgz", git: repository }] },
      /dbtProjects\[0\]: "shop" has both; allowed: git or bundle/,
    ],
    [
      "a repository that is not asked over TLS",
      { ...good, dbtProjects: [{ name: "shop", git: { ...repository, url: "git@example.com:shop.git" } }] },
      /dbtProjects\[0\]\["git"\]\["url"\]: the value is not valid; allowed: a list of \{name, git: \{url: https/,
    ],
    [
      "a project's token in a message",
      { ...good, dbtProjects: [{ name: "shop", git: { ...repository, token: 7 } }] },
      /dbtProjects\[0\]\["git"\]\["token"\]: the value is not valid/,
    ],
    [
      "a project of dbt's with the name of the demonstration, and twice",
      { ...good, dbtProjects: [bundled("demo"), bundled("demo")] },
      /dbtProjects\[0\].name: "demo" is the platform's own; allowed: another name/,
    ],
    [
      "two projects of dbt's with one name",
      { ...good, dbtProjects: [bundled("shop"), bundled("shop")] },
      /dbtProjects\[1\].name: "shop" is there twice/,
    ],
    [
      "a project on an engine that is not there",
      {
        ...good,
        services: ["minio", "postgresql", "nessie", "trino", "dbt"],
        dbtProjects: [{ ...bundled("shop"), target: "clickhouse" }],
      },
      /dbtProjects\[0\].target: clickhouse is not in datalyptica:services/,
    ],
    [
      "projects without dbt",
      { ...good, services: ["minio"], dbtProjects: [bundled("shop")] },
      /dbtProjects needs dbt, which is not in datalyptica:services/,
    ],
    [
      "a limit for what has no schedule",
      { ...good, dbtProjects: [{ ...bundled("shop"), staleAfterHours: 5 }] },
      /dbtProjects\[0\].staleAfterHours: 5 without a schedule/,
    ],
    [
      "a validation project with a name that Kubernetes has taken",
      { ...good, validationProjects: [bundled("build")] },
      /validationProjects\[0\].name: "build" is the platform's own/,
    ],
    [
      "a validation project from nowhere",
      { ...good, validationProjects: [{ name: "shop" }] },
      /validationProjects\[0\]: "shop" has neither; allowed: git or bundle/,
    ],
    [
      "a validation project without a checkpoint",
      { ...good, validationProjects: [{ ...bundled("shop"), checkpoints: [] }] },
      /validationProjects\[0\]\["checkpoints"\]: the value is not valid; allowed: a list of .*checkpoints\?: \[<name>\]/,
    ],
    [
      "validation projects without Great Expectations",
      { ...good, services: ["minio"], validationProjects: [bundled("shop")] },
      /validationProjects needs great-expectations, which is not in datalyptica:services/,
    ],
    [
      "a project of dbt's with the name of what starts its Jobs",
      { ...good, dbtProjects: [bundled("runner")] },
      /dbtProjects\[0\].name: "runner" is the platform's own/,
    ],
    [
      "DAGs from a repository that is not asked over TLS, and its token in a message",
      {
        ...good,
        dagBundles: [{ name: "sales", git: { ...repository, url: "http://example.com/sales.git", token: "hush" } }],
      },
      /dagBundles\[0\]\["git"\]\["url"\]: the value is not valid; allowed: a list of \{name, git: \{url: https/,
    ],
    [
      "DAGs under the name of the platform's own",
      { ...good, dagBundles: [{ name: "bucket", git: repository }] },
      /dagBundles\[0\].name: "bucket" is the platform's own; allowed: another name/,
    ],
    [
      "two sources of DAGs with one name",
      { ...good, dagBundles: [1, 2].map(() => ({ name: "sales", git: repository })) },
      /dagBundles\[1\].name: "sales" is there twice/,
    ],
    [
      "DAGs without Airflow",
      { ...good, services: ["minio"], dagBundles: [{ name: "sales", git: repository }] },
      /dagBundles needs airflow, which is not in datalyptica:services/,
    ],
    [
      "a table without its database",
      { ...good, changeData: ["shop.public.orders", "public.orders"] },
      /changeData\[1\]: "public.orders" is not valid; allowed: a list of <database>.<schema>.<table>/,
    ],
    ["a table's name that needs quotes", { ...good, changeData: ["shop.public.Orders"] }, /changeData\[0\]: "shop/],
    [
      "a database whose name is too long for Kubernetes",
      { ...good, changeData: [`${"d".repeat(41)}.public.orders`] },
      /changeData\[0\]: .* the database up to 40 characters/,
    ],
    ["a database's name that no object can end with", { ...good, changeData: ["shop_.public.a"] }, /changeData\[0\]/],
    [
      "a table twice",
      { ...good, changeData: ["shop.public.orders", "shop.public.orders"] },
      /changeData: "shop.public.orders" has a name in the lakehouse that "shop.public.orders" has/,
    ],
    [
      "two tables of one name in the lakehouse",
      { ...good, changeData: ["shop.eu_x.orders", "shop_eu.x.orders"] },
      /changeData: "shop_eu.x.orders" has a name in the lakehouse that "shop.eu_x.orders" has; allowed: one of the two/,
    ],
    [
      "a table that is named as another's changes",
      { ...good, changeData: ["shop.public.orders_changes", "shop.public.orders"] },
      /changeData: "shop.public.orders" has a name in the lakehouse that "shop.public.orders_changes" has/,
    ],
    [
      "a job's name that Kafka's group could not have",
      { ...good, flinkJobs: { "Orders!": { sql: ["INSERT INTO a SELECT 1"] } } },
      /datalyptica:flinkJobs.*Orders!.*allowed: name: \{sql/,
    ],
    [
      "a job whose key is misspelt",
      { ...good, flinkJobs: { orders: { sql: ["INSERT INTO a SELECT 1"], read: ["a"] } } },
      /flinkJobs\["orders"\]: \.read is unknown/,
    ],
    [
      "a job that never starts",
      { ...good, flinkJobs: { orders: { sql: ["CREATE TABLE a (n INT)"] } } },
      /flinkJobs\["orders"\]\.sql: none of the statements starts a job; allowed: exactly the last one is INSERT/,
    ],
    [
      "a job that starts before its last statement",
      { ...good, flinkJobs: { orders: { sql: ["insert into a select 1", "INSERT INTO a SELECT 2"] } } },
      /flinkJobs\["orders"\]\.sql: statement 1 of 2 starts a job/,
    ],
    ["a prefix that is no label", { ...good, prefix: "Data_Lake" }, /datalyptica:prefix: "Data_Lake" is not valid/],
  ];
  for (const [what, raw, message] of wrong) {
    it(`refuse ${what}`, () => {
      const problems = problemsOf(raw);
      assert.ok(
        problems.some((problem) => message.test(problem)),
        problems.join("\n"),
      );
    });
  }

  it("take tables whose changes go to the lakehouse, in an order of their own", () => {
    const { changeData } = parseSettings({ ...good, changeData: ["shop.public.orders", "crm.public.people"] });
    assert.deepEqual(changeData, [
      { database: "crm", schema: "public", table: "people" },
      { database: "shop", schema: "public", table: "orders" },
    ]);
    assert.deepEqual(parseSettings(good).changeData, []);
  });

  it("name each service that changed rows need and that is left out, once, and none without tables", () => {
    const chosen = { ...good, services: ["minio", "postgresql"] };
    assert.deepEqual(problemsOf({ ...chosen, changeData: ["shop.public.orders", "shop.public.items"] }), [
      "datalyptica:changeData needs kafka-connect, which is not in datalyptica:services",
      "datalyptica:changeData needs nessie, which is not in datalyptica:services",
      "datalyptica:changeData needs trino, which is not in datalyptica:services",
    ]);
    assert.deepEqual(parseSettings(chosen).changeData, []);
  });

  it("say one thing of each wrong name of a table", () => {
    assert.equal(problemsOf({ ...good, changeData: ["a.b", "c.d.e.f", "shop.public.orders"] }).length, 2);
    assert.equal(problemsOf({ ...good, changeData: ["a.b.c", "a.b.c"] }).length, 1);
  });

  it("take Flink's jobs in an order of their own, and name what they need and what is left out", () => {
    const sql = ["EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1; END"];
    const flinkJobs = { b: { sql, reads: ["t"] }, a: { sql } };
    const { flinkJobs: jobs } = parseSettings({ ...good, flinkJobs });
    assert.deepEqual(jobs, [
      { name: "a", reads: [], writes: [], sql },
      { name: "b", reads: ["t"], writes: [], sql },
    ]);
    assert.deepEqual(problemsOf({ ...good, services: ["minio"], flinkJobs }), [
      "datalyptica:flinkJobs needs flink, which is not in datalyptica:services",
      "datalyptica:flinkJobs needs kafka, which is not in datalyptica:services",
    ]);
    const chosen = ["minio", "postgresql", "nessie", "flink"];
    assert.equal(parseSettings({ ...good, services: chosen, flinkJobs: { a: { sql } } }).flinkJobs.length, 1);
  });

  it("report all problems at once, in one message", () => {
    const problems = problemsOf({
      mode: "ha",
      colour: 1,
      services: ["nessie"],
      sizes: { postgresql: { replicas: 2 }, minio: { memory: "1" } },
    } as RawSettings);
    assert.equal(problems.length, 6);
  });

  it("never show a secret", () => {
    const problems = problemsOf({ ...good, routeCertificate: { certificate: "x", key: "hunter2" } });
    assert.doesNotMatch(problems.join("\n"), /hunter2/);
  });

  it("have every key described in Pulumi.yaml, and no other", () => {
    const project = yaml.parse(fs.readFileSync(path.join(__dirname, "../../Pulumi.yaml"), "utf8")) as {
      config: Record<string, { description?: string }>;
    };
    assert.deepEqual(Object.keys(project.config).sort(), [...settingKeys].sort());
    for (const [key, { description }] of Object.entries(project.config)) assert.ok(description, key);
  });
});
