import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import * as yaml from "yaml";
import * as config from "../../components/analytics/great-expectations/config";
import { keyOfFile } from "../../components/core/project-scripts";
import { root } from "../../scripts/lib/render";
import { expected, judged, pageOf, seeds } from "../../scripts/lib/smoke/great-expectations";
import { runPython } from "../support/project-runs";

/** An expectation's result, as Great Expectations gives it. */
const result = (type: string, kwargs: object, success: boolean, detail: object = {}, exception: object = {}) => ({
  success,
  expectation_config: { type, kwargs: { batch_id: "lakehouse-orders", ...kwargs }, severity: "critical", meta: {} },
  result: detail,
  exception_info: exception,
});
const suite = (...results: readonly object[]) => ({
  success: true,
  suite_name: "orders",
  results,
  meta: { active_batch_definition: { datasource_name: "lakehouse", data_asset_name: "orders" } },
});
const passed = result("expect_table_row_count_to_be_between", { min_value: 1 }, true, { observed_value: 3 });
const failed = result("expect_column_values_to_be_in_set", { column: "status" }, false, {
  element_count: 15_000,
  unexpected_count: 2,
});
/** An expectation of several metrics tells of each. */
const unchecked = result("expect_column_values_to_be_unique", { column: "it's" }, false, undefined, {
  "('metric', 'a')": { raised_exception: true, exception_message: "no column 'it's'", exception_traceback: "..." },
});
const quiet = result("expect_column_to_exist", { column: "a" }, true, undefined, {
  raised_exception: false,
  exception_message: null,
});

const project = (checkpoints: Readonly<Record<string, object | undefined>>) => ({
  "project/gx/great_expectations.yml": JSON.stringify({
    stores: { validation_results_store: { class_name: "S3" }, expectations_store: { class_name: "ExpectationsStore" } },
    data_docs_sites: { theirs: {} },
  }),
  ...Object.fromEntries(Object.keys(checkpoints).map((name) => [`project/gx/checkpoints/${name}.json`, "{}"])),
  ...Object.fromEntries(
    Object.entries(checkpoints).flatMap(([name, value]) =>
      value ? [[`results/${name}.json`, JSON.stringify(value)]] : [],
    ),
  ),
});

/** A run of the project in the test's folder. */
const validate = async (files: Readonly<Record<string, string>>, env: Readonly<Record<string, string>> = {}) => {
  const scripts = Object.fromEntries(
    Object.entries(config.scriptFiles()).map(([name, text]) => [
      name,
      text.replace(`Path("${config.paths.trino}")`, 'Path("credentials")'),
    ]),
  );
  const ran = await runPython(
    "validate.py project",
    scripts,
    { "credentials/username": "great-expectations", "credentials/password": "h@sh", ...files },
    { BUCKET: "data-docs", TRINO_HOST: "trino", TRINO_PORT: "8443", TRINO_CATALOG: "iceberg", ...env },
  );
  const figures = ran.of("data-docs/site/metrics/shop.prom") ?? "";
  const log = ran.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { readonly level: string; readonly message: string });
  return { ...ran, figures, log, asked: (ran.file("trino") ?? "").trim().split("\n") };
};

