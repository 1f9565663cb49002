import * as assert from "node:assert/strict";
import type { Acl } from "../../components/control/kafka/client";
import { byDatabase, changeTopics, sink, source } from "../../components/control/kafka-connect/changes";
import { connectorName, secretsDirectory } from "../../components/control/kafka-connect/client";
import { acls, topics, workerProperties } from "../../components/control/kafka-connect/config";
import { connectorsScript, restartScript } from "../../components/control/kafka-connect/scripts";
import type { Source } from "../../components/core/sources";
import { runScript } from "../support/scripts";

/** A curl that asks the test's `server` (Bash: `$method $path` -> `status`, `body`) and writes down what it was asked. */
const fakeCurl = `#!/bin/bash
method=GET out=/dev/stdout code= fail= data=
while [ $# -gt 0 ]; do
  case "$1" in
    -X) method="$2"; shift ;;
    -o) out="$2"; shift ;;
    -w) code="$2"; shift ;;
    --data-binary) data="$(cat "\${2#@}")"; shift ;;
    -H | --cacert | --max-time) shift ;;
    -f) fail=1 ;;
    -*) ;;
    *) path="\${1#"$CONNECT"}" ;;
  esac
  shift
done
[ "$path" = /health ] || echo "$method $path$data" >> "$FOLDER/log"
times() { grep -cx "$method $path$data" "$FOLDER/log"; } # how often this was asked
status=200 body={}
source "$FOLDER/server"
if [ "$status" = 000 ]; then [ -z "$code" ] || printf 000; exit 7; fi
if [ -n "$fail" ] && [ "$status" -ge 400 ]; then exit 22; fi
printf '%s' "$body" > "$out"
if [ -n "$code" ]; then printf '%s' "$status"; fi
`;

const state = (connector: string, ...tasks: string[]) =>
  JSON.stringify({
    name: "c",
    connector: { state: connector, worker_id: "w" },
    tasks: tasks.map((state, id) => ({ id, state, worker_id: "w" })),
  });

/** The declared connectors are `a` and `b`. @param server what differs from a Connect in which all goes well */
const connect = (script: string, server = "", listed = ["platform-a", "platform-old", "by-hand"]) =>
  runScript(
    script,
    {
      "bin/curl": fakeCurl,
      server: `case "$method $path" in
  "GET /connectors") body='${JSON.stringify(listed)}' ;;
  "GET "*/status) body='${state("RUNNING", "RUNNING")}' ;;
  "DELETE "*) status=204 body= ;;
esac
${server}`,
      "etc/connectors/names": "platform-a\nplatform-b\n",
      "etc/connectors/platform-a.json": '{"of":"a"}',
      "etc/connectors/platform-b.json": '{"of":"b"}',
    },
    { CONNECT: "https://connect:8083" },
  );

const put = (name: string) => `PUT /connectors/platform-${name}/config{"of":"${name}"}`;
const restarted = (name: string) => `POST /connectors/platform-${name}/restart?includeTasks=true&onlyFailed=true`;

