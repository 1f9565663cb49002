import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as yaml from "yaml";
import { keyOfFile, projectScripts } from "../../components/core/project-scripts";
import * as config from "../../components/data/dbt/config";
import { runScript as runDbt } from "../../components/data/dbt/scripts";
import { demonstration, judged } from "../../scripts/lib/smoke/dbt";
import { runPython } from "../support/project-runs";
import { runScript } from "../support/scripts";

const fetching = projectScripts("dbt");

/** A script with the container's own folders below `/tmp`, and its programs in the test's. */
const moved = (script: string): string =>
  script.replaceAll("/opt/dbt/bin/", "").replace(/(?<![\w-])\/dbt(?=\/)/g, "/tmp/dbt");

/** Runs one of the Python files with the object store of the test. */
const python = (call: string, files: Readonly<Record<string, string>>, env: Readonly<Record<string, string>> = {}) =>
  runPython(call, config.scriptFiles(), files, { BUCKET: "dbt", TARGET: "trino", ...env });

const results = (...statuses: readonly string[]) =>
  JSON.stringify({
    results: statuses.map((each) => ({ unique_id: `${each.split(" ")[0]}.x`, status: each.split(" ")[1] })),
  });
const docs = {
  "docs/static_index.html": "<title>dbt Docs</title>",
  "docs/manifest.json": "{}",
  "docs/catalog.json": "{}",
};

describe("dbt's results", () => {
  it("of a run that succeeded go to the bucket: artifacts by time, documentation and figures in their place", async () => {
    const run = {
      "run/manifest.json": "{}",
      "run/run_results.json": results("model success", "model success", "test pass"),
    };
    const { status, stderr, put, of } = await python(
      "publish.py run docs 0 61",
      { ...run, ...docs },
      { STALE_AFTER_SECONDS: "93600" },
    );
    assert.equal(status, 0, stderr);
    assert.deepEqual(
      put.map(({ key, type }) => `${key.replace(/\d{8}T\d{6}Z/, "<time>")} ${type}`),
      [
        "dbt/artifacts/shop/<time>/manifest.json application/json",
        "dbt/artifacts/shop/<time>/run_results.json application/json",
        "dbt/site/shop/index.html text/html; charset=utf-8",
        "dbt/site/shop/manifest.json application/json",
        "dbt/site/shop/catalog.json application/json",
        "dbt/site/metrics/shop.prom text/plain; version=0.0.4",
        "dbt/site/metrics/shop.success.prom text/plain; version=0.0.4",
      ],
    );
    const labels = 'project="shop",target="trino"';
    const figures = (of("dbt/site/metrics/shop.prom") ?? "").split("\n");
    assert.match(figures[0] ?? "", new RegExp(`^dbt_last_run_timestamp_seconds\\{${labels}\\} \\d{10}$`));
    assert.deepEqual(figures.slice(1), [
      `dbt_run_success{${labels}} 1`,
      `dbt_run_duration_seconds{${labels}} 61`,
      `dbt_nodes{${labels},resource="model",status="success"} 2`,
      `dbt_nodes{${labels},resource="test",status="pass"} 1`,
      `dbt_stale_after_seconds{${labels}} 93600`,
      "",
    ]);
    assert.match(of("dbt/site/metrics/shop.success.prom") ?? "", /^dbt_last_success_timestamp_seconds\{.*\} \d{10}\n$/);
  });

  it("of a run that failed are told as well, and the last success stays what it was", async () => {
    const run = { "run/run_results.json": results("model error", "test skipped") };
    const { put, of } = await python("publish.py run docs 1 5", { ...run, ...docs });
    assert.match(
      of("dbt/site/metrics/shop.prom") ?? "",
      /dbt_run_success\{.*\} 0\n[\s\S]*resource="model",status="error"\} 1\n/,
    );
    assert.ok(!put.some(({ key }) => key.endsWith("success.prom")));
    assert.ok(put.some(({ key }) => key === "dbt/site/shop/index.html"));
  });

  it("of a run that broke off before it wrote anything are at least that", async () => {
    const { status, put, of } = await python("publish.py run docs 2 1", { "run/.keep": "" });
    assert.equal(status, 0);
    assert.deepEqual(
      put.map(({ key }) => key),
      ["dbt/site/metrics/shop.prom"],
    );
    assert.match(of("dbt/site/metrics/shop.prom") ?? "", /dbt_run_success\{.*\} 0\n/);
  });
});