describe("a run of Great Expectations", () => {
  it("over good rows succeeds, and tells so in the bucket, in the lakehouse and to Prometheus", async () => {
    const { status, stderr, put, figures, asked, of, file } = await validate(project({ daily: suite(passed, quiet) }), {
      STALE_AFTER_SECONDS: "93600",
    });
    assert.equal(status, 0, stderr);
    assert.deepEqual(
      put.map(({ key, type }) => `${key.replace(/\d{8}T\d{6}\.\d{6}Z/, "<time>")} ${type}`),
      [
        "data-docs/validations/shop/orders/daily/<time>/batch.json application/json",
        "data-docs/site/shop/index.html text/html; charset=utf-8",
        "data-docs/site/shop/validations/orders/daily/<time>/batch.html text/html; charset=utf-8",
        "data-docs/site/metrics/shop.prom text/plain; version=0.0.4",
        "data-docs/site/metrics/shop.success.prom text/plain; version=0.0.4",
      ],
    );
    assert.match(figures, /^gx_last_run_timestamp_seconds\{project="shop"\} \d{10}$/m);
    assert.deepEqual(
      figures.split("\n").filter((line) => !/timestamp|duration/.test(line)),
      [
        'gx_run_success{project="shop"} 1',
        'gx_run_broken{project="shop"} 0',
        'gx_expectations{project="shop",checkpoint="daily",result="passed"} 2',
        'gx_expectations{project="shop",checkpoint="daily",result="failed"} 0',
        'gx_expectations{project="shop",checkpoint="daily",result="error"} 0',
        'gx_stale_after_seconds{project="shop"} 93600',
        "",
      ],
    );
    assert.match(of("data-docs/site/metrics/shop.success.prom") ?? "", /^gx_last_success_timestamp_seconds\{/);
    const [connection, schema = "", table = "", insert = "", ...more] = asked;
    assert.equal(connection, "https://great-expectations:h@sh@trino:8443/iceberg /etc/platform-ca/ca.crt");
    assert.equal(schema, `CREATE SCHEMA IF NOT EXISTS ${config.schema}`);
    assert.match(table, new RegExp(`^CREATE TABLE IF NOT EXISTS ${config.schema}\\.results \\(run_at timestamp`));
    assert.match(
      insert,
      /VALUES \(TIMESTAMP '\d{4}-[\d-]+ [\d:]+\.\d{6} UTC', 'shop', 'daily', 'orders', 'lakehouse', 'orders', 'expect_table_row_count_to_be_between', CAST\(NULL AS varchar\), 'critical', 'passed', CAST\(NULL AS bigint\), CAST\(NULL AS bigint\), CAST\(NULL AS varchar\)\), \(/,
    );
    assert.deepEqual(more, []);
    // The password is quoted for its place in an address, and is on no page and in no line.
    assert.equal(
      file("project/gx/connection"),
      'trino://great-expectations:h%40sh@trino:8443/iceberg {"http_scheme": "https"}',
    );
  });

  it("over bad rows fails, is told all the same, and leaves the last success as it was", async () => {
    const { status, put, figures, log, asked } = await validate(project({ daily: suite(passed, failed) }));
    assert.equal(status, 1);
    assert.match(figures, /^gx_run_success\{project="shop"\} 0$/m);
    assert.match(figures, /^gx_run_broken\{project="shop"\} 0$/m);
    assert.match(figures, /^gx_expectations\{project="shop",checkpoint="daily",result="failed"\} 1$/m);
    assert.ok(!put.some(({ key }) => key.endsWith("success.prom")));
    assert.match(asked.at(-1) ?? "", /'status', 'critical', 'failed', 15000, 2, CAST\(NULL AS varchar\)\)$/);
    const told = log.find(({ level }) => level === "error")?.message;
    assert.equal(told, "failed: expect_column_values_to_be_in_set of orders status: 2 of 15000 unexpected");
  });

  it("that cannot check something says that it is broken, not that rows are bad", async () => {
    const { status, figures, log, asked } = await validate(project({ daily: suite(passed, unchecked) }));
    assert.equal(status, 2);
    assert.match(figures, /^gx_run_broken\{project="shop"\} 1$/m);
    assert.match(figures, /result="failed"\} 0$/m);
    assert.match(figures, /result="error"\} 1$/m);
    assert.match(
      asked.at(-1) ?? "",
      /'it''s', 'critical', 'error', CAST\(NULL AS bigint\), CAST\(NULL AS bigint\), 'no column ''it''s'''\)$/,
    );
    assert.match(log.find(({ level }) => level === "error")?.message ?? "", /^error: .* it's: no column 'it's'$/);
  });

  it("is broken when the product leaves out an expectation that it cannot read", async () => {
    const { status, figures, stdout } = await validate(
      project({ daily: { ...suite(passed), unknown: "expect_luck" } }),
    );
    assert.equal(status, 2);
    assert.match(figures, /result="passed"\} 1$/m);
    assert.match(stdout, /not checked: Could not add expectation; expect_luck/);
  });

  it("runs the other checkpoints when one cannot be run, and every step that still can", async () => {
    const files = project({ daily: suite(passed), gone: undefined });
    const { status, put, figures, log } = await validate(files, { TRINO_DOWN: "1" });
    assert.equal(status, 2);
    assert.match(figures, /checkpoint="daily",result="passed"\} 1$/m);
    assert.ok(put.some(({ key }) => key === "data-docs/site/shop/index.html"));
    const told = log.filter(({ message }) => message.startsWith("not checked")).map(({ message }) => message);
    assert.match(told[0] ?? "", /^not checked: checkpoint "gone": /);
    assert.match(told[1] ?? "", /^not checked: writing the results into the lakehouse: no answer$/);
  });

  it("runs only the checkpoints that it is asked for, and knows one that is not there", async () => {
    const files = project({ daily: suite(passed), hourly: suite(failed) });
    const { status, figures } = await validate(files, { CHECKPOINTS: '["daily"]' });
    assert.equal(status, 0);
    assert.doesNotMatch(figures, /hourly/);
    const unknown = await validate(files, { CHECKPOINTS: '["daily", "weekly"]' });
    assert.equal(unknown.status, 2);
    assert.match(unknown.figures, /checkpoint="daily",result="passed"\} 1$/m);
    assert.match(unknown.stdout, /not checked: there is no checkpoint \\"weekly\\", but daily, hourly/);
  });

  it("of what is no project, or has nothing to run, is broken", async () => {
    const nothing = await validate({ "project/readme": "" });
    assert.equal(nothing.status, 2);
    assert.match(nothing.stdout, /the project has no gx\/great_expectations\.yml/);
    assert.match(nothing.figures, /^gx_run_broken\{project="shop"\} 1$/m);
    const empty = await validate(project({}));
    assert.equal(empty.status, 2);
    assert.match(empty.stdout, /the project has no checkpoints/);
    // Who expects nothing is not told that all is well.
    assert.equal((await validate(project({ daily: suite() }))).status, 2);
  });

  it("asks for no values of rows, whatever the project says", async () => {
    const { file } = await validate(project({ daily: suite(passed) }));
    assert.deepEqual(JSON.parse(file("project/gx/format") ?? ""), {
      result_format: "SUMMARY",
      partial_unexpected_count: 0,
      include_unexpected_rows: false,
    });
  });

  it("shows the runs before, as many as are kept on the pages, and takes away what is not shown any more", async () => {
    const old = Array.from({ length: 51 }, (_, i) => `orders/daily/${"0".repeat(i + 1)}/batch`);
    const { put, file } = await validate({
      ...project({ daily: suite(passed) }),
      ...Object.fromEntries(old.map((name) => [`store/data-docs/validations/shop/${name}.json`, "{}"])),
      "store/data-docs/validations/other/orders/daily/1/batch.json": "{}",
      [`store/data-docs/site/shop/validations/${old[0]}.html`]: "page",
      [`store/data-docs/site/shop/validations/${old[1]}.html`]: "page",
      "store/data-docs/site/shopping/index.html": "of another project",
    });
    const index = (file("project/gx/uncommitted/site/index.html") ?? "").split("\n");
    assert.equal(index.length, 51);
    assert.ok(!index.includes(`${old[0]}.html`));
    assert.deepEqual(
      put.filter(({ deleted }) => deleted).map(({ key }) => key),
      [`data-docs/site/shop/validations/${old[0]}.html`],
    );
    // What is there already is not put there again.
    assert.ok(!put.some(({ key }) => key.includes(`${old[1]}.html`)));
    assert.equal(put.filter(({ key }) => key.includes("/validations/shop/")).length, 1);
  });
});

