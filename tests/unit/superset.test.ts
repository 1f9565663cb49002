import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import * as config from "../../components/analytics/superset/config";
import { exampleFiles } from "../../components/analytics/superset/example";
import { statsdMapping } from "../../components/analytics/superset/mapping";
import { sandboxImage } from "../../components/core/images";
import { profiles } from "../../components/core/profiles";
import { accessRules, type ServiceUser } from "../../components/data/trino/access";
import { realm } from "../../components/infrastructure/keycloak/realm";
import { standIns } from "../../sandbox/images/standins";

const issuer = "https://keycloak.example.com/realms/datalyptica";
const oidc = {
  clientId: "superset",
  issuer,
  authorizationUrl: `${issuer}/auth`,
  logoutUrl: `${issuer}/logout`,
  tokenUrl: "https://keycloak.ns/token",
  jwksUrl: "https://keycloak.ns/certs",
} as unknown as config.Wired["oidc"];
const sentinels = [{ host: "redis-announce-0", port: 26379 }];
const wired: config.Wired = {
  host: "superset.example.com",
  database: { host: "postgresql", port: 5432, database: "superset" },
  redis: { sentinels, master: "platform", host: undefined, port: 6379 },
  oidc,
  connections: [config.trinoConnection({ url: "https://trino.data:8443" }, true)],
};
const told = (change: Partial<config.Wired> = {}) => JSON.parse(config.platformJson({ ...wired, ...change }));

describe("Superset's configuration", () => {
  it("knows Redis by its Sentinels, or alone", () => {
    assert.deepEqual(told().redis, { prefix: "superset:", sentinels, master: "platform" });
    const alone = { sentinels: [], master: "platform", host: "redis", port: 6379 };
    assert.deepEqual(told({ redis: alone }).redis, { ...alone, prefix: "superset:" });
  });

  it("has no password in it, and no way to sign in but by password without Keycloak", () => {
    assert.doesNotMatch(config.platformJson(wired), /secret|password/i);
    assert.equal(told().login.issuer, issuer);
    assert.equal(told({ oidc: undefined }).login, undefined);
  });

  it("gives every role of the realm something, and only administrators everything", () => {
    const { roles } = JSON.parse(realm()) as { roles: { realm: readonly { name: string }[] } };
    assert.deepEqual(Object.keys(config.supersetRoles).sort(), roles.realm.map(({ name }) => name).sort());
    const administrators = Object.entries(config.supersetRoles).filter(([, grants]) => grants.includes("Admin"));
    assert.deepEqual(administrators, [["admin", ["Admin"]]]);
    // Gamma alone sees only data that somebody has given it.
    for (const role of ["analyst", "viewer"] as const) assert.ok(config.supersetRoles[role].includes(told().readsAll));
    assert.ok(!config.supersetRoles.viewer.includes("sql_lab"));
  });

  it("verifies engines by the platform's authority", () => {
    const { trino, clickhouse } = {
      trino: config.trinoConnection({ url: "https://trino.data:8443" }, true),
      clickhouse: config.clickhouseConnection({ host: "clickhouse", port: 8443, username: "superset" }, "analytics"),
    };
    assert.equal(trino.uri, "trino://trino.data:8443/iceberg");
    assert.equal(clickhouse.uri, "clickhousedb://clickhouse:8443/analytics");
    const args = ({ extra }: config.Connection) =>
      (extra.engine_params as { connect_args: Readonly<Record<string, unknown>> }).connect_args;
    assert.deepEqual(args(trino), { http_scheme: "https", verify: "/etc/platform-ca/ca.crt" });
    assert.deepEqual(args(clickhouse), { secure: true, verify: true, ca_cert: "/etc/platform-ca/ca.crt" });
  });

  it("fits as many processes as memory, and asks for the connections that they hold", () => {
    assert.equal(config.webProcesses({ memory: "2Gi" }), 2);
    assert.equal(config.webProcesses({ memory: "640Mi" }), 1);
    assert.equal(config.workerProcesses({ memory: "1536Mi" }), 4);
    assert.equal(config.workerProcesses({ memory: "448Mi" }), 1);
    const { "superset-web": web, "superset-worker": worker } = profiles.ha;
    // (2 + 1) web servers of two processes with 10, (2 + 1) workers of five with 3, beat's 2, the Job's 3.
    assert.equal(config.databaseConnections(web, worker), 110);
  });

  it("mounts every module that one of its files imports", () => {
    const files = config.scriptFiles();
    for (const [name, text] of Object.entries(files)) {
      for (const [, module] of text.matchAll(/^\s*(?:from|import) (platform_\w+|superset_config)\b/gm)) {
        assert.ok(`${module}.py` in files, `${name} imports ${module}`);
      }
      assert.doesNotMatch(text, /verify\s*=\s*False|CERT_NONE/, name);
    }
  });

  it("turns no figure into a metric twice", () => {
    const names = statsdMapping.mappings.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
    assert.deepEqual(statsdMapping.mappings.at(-1), {
      match: ".",
      match_type: "regex",
      action: "drop",
      name: "dropped",
    });
  });
});