describe("dbt's projects", function () {
  this.timeout(60_000);
  let folder: string;
  before(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "dbt-"));
  });
  after(() => fs.rmSync(folder, { recursive: true }));
  const git = (...args: readonly string[]) =>
    execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@t", ...args], {
      cwd: folder,
      encoding: "utf8",
    }).trim();

  it("come from a ConfigMap as they were, in their folders", async () => {
    const files = Object.keys(config.demonstration());
    const copied = await runScript(moved(fetching.copy), {
      "etc/dbt-project/..data/dbt_project.yml": "twice",
      "etc/dbt-project/dbt_project.yml": "name: demo",
      "etc/dbt-project/models/marts/a.sql": "select 1",
    });
    assert.equal(copied.status, 0, copied.stderr);
    assert.equal(copied.file("tmp/dbt/project/models/marts/a.sql"), "select 1");
    assert.equal(copied.file("tmp/dbt/project/dbt_project.yml"), "name: demo");
    assert.equal(copied.file("tmp/dbt/project/..data/dbt_project.yml"), undefined);
    assert.equal(new Set(files.map(keyOfFile)).size, files.length);
    for (const file of files) assert.match(keyOfFile(file), /^[-._a-zA-Z0-9]+$/);
  });

  it("come from Git by branch, tag or commit, with the token only as an answer to git", async () => {
    git("init", "-q", "-b", "main", ".");
    fs.writeFileSync(path.join(folder, "dbt_project.yml"), "name: one");
    git("add", ".");
    git("commit", "-qm", "one");
    git("tag", "v1");
    const commit = git("rev-parse", "HEAD");
    fs.writeFileSync(path.join(folder, "dbt_project.yml"), "name: two");
    git("commit", "-qam", "two");
    git("config", "uploadpack.allowAnySHA1InWant", "true");
    for (const [ref, name] of [
      ["main", "two"],
      ["v1", "one"],
      [commit, "one"],
    ] as const) {
      const { status, stderr, stdout, file } = await runScript(
        moved(fetching.git),
        {},
        { GIT_URL: folder, GIT_REF: ref },
      );
      assert.equal(status, 0, stderr);
      assert.equal(file("tmp/dbt/project/dbt_project.yml"), `name: ${name}`);
      assert.match(stdout, /[0-9a-f]{40}$/m);
    }
    const asked = `${moved(fetching.git)}\n"$GIT_ASKPASS" "Username for 'https://x'"; "$GIT_ASKPASS" "Password for 'https://x'"`;
    const files = { "etc/dbt-git/token": "hush", "bin/git": '#!/bin/bash\necho "$*" >> "$FOLDER/log"\n' };
    const { stdout, calls } = await runScript(asked, files, {
      GIT_URL: "https://git.example.com/shop.git",
      GIT_REF: "main",
    });
    assert.deepEqual(stdout.trim().split("\n").slice(-2), ["token", "hush"]);
    assert.doesNotMatch(calls.join("\n"), /hush/);
    const wrong = await runScript(moved(fetching.git), {}, { GIT_URL: folder, GIT_REF: "nothing" });
    assert.notEqual(wrong.status, 0);
  });

  it("come from a bundle in the bucket, and from nowhere outside of it", async () => {
    assert.match(
      moved(fetching.bundle),
      /^mkdir -p \/tmp\/dbt\/project .*\npython \/etc\/dbt-scripts\/fetch\.py "projects\/\$BUNDLE" \/tmp\/dbt\/project$/m,
    );
    const bundle = path.join(folder, "good.tgz");
    execFileSync("tar", ["-czf", bundle, "-C", folder, "dbt_project.yml"]);
    const good = await python("fetch.py projects/shop.tgz out", { "out/.keep": "" }, { OBJECT: bundle });
    assert.equal(good.status, 0, good.stderr);
    assert.equal(good.file("asked"), "dbt/projects/shop.tgz");
    assert.equal(good.file("out/dbt_project.yml"), "name: two");
    const bad = path.join(folder, "bad.tgz");
    execFileSync("tar", ["-czf", bad, "-P", "--transform", "s,^,../,", "-C", folder, "dbt_project.yml"]);
    const refused = await python("fetch.py projects/shop.tgz out", { "out/.keep": "" }, { OBJECT: bad });
    assert.match(refused.stderr, /OutsideDestinationError/);
    assert.equal(refused.file("dbt_project.yml"), undefined);
  });

  it("are built, documented and published, and the Job fails when dbt does", async () => {
    const run = (dbt: string) =>
      runScript(
        moved(runDbt),
        {
          "bin/dbt": `#!/bin/bash\necho "dbt $*" >> "$FOLDER/log"\n${dbt}\n`,
          "bin/python": '#!/bin/bash\necho "python $*" >> "$FOLDER/log"\n',
          "tmp/dbt/project/dbt_project.yml": "",
        },
        { DBT_PROJECT_DIR: "/", TARGET: "trino" },
      );
    const good = await run("exit 0");
    assert.equal(good.status, 0, good.stderr);
    const [build = "", generate = "", publish = ""] = good.calls;
    assert.match(
      build,
      /^dbt .*--no-send-anonymous-usage-stats build --profile datalyptica --target trino --target-path \S+\/run$/,
    );
    assert.match(generate, /docs generate --static --profile datalyptica --target trino --target-path \S+\/docs$/);
    assert.match(publish, /publish\.py \S+\/run \S+\/docs 0 \d+$/);
    const failed = await run('case "$*" in *build*) exit 1 ;; esac');
    assert.equal(failed.status, 1);
    assert.equal(failed.calls.length, 3);
    assert.match(failed.calls[2] ?? "", /docs 1 \d+$/);
    const undocumented = await run('case "$*" in *docs*) exit 2 ;; esac');
    assert.equal(undocumented.status, 2);
    assert.match(undocumented.calls[2] ?? "", /docs 2 \d+$/);
  });
});

