import * as assert from "node:assert/strict";
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { accessRules } from "../../components/data/trino/access";
import { groupScript, userMapping } from "../../components/data/trino/single-sign-on";

interface Rule {
  readonly user?: string;
  readonly group?: string;
  readonly catalog?: string;
  readonly schema?: string;
  readonly privileges?: readonly string[];
  readonly allow?: unknown;
  readonly owner?: boolean;
}
type Rules = Readonly<Record<"catalogs" | "schemas" | "queries" | "system_information", readonly Rule[]>> & {
  readonly tables?: readonly Rule[];
};

/** The rule that decides, as Trino finds it: the first whose patterns all fit the whole of user, a group and catalog. */
function decides(
  rules: readonly Rule[],
  user: string,
  groups: readonly string[],
  catalog: string,
  schema = "anything",
): Rule | undefined {
  const fits = (pattern: string | undefined, text: string) => new RegExp(`^(${pattern ?? ".*"})$`).test(text);
  return rules.find(
    (rule) =>
      fits(rule.user, user) &&
      (rule.group === undefined || groups.some((group) => fits(rule.group, group))) &&
      fits(rule.catalog, catalog) &&
      fits(rule.schema, schema),
  );
}

describe("Trino's access rules", () => {
  const rules = JSON.parse(accessRules(true, [])) as Rules;
  const may = (group: string | undefined, catalog: string, user = "ann") =>
    decides(rules.catalogs, user, group ? [group] : [], catalog)?.allow;

  it("let admins do all, engineers and scientists write the lakehouse, others read", () => {
    const table = ["admin", "data_engineer", "data_scientist", "analyst", "viewer"].map((group) => [
      group,
      may(group, "iceberg"),
      may(group, "tpch"),
      decides(rules.schemas, "ann", [group], "iceberg")?.owner ?? false,
      decides(rules.queries, "ann", [group], "")?.allow,
    ]);
    assert.deepEqual(table, [
      ["admin", "all", "all", true, ["execute", "kill", "view"]],
      ["data_engineer", "all", "read-only", true, ["execute"]],
      ["data_scientist", "all", "read-only", true, ["execute"]],
      ["analyst", "read-only", "read-only", false, ["execute"]],
      ["viewer", "read-only", "read-only", false, ["execute"]],
    ]);
  });

  it("give somebody in several groups the best of them", () => {
    assert.equal(decides(rules.catalogs, "ann", ["viewer", "data_engineer"], "iceberg")?.allow, "all");
  });

  it("know nobody without a group, and no catalog but those named", () => {
    assert.equal(may(undefined, "iceberg"), undefined);
    assert.equal(may("administrators", "iceberg"), undefined);
    assert.equal(may("analyst", "postgresql"), undefined);
    assert.equal(decides(rules.queries, "ann", [], ""), undefined);
  });

  it("without single sign-on know the administrator only", () => {
    const alone = JSON.parse(accessRules(false, [])) as Rules;
    assert.equal(decides(alone.catalogs, "admin", [], "iceberg")?.allow, "all");
    assert.equal(decides(alone.catalogs, "ann", ["admin", "data_engineer"], "iceberg"), undefined);
    assert.equal(decides(alone.queries, "ann", ["admin"], ""), undefined);
  });

  it("let a service's user read and write the lakehouse, and read the examples of TPC-H, with single sign-on and without", () => {
    for (const groups of [true, false]) {
      const known = JSON.parse(accessRules(groups, [{ name: "kafka-connect" }])) as Rules;
      const user = "kafka-connect";
      assert.deepEqual(
        ["iceberg", "tpch", "postgresql"].map((catalog) => decides(known.catalogs, user, [], catalog)?.allow),
        ["all", "read-only", undefined],
      );
      assert.equal(decides(known.schemas, user, [], "iceberg")?.owner, true);
      assert.equal(decides(known.schemas, user, [], "tpch"), undefined);
      assert.deepEqual(decides(known.queries, user, [], "")?.allow, ["execute"]);
      assert.equal(decides(known.system_information, user, [], ""), undefined);
      for (const other of ["kafka", "kafka-connect-2", "ann"]) {
        assert.equal(decides(known.catalogs, other, [], "iceberg"), undefined, other);
      }
    }
  });

  it("change for nobody else when a service comes", () => {
    const known = JSON.parse(accessRules(true, [{ name: "kafka-connect" }])) as Rules;
    for (const list of ["catalogs", "schemas", "queries", "system_information"] as const) {
      assert.deepEqual(
        known[list].filter(({ user }) => user !== "kafka-connect"),
        rules[list],
      );
    }
  });

  it("let a service write one schema of the lakehouse only, and change nothing for all others", () => {
    const bound = { name: "great-expectations", writes: "data_quality" };
    const known = JSON.parse(accessRules(true, [bound, { name: "dbt" }])) as Rules;
    const owns = (user: string, schema: string) => decides(known.schemas, user, [], "iceberg", schema)?.owner ?? false;
    const table = (user: string, groups: readonly string[], schema: string) =>
      decides(known.tables ?? [], user, groups, "iceberg", schema)?.privileges;
    const all = ["SELECT", "INSERT", "DELETE", "UPDATE", "OWNERSHIP", "GRANT_SELECT"];
    assert.deepEqual(
      ["data_quality", "data_quality_2", "sales"].map((schema) => [
        owns(bound.name, schema),
        table(bound.name, [], schema),
      ]),
      [
        [true, all],
        [false, ["SELECT"]],
        [false, ["SELECT"]],
      ],
    );
    assert.equal(decides(known.catalogs, bound.name, [], "iceberg")?.allow, "all");
    for (const [user, groups] of [
      ["dbt", []],
      ["admin", []],
      ["ann", ["analyst"]],
    ] as const) {
      assert.deepEqual(table(user, groups, "sales"), all, user);
    }
    assert.equal(owns("dbt", "sales"), true);
    // Without such a service there are no rules on tables, which Trino takes as everything allowed.
    assert.equal(rules.tables, undefined);
  });

  it("give nobody of the realm a service's rights for having its name", () => {
    const mapping = JSON.parse(userMapping(["kafka-connect"])) as {
      readonly rules: readonly { readonly pattern: string; readonly allow?: boolean }[];
    };
    const allowed = (name: string) =>
      mapping.rules.find(({ pattern }) => new RegExp(`^(${pattern})$`).test(name))?.allow;
    for (const name of ["admin", "management", "kafka-connect"]) assert.equal(allowed(name), false, name);
    for (const name of ["ann", "kafka", "kafka-connect-2"]) assert.equal(allowed(name), undefined, name);
  });

  it("use groups only where Trino knows them: an unknown field stops its start", () => {
    assert.deepEqual(
      rules.system_information.filter((rule) => "group" in rule),
      [],
    );
  });
});