describe("Superset's example", () => {
  const files = Object.fromEntries(
    Object.entries(exampleFiles()).map(([name, text]) => [name, JSON.parse(text) as Record<string, never>]),
  );
  const of = (prefix: string) => Object.entries(files).filter(([name]) => name.startsWith(prefix));

  it("shows every chart once, each on the one dataset", () => {
    const [dashboard] = of("dashboards__").map(([, file]) => file as unknown as { position: Record<string, unknown> });
    const shown = Object.values(dashboard?.position ?? {}).flatMap((each) => {
      const { type, meta } = each as { type?: string; meta?: { uuid: string } };
      return type === "CHART" ? [meta?.uuid] : [];
    });
    const charts = of("charts__").map(([, file]) => file as unknown as { uuid: string; dataset_uuid: string });
    assert.deepEqual(shown.sort(), charts.map(({ uuid }) => uuid).sort());
    const [dataset] = of("datasets__").map(([, file]) => file as unknown as { uuid: string; database_uuid: string });
    for (const chart of charts) assert.equal(chart.dataset_uuid, dataset?.uuid);
    assert.equal(dataset?.database_uuid, config.uuids.trino);
  });

  it("asks only for columns and figures that the dataset has", () => {
    const [dataset] = of("datasets__").map(
      ([, file]) =>
        file as unknown as { columns: readonly { column_name: string }[]; metrics: readonly { metric_name: string }[] },
    );
    const columns = dataset?.columns.map(({ column_name }) => column_name) ?? [];
    const metrics = dataset?.metrics.map(({ metric_name }) => metric_name) ?? [];
    for (const [name, file] of of("charts__")) {
      const { queries } = JSON.parse((file as unknown as { query_context: string }).query_context) as {
        queries: readonly { columns: readonly (string | { label: string })[]; metrics: readonly string[] }[];
      };
      for (const query of queries) {
        for (const column of query.columns)
          assert.ok(columns.includes(typeof column === "string" ? column : column.label), name);
        for (const metric of query.metrics) assert.ok(metrics.includes(metric), name);
      }
    }
  });

  it("has a uuid for each object", () => {
    const uuids = Object.values(files).flatMap((file) => (file.uuid ? [file.uuid as string] : []));
    assert.equal(new Set(uuids).size, uuids.length);
    for (const uuid of uuids) assert.match(uuid, /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/);
  });
});

describe("Trino's rules for who asks in the name of people", () => {
  const rules = (groups: boolean, ...services: readonly ServiceUser[]) =>
    JSON.parse(accessRules(groups, [{ name: "dbt" }, ...services]));
  const superset = { name: "superset", writes: false, impersonates: true } as const;

  it("let it become people, but none of Trino's own users", () => {
    assert.deepEqual(rules(true, superset).impersonation, [
      { original_user: "superset", new_user: "admin|management|dbt|superset", allow: false },
      { original_user: "superset", new_user: ".*" },
    ]);
  });

  it("are not there without groups, or without anybody who may", () => {
    assert.equal(rules(false, superset).impersonation, undefined);
    assert.equal(rules(true).impersonation, undefined);
  });

  it("let it read only, in its own name", () => {
    const { catalogs, schemas, tables } = rules(true, superset);
    const own = (list: readonly { readonly user?: string }[]) => list.filter(({ user }) => user === "superset");
    assert.deepEqual(own(catalogs), [
      { user: "superset", catalog: "iceberg", allow: "read-only" },
      { user: "superset", catalog: "tpch", allow: "read-only" },
    ]);
    assert.deepEqual(own(schemas), []);
    assert.equal(tables, undefined);
  });
});

describe("Superset's image", () => {
  const folder = path.join(__dirname, "../../images/superset");
  const lines = (file: string) => fs.readFileSync(path.join(folder, file), "utf8").trim().split("\n");

  it("has a checksum of every package, and the stand-in has the same", () => {
    const pins = [...lines("requirements.txt"), ...lines("sources.txt")];
    for (const pin of pins) assert.match(pin, /^[a-z0-9][a-z0-9._-]*==\S+( --hash=sha256:[0-9a-f]{64}){1,2}$/);
    const name = sandboxImage("superset");
    assert.ok(pins.some((pin) => pin.startsWith(`apache-superset==${name.split(":")[1]} `)));
    const downloads = Object.entries(standIns[name]?.downloads ?? {});
    const sources = downloads.flatMap(([, download]) =>
      "pypi" in download ? [`${download.pypi} --hash=sha256:${download.sha256}`] : [],
    );
    assert.deepEqual(sources.sort(), lines("sources.txt").sort());
    const built = fs.readFileSync(path.join(folder, "../../sandbox/images/python-build.txt"), "utf8").trim();
    assert.ok(
      pins.some((pin) => pin.startsWith(`${built} `)),
      `sources are built by ${built}`,
    );
  });
});