describe("the Job that brings connectors", () => {
  it("applies each that is declared, takes away the program's others, and leaves what people made", async () => {
    const { status, calls, stderr } = await connect(connectorsScript);
    assert.equal(status, 0, stderr);
    assert.deepEqual(
      calls.filter((call) => !call.startsWith("GET")),
      ["DELETE /connectors/platform-old", put("a"), put("b")],
    );
  });

  it("changes nothing when it runs again", async () => {
    const { status, calls } = await connect(connectorsScript, "", ["platform-a", "platform-b", "by-hand"]);
    assert.equal(status, 0);
    assert.deepEqual(
      calls.filter((call) => !call.startsWith("GET")),
      [put("a"), put("b")],
    );
  });

  for (const status of ["000", "409", "500", "503"]) {
    it(`tries again what was answered ${status}`, async () => {
      const refuse = `case "$method" in PUT | DELETE) if [ $(times) -lt 3 ]; then status=${status}; fi ;; esac`;
      const ran = await connect(connectorsScript, refuse);
      assert.equal(ran.status, 0, ran.stderr);
      assert.equal(ran.calls.filter((call) => call === put("a")).length, 3);
      assert.equal(ran.calls.filter((call) => call === "DELETE /connectors/platform-old").length, 3);
    });
  }

  it("takes nothing for absent because the list could not be read", async () => {
    const { calls } = await connect(connectorsScript, 'if [ "$path $(times)" = "/connectors 1" ]; then status=500; fi');
    assert.ok(calls.includes("DELETE /connectors/platform-old"));
  });

  it("stops with Connect's own words when a configuration is wrong", async () => {
    const { status, calls, stderr } = await connect(
      connectorsScript,
      `if [ "$method" = PUT ]; then status=400 body='{"message":"slot.name is not valid"}'; fi`,
    );
    assert.notEqual(status, 0);
    assert.match(stderr, /platform-a\/config refused \(400\): .*slot\.name is not valid/);
    assert.deepEqual(
      calls.filter((call) => call.startsWith("PUT")),
      [put("a")],
    );
  });

  it("restarts what failed, and waits until it runs", async () => {
    const { status, calls } = await connect(
      connectorsScript,
      `case "$path" in
        */platform-a/status) if ! grep -q restart "$FOLDER/log"; then body='${state("RUNNING", "FAILED")}'; fi ;;
        */restart*) status=202 ;;
      esac`,
    );
    assert.equal(status, 0);
    assert.deepEqual(
      calls.filter((call) => call.startsWith("POST")),
      [restarted("a")],
    );
  });

  const impatient = connectorsScript.replace("{1..60}", "{1..21}");

  it("fails when a task stays failed, and shows why, also when it cannot be restarted", async () => {
    const trace = "Caused by: the slot is lost";
    const { status, calls, stderr } = await connect(
      impatient,
      `case "$path" in
        */platform-a/status) body='{"connector":{"state":"RUNNING"},"tasks":[{"state":"FAILED","trace":"${trace}"}]}' ;;
        */restart*) status=409 ;;
      esac`,
    );
    assert.notEqual(status, 0);
    assert.match(stderr, /platform-a: does not run: .*the slot is lost/);
    assert.ok(calls.filter((call) => call === restarted("a")).length > 1);
    assert.ok(!calls.includes(put("b")));
  });

  for (const [what, answer] of [
    ["a connector without a task", state("RUNNING")],
    ["a paused one", state("PAUSED", "PAUSED")],
    ["one of whose tasks one failed", state("RUNNING", "RUNNING", "FAILED")],
  ] as const) {
    it(`does not take ${what} for one that runs`, async () => {
      const { status } = await connect(impatient, `case "$path" in */platform-b/status) body='${answer}' ;; esac`);
      assert.notEqual(status, 0);
    });
  }
});

describe("the restart of what failed", () => {
  it("asks for every connector, and for nothing that runs", async () => {
    const { status, calls } = await connect(restartScript);
    assert.equal(status, 0);
    assert.deepEqual(calls, [restarted("a"), restarted("b")]);
  });

  it("goes on to the others when one cannot be restarted, and says that by its end", async () => {
    const { status, calls } = await connect(restartScript, 'case "$path" in */platform-a/*) status=409 ;; esac');
    assert.notEqual(status, 0);
    assert.deepEqual(calls, [restarted("a"), restarted("b")]);
  });
});

const secret = (name: string): Source => ({ kind: "Secret", name, resource: undefined as never });
const handle = { reaches: [], ready: [] };