/** A curl that answers as Keycloak does, and writes down its arguments and what it gets on stdin. */
const fakeCurl = `#!/bin/bash
folder="$(dirname "$0")"
{ echo "$*"; cat; echo; } >> "$folder/requests"
for url; do :; done
case "$url" in
  */token) cat "$folder/token" ;;
  */groups\\?*) cat "$folder/groups.json" ;;
  */groups/*/members*) id="\${url#*groups/}"; cat "$folder/members-\${id%%/*}" ;;
esac
`;

describe("the container that writes Trino's groups", () => {
  let folder: string;
  const file = (name: string) => path.join(folder, name);
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "groups-"));
    fs.writeFileSync(file("curl"), fakeCurl, { mode: 0o755 });
    fs.writeFileSync(file("clientId"), "directory");
    fs.writeFileSync(file("clientSecret"), "directory-secret");
    fs.writeFileSync(file("token"), '{"access_token":"token-1","expires_in":300}');
    const groups = [
      { id: "1", name: "analyst", path: "/analyst" },
      { id: "2", name: "cooks", path: "/cooks" },
      { id: "3", name: "viewer", path: "/viewer" },
    ];
    fs.writeFileSync(file("groups.json"), JSON.stringify(groups));
    // Everything but the user name may be what its owner likes.
    const ann = { id: "a", username: "ann", firstName: "username", lastName: '","username":"eve', email: "x\\" };
    fs.writeFileSync(file("members-1"), JSON.stringify([ann, { id: "b", username: "bob" }]));
    fs.writeFileSync(file("members-2"), JSON.stringify([{ id: "c", username: "carl" }]));
    fs.writeFileSync(file("members-3"), "[]");
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  /** Runs one round. @returns how the container ended when it was told to */
  async function round(): Promise<number | null> {
    const script = groupScript.replaceAll("/etc/trino-groups", folder).replaceAll("/etc/trino-directory", folder);
    const environment = { TOKEN_URL: "https://k/token", ADMIN_URL: "https://k/admin", GROUP_NAMES: "analyst viewer" };
    const child = spawn("/bin/bash", ["-c", script], {
      env: { ...environment, PATH: `${folder}:${process.env.PATH}` },
      stdio: "ignore",
    });
    const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
    while (!fs.existsSync(file("heartbeat")) && child.exitCode === null) await sleep(20);
    child.kill("SIGTERM");
    return ended;
  }

  it("writes the members of the groups that Trino knows, whatever else users call themselves", async () => {
    assert.equal(await round(), 0);
    assert.equal(fs.readFileSync(file("groups.txt"), "utf8"), "analyst:ann,bob\nviewer:\n");
  });

  it("shows no secret in arguments", async () => {
    await round();
    const requests = fs.readFileSync(file("requests"), "utf8").split("\n");
    const [token = ""] = requests.filter((line) => line.includes("https://k/token"));
    assert.doesNotMatch(token, /secret/);
    assert.ok(requests.includes("grant_type=client_credentials&client_id=directory&client_secret=directory-secret"));
    assert.equal(requests.filter((line) => line === "Authorization: Bearer token-1").length, 3);
  });

  it("keeps the last known groups as a whole when a request fails", async () => {
    fs.writeFileSync(file("groups.txt"), "analyst:dora\n");
    fs.rmSync(file("members-3"));
    assert.equal(await round(), 0);
    assert.equal(fs.readFileSync(file("groups.txt"), "utf8"), "analyst:dora\n");
  });
});