describe("dbt's demonstration", () => {
  const files = config.demonstration();
  const models = Object.keys(files).filter((file) => file.endsWith(".sql"));

  it("has as many models and tests as the smoke check counts, each model described, one of them incremental", () => {
    assert.equal(models.length, demonstration.models);
    type Described = {
      readonly models?: readonly {
        readonly name: string;
        readonly description?: string;
        readonly columns?: readonly { readonly data_tests?: readonly unknown[] }[];
      }[];
    };
    const described = Object.entries(files)
      .filter(([file]) => /^models\/.*\.yml$/.test(file))
      .flatMap(([, text]) => (yaml.parse(text) as Described).models ?? []);
    assert.deepEqual(
      described.map(({ name }) => name).sort(),
      models.map((file) => path.basename(file, ".sql")).sort(),
    );
    for (const { name, description } of described) assert.ok(description, name);
    const tests = described.flatMap(({ columns = [] }) => columns.flatMap(({ data_tests = [] }) => data_tests));
    assert.equal(tests.length, demonstration.tests);
    assert.equal(models.filter((file) => files[file]?.includes("is_incremental()")).length, 1);
  });

  it("is judged by what dbt says of each model and test", () => {
    const all = (status: string) => ({
      results: [
        ...Array.from({ length: 10 }, (_, i) => ({ unique_id: `model.demo.${i}`, status: "success" })),
        ...Array.from({ length: 20 }, (_, i) => ({
          unique_id: `test.demo.${i}`,
          status: i ? "pass" : status,
          message: "Got 1 result",
        })),
      ],
    });
    assert.deepEqual(judged(all("pass")), { models: 10, tests: 20 });
    assert.throws(() => judged(all("fail")), /test\.demo\.0: fail Got 1 result/);
    assert.throws(
      () => judged({ results: all("pass").results.slice(1) }),
      /9 models and 20 tests ran instead of 10 and 20/,
    );
  });
});

describe("dbt's connections", () => {
  const output = (text: string) => {
    const { datalyptica } = yaml.parse(text) as {
      readonly datalyptica: {
        readonly target: string;
        readonly outputs: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
      };
    };
    return datalyptica.outputs[datalyptica.target] ?? {};
  };

  it("verify the server and have no password in them", () => {
    const trino = output(
      config.profilesFile("trino", config.trinoOutput({ url: "https://trino.x-data.svc:8443" }, "dbt", "dbt_shop")),
    );
    assert.deepEqual(
      [trino.host, trino.port, trino.method, trino.cert, trino.schema],
      ["trino.x-data.svc", 8443, "ldap", "/etc/platform-ca/ca.crt", "dbt_shop"],
    );
    const clickhouse = output(
      config.profilesFile(
        "clickhouse",
        config.clickhouseOutput({ host: "c", port: 8443, username: "dbt" }, "analytics"),
      ),
    );
    assert.deepEqual(
      [clickhouse.secure, clickhouse.verify, clickhouse.database_engine, clickhouse.check_exchange],
      [true, true, "Replicated", false],
    );
    const postgresql = output(
      config.profilesFile(
        "postgresql",
        config.postgresqlOutput({ host: "p", port: 5432, database: "dbt" }, "dbt_shop"),
      ),
    );
    assert.deepEqual(
      [postgresql.sslmode, postgresql.sslrootcert, postgresql.dbname],
      ["verify-full", "/etc/platform-ca/ca.crt", "dbt"],
    );
    for (const { password } of [trino, clickhouse, postgresql])
      assert.equal(password, "{{ env_var('DBT_ENV_SECRET_PASSWORD') }}");
  });

  it("have a schema for each project that needs no quotes", () => {
    assert.equal(config.schemaOf("customer-care"), "dbt_customer_care");
  });
});