describe("the demonstration of Great Expectations", () => {
  const files = config.demonstration();
  const json = (file: string) => JSON.parse(files[file] ?? "");

  it("is a whole project: a checkpoint of a validation of a suite over a table", () => {
    assert.deepEqual(Object.keys(files), [
      "gx/checkpoints/orders.json",
      "gx/expectations/orders.json",
      "gx/great_expectations.yml",
      "gx/validation_definitions/orders.json",
    ]);
    const { fluent_datasources: sources } = yaml.parse(files["gx/great_expectations.yml"] ?? "");
    assert.equal(sources.lakehouse.connection_string, "$" + "{LAKEHOUSE}");
    const { orders } = sources.lakehouse.assets;
    const definition = json("gx/validation_definitions/orders.json");
    assert.deepEqual(definition.data, {
      datasource: { name: "lakehouse", id: sources.lakehouse.id },
      asset: { name: "orders", id: orders.id },
      batch_definition: { name: "all", id: orders.batch_definitions.all.id },
    });
    assert.equal(definition.suite.id, json("gx/expectations/orders.json").id);
    assert.equal(json("gx/checkpoints/orders.json").validation_definitions[0].id, definition.id);
    for (const file of Object.keys(files)) assert.match(keyOfFile(file), /^[-._a-zA-Z0-9]+$/);
  });

  it("expects what the smoke check judges it by, and each expectation but those of the whole table has a bad row", () => {
    const { expectations } = json("gx/expectations/orders.json") as {
      readonly expectations: readonly { readonly type: string; readonly kwargs: { readonly column?: string } }[];
    };
    const named = expectations.map(({ type, kwargs }) => [type, kwargs.column ?? null].join(" ")).sort();
    for (const rows of [expected.good, expected.bad]) {
      assert.deepEqual(rows.map(([type, column]) => [type, column].join(" ")).sort(), named);
    }
    assert.ok(expected.good.every(([, , how]) => how === "passed"));
    const failing = expected.bad.filter(([, , how]) => how === "failed").length;
    assert.equal(seeds.bad[0].match(/\(\S+, 0, /g)?.length, failing);
    assert.equal(failing, expectations.filter(({ kwargs }) => kwargs.column).length);
  });

  it("is judged by each expectation", () => {
    assert.doesNotThrow(() => judged(expected.bad, expected.bad));
    assert.throws(
      () => judged(expected.good, expected.bad),
      /"expect_column_values_to_be_between amount passed 0" instead of "/,
    );
    assert.throws(() => judged(expected.bad.slice(1), expected.bad), /the run says/);
    assert.throws(() => judged([...expected.bad, ["more"]], expected.bad), /says 8 things instead of 7/);
  });

  it("has a page where its results say", () => {
    const key = "validations/demo/orders/orders/20261126T133700.123456Z/lakehouse-orders.json";
    const ran = (text: string, name = key) => ({ added: new Map([[name, text]]) });
    assert.equal(
      pageOf(ran('{"success": false}'), false),
      "/demo/validations/orders/orders/20261126T133700.123456Z/lakehouse-orders.html",
    );
    assert.throws(() => pageOf(ran('{"success": true}'), false), /says success true/);
    assert.throws(() => pageOf({ added: new Map() }, true), /the run put nothing into the bucket/);
  });

  it("can be tried with the statements of the guide", () => {
    const guide = fs.readFileSync(path.join(root, "docs/DATA_QUALITY.md"), "utf8").replace(/\s+/g, " ");
    for (const statement of Object.values(seeds).flat()) assert.ok(guide.includes(statement), statement);
  });
});