describe("a worker's configuration", () => {
  const text = workerProperties(
    "t-control",
    { ...handle, bootstrap: "kafka:9092", username: "kafka-connect", credentials: secret("kafka") },
    { ...handle, url: "https://registry:8081", username: "kafka-connect", credentials: secret("registry") },
    { path: "/etc/truststore/truststore.p12", password: "public" },
  );
  const values = new Map(
    text
      .trim()
      .split("\n")
      .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
  const security = [...values].filter(([key]) => /^(sasl|ssl|security)\./.test(key));

  it("repeats the login for the clients of connectors, which do not take the worker's own", () => {
    assert.equal(values.get("security.protocol"), "SASL_SSL");
    assert.ok(security.length >= 5);
    for (const prefix of ["producer", "consumer", "admin"]) {
      for (const [key, value] of security) assert.equal(values.get(`${prefix}.${key}`), value, `${prefix}.${key}`);
    }
  });

  it("has no secret: only places where the worker finds them", () => {
    // The trust store's password is none: it holds public certificates.
    const secrets = [...values].filter(([key]) => /(?<!truststore\.)password|jaas|user\.info/.test(key));
    assert.ok(secrets.length >= 8);
    for (const [key, value] of secrets) assert.match(value, /\$\{(dir:\/etc\/connect\/[a-z-]+:\w+|env:\w+)\}/, key);
  });

  it("lets placeholders, which everybody who reaches the API may write, see the connectors' secrets only", () => {
    assert.equal(values.get("config.providers.dir.param.allowed.paths"), secretsDirectory);
    const allowed = new RegExp(values.get("config.providers.env.param.allowlist.pattern") ?? "");
    for (const name of ["POD_NAME", "KEYSTORE_PASSWORD"]) assert.match(name, allowed);
    for (const name of ["PATH", "X_POD_NAME", "KEYSTORE_PASSWORD_OLD"]) assert.doesNotMatch(name, allowed);
    assert.equal(values.get("connector.client.config.override.policy"), "None");
  });

  it("uses the topics that are made for it, and a group it may join", () => {
    const used = ["config", "offset", "status"].map((what) => values.get(`${what}.storage.topic`) ?? "");
    assert.deepEqual(used.sort(), topics.map(({ name }) => name).sort());
    for (const topic of topics) {
      assert.equal(topic.config?.["cleanup.policy"], "compact", topic.name);
      for (const right of ["Read", "Write"] as const) assert.ok(may("topic", topic.name, right), topic.name);
    }
    assert.ok(may("group", values.get("group.id") ?? "", "Read"));
  });
});

/** Whether the workers' user may. */
const may = (resource: Acl["resource"], name: string, operation: Acl["operations"][number]) =>
  acls.some(
    (acl) =>
      acl.resource === resource &&
      (acl.prefix ? name.startsWith(acl.name) : name === acl.name) &&
      acl.operations.includes(operation),
  );

describe("the connectors of changed rows", () => {
  const tables = [
    { database: "shop", schema: "public", table: "orders" },
    { database: "shop", schema: "sales", table: "items" },
    { database: "crm", schema: "public", table: "people" },
  ];
  const databases = byDatabase(tables);
  const catalog = {
    ...handle,
    uri: "https://nessie:19120/iceberg",
    storage: { ...handle, bucket: "lakehouse", endpoint: "https://s3", region: "r", credentials: secret("bucket") },
  };
  const pairs = [...databases].map(([database, own]) => {
    const stream = {
      ...{ ...handle, host: "postgresql", port: 5432, database, tables: own },
      ...{ slot: `debezium_${database}`, publication: "p", credentials: secret(`reader-${database}`) },
    };
    return { reads: source(stream), writes: sink(stream, catalog) };
  });
  const setting = (spec: { readonly config: Readonly<Record<string, string>> }, key: string) => {
    const value = spec.config[key];
    assert.ok(value, key);
    return value;
  };
  const topicsOf = ({ reads }: (typeof pairs)[number]) =>
    setting(reads, "table.include.list")
      .split(",")
      .map((table) => `${setting(reads, "topic.prefix")}.${table}`);

  it("read each database's tables from its own slot, and write what was read", () => {
    assert.deepEqual(
      pairs.map((pair) => [setting(pair.reads, "database.dbname"), setting(pair.reads, "slot.name"), topicsOf(pair)]),
      [
        ["shop", "debezium_shop", ["cdc.shop.public.orders", "cdc.shop.sales.items"]],
        ["crm", "debezium_crm", ["cdc.crm.public.people"]],
      ],
    );
    for (const pair of pairs) assert.deepEqual(setting(pair.writes, "topics").split(","), topicsOf(pair));
  });

  it("find the topics that a sink reads: they are made before it", () => {
    const made = changeTopics(databases).map(({ name }) => name);
    for (const pair of pairs) {
      for (const topic of [...topicsOf(pair), setting(pair.writes, "iceberg.control.topic")]) {
        assert.ok(made.includes(topic), topic);
      }
    }
    assert.equal(new Set(made).size, made.length);
  });

  it("may use every topic, group and transaction that their configurations name", () => {
    for (const pair of pairs) {
      const { reads, writes } = pair;
      const heartbeat = `${setting(reads, "topic.heartbeat.prefix")}.${setting(reads, "topic.prefix")}`;
      const control = setting(writes, "iceberg.control.topic");
      for (const topic of [...topicsOf(pair), heartbeat]) {
        for (const right of ["Write", "Create", "Describe"] as const) assert.ok(may("topic", topic, right), topic);
      }
      for (const topic of [...topicsOf(pair), control]) assert.ok(may("topic", topic, "Read"), topic);
      assert.ok(may("topic", control, "Write"));
      // Connect's name of a sink's group, the coordinator's beside it, and those of the control topic's readers.
      const group = `connect-${connectorName(writes.name)}`;
      for (const name of [group, `${group}-coord`, setting(writes, "iceberg.control.group-id-prefix")]) {
        assert.ok(may("group", name, "Read") && may("group", name, "Describe"), name);
      }
      const transaction = setting(writes, "iceberg.coordinator.transactional.prefix");
      assert.ok(may("transactional-id", transaction, "Write"), transaction);
    }
  });

  it("share nothing between databases", () => {
    for (const key of ["iceberg.control.topic", "iceberg.control.group-id-prefix", "topics"]) {
      assert.equal(new Set(pairs.map(({ writes }) => setting(writes, key))).size, pairs.length, key);
    }
    const names = pairs.flatMap(({ reads, writes }) => [reads.name, writes.name]);
    assert.equal(new Set(names).size, names.length);
  });

  it("name secrets only by the place where the workers have them", () => {
    for (const { reads, writes } of pairs) {
      for (const { config, secrets = {} } of [reads, writes]) {
        const placeholders = Object.values(config).flatMap((value) => [...value.matchAll(/\$\{([^}]*)\}/g)]);
        assert.ok(placeholders.length >= 2);
        for (const [, place = ""] of placeholders) {
          const [provider, folder = ""] = place.split(":");
          assert.equal(provider, "dir");
          assert.ok(Object.keys(secrets).includes(folder.replace(`${secretsDirectory}/`, "")), place);
        }
      }
    }
  });

  it("survive a column that the source drops, which a required one of the lakehouse would not", () => {
    for (const { writes } of pairs) assert.equal(setting(writes, "iceberg.tables.schema-force-optional"), "true");
  });

  it("verify PostgreSQL's certificate, and keep a quiet table from holding back the server's log", () => {
    for (const { reads } of pairs) {
      assert.equal(setting(reads, "database.sslmode"), "verify-full");
      assert.ok(Number(setting(reads, "heartbeat.interval.ms")) > 0);
      assert.match(setting(reads, "heartbeat.action.query"), /pg_logical_emit_message\(false, 'heartbeat'/);
      assert.equal(setting(reads, "logical.decoding.message.prefix.exclude.list"), "heartbeat");
    }
  });
});
