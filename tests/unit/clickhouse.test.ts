import * as assert from "node:assert/strict";
import { profiles } from "../../components/core/profiles";
import type { Handle } from "../../components/core/service";
import { alerts } from "../../components/data/clickhouse/alerts";
import * as config from "../../components/data/clickhouse/config";
import { collections } from "../../components/data/clickhouse/sources";
import { clientGrants, internalGrants, type User, usersFile, versionOf } from "../../components/data/clickhouse/users";
import { type Answer, chdb } from "../support/chdb";
import { keeperElements, serverElements } from "./clickhouse.settings";

const size = profiles.ha.clickhouse;
const namespace = "p-data";
const bucket = {
  reaches: [],
  ready: [],
  bucket: "lakehouse",
  endpoint: "http://127.0.0.1:1",
  region: "us-east-1",
  credentials: {} as never,
};
const sources = {
  backups: { ...bucket, bucket: "clickhouse-backups" },
  lakehouse: { reaches: [], ready: [], uri: "http://127.0.0.1:1/iceberg", storage: bucket },
  kafka: {
    ...({ reaches: [], ready: [] } satisfies Handle),
    bootstrap: "kafka:9092",
    username: "clickhouse",
    credentials: {} as never,
  },
};
const server = config.serverConfig({
  size,
  servers: config.podHosts("server", 3, namespace),
  keepers: config.podHosts("keeper", 3, namespace),
  collections: collections(sources),
});
const env = {
  POD_NAME: "clickhouse-1",
  POD_FQDN: "clickhouse-1.headless",
  INTERSERVER_PASSWORD: "i",
  CLUSTER_SECRET: "c",
  KEEPER_IDENTITY: "clickhouse:k",
  CLICKHOUSE_BACKUPS_KEY: "bk",
  CLICKHOUSE_BACKUPS_SECRET: "bs",
  CLICKHOUSE_LAKEHOUSE_KEY: "lk",
  CLICKHOUSE_LAKEHOUSE_SECRET: "ls",
  CLICKHOUSE_KAFKA_PASSWORD: "kp",
};

/** What ClickHouse answers to a user with these grants, over the platform's files. */
const asUser = (grants: User["grants"], statements: readonly string[]): Promise<readonly Answer[]> =>
  chdb(
    {
      config: server,
      files: { [`${config.paths.users}/users.xml`]: usersFile([{ name: "default", password: "", grants }], size) },
      env,
    },
    statements,
  );
const rowsOf = (answer: Answer | undefined): readonly (readonly unknown[])[] => {
  assert.ok(answer && "rows" in answer, JSON.stringify(answer));
  return answer.rows;
};
const errorOf = (answer: Answer | undefined): string => (answer && "error" in answer ? answer.error : "no error");
/** Answers of one session that are errors for want of a right, by statement. */
const denied = (statements: readonly string[], answers: readonly Answer[]): readonly string[] =>
  statements.filter((_, i) => /ACCESS_DENIED/.test(errorOf(answers[i])));

/** Paths of all elements with a text, the root left out. */
function elements(xml: string): readonly string[] {
  const [stack, found]: [string[], Set<string>] = [[], new Set()];
  for (const [, end, name = "", attributes = "", text = ""] of xml.matchAll(/<(\/?)([\w.-]+)([^>]*)>([^<]*)/g)) {
    if (end) stack.pop();
    else {
      stack.push(name);
      if (text.trim() !== "" || attributes !== "") found.add(stack.slice(1).join("."));
      if (attributes.endsWith("/")) stack.pop();
    }
  }
  return [...found];
}

describe("ClickHouse's configuration, as its engine reads it", function () {
  // The engine is downloaded at the first time on a machine.
  this.timeout(600_000);
  let settings: ReadonlyMap<string, string>;
  before(async () => {
    const [answer] = await asUser("admin", ["SELECT name, value FROM system.server_settings"]);
    settings = new Map(rowsOf(answer).map(([name, value]) => [`${name}`, `${value}`]));
  });

  it("has no element that this line does not know", () => {
    const own = new RegExp(`^remote_servers\\.${config.cluster}\\.`);
    const unknown = elements(server)
      .filter((path) => !path.startsWith("named_collections."))
      .map((path) => path.replace(own, "remote_servers.*."))
      .filter((path) => !settings.has(path) && !(path in serverElements));
    assert.deepEqual(unknown, []);
    const used = new Set(elements(server).map((path) => path.replace(own, "remote_servers.*.")));
    assert.deepEqual(
      Object.keys(serverElements).filter((path) => !used.has(path)),
      [],
    );
  });

  it("gives what it says", () => {
    const expected: Readonly<Record<string, string>> = {
      interserver_https_host: "clickhouse-1.headless",
      interserver_https_port: `${config.ports.interserver}`,
      interserver_http_port: "0",
      mark_cache_size: `${2 ** 30}`,
      max_server_memory_usage_to_ram_ratio: "0.8",
      "logger.formatting.type": "json",
      "openSSL.client.verificationMode": "strict",
      "openSSL.client.loadDefaultCAFile": "0",
      "openSSL.client.caConfig": "/etc/platform-ca/ca.crt",
      keeper_hosts: config
        .podHosts("keeper", 3, namespace)
        .map((host) => `secure://${host}:${config.keeperPorts.client}`)
        .join(","),
    };
    assert.deepEqual(Object.fromEntries(Object.keys(expected).map((name) => [name, settings.get(name)])), expected);
  });

  it("listens nowhere without TLS but for metrics", () => {
    assert.deepEqual(
      elements(server).filter((path) => /(^|_)port(_|$)/.test(path)),
      ["https_port", "tcp_port_secure", "interserver_https_port"],
    );
  });

  it("knows the replicas, itself by its macros, and the collections", async () => {
    const [macros, cluster, collected, limit] = await asUser("admin", [
      "SELECT macro, substitution FROM system.macros ORDER BY macro",
      "SELECT cluster, shard_num, replica_num, host_name, port FROM system.clusters ORDER BY replica_num",
      "SELECT name, mapKeys(collection) FROM system.named_collections ORDER BY name",
      "SELECT toUInt32(value / 1048576) FROM (SELECT toUInt64(value) AS value FROM system.settings WHERE name = 'max_memory_usage')",
    ]);
    assert.deepEqual(rowsOf(macros), [
      ["cluster", "datalyptica"],
      ["replica", "clickhouse-1"],
      ["shard", "01"],
    ]);
    assert.deepEqual(
      rowsOf(cluster),
      config.podHosts("server", 3, namespace).map((host, i) => ["datalyptica", 1, i + 1, host, config.ports.native]),
    );
    assert.deepEqual(
      rowsOf(collected).map(([name]) => name),
      ["backups", "kafka", "lakehouse"],
    );
    assert.deepEqual(rowsOf(limit), [[4915]]);
  });

  it("makes Kafka's tables from its collection, of which Kafka's engine knows every setting", async () => {
    const own = collections(sources).kafka as Readonly<Record<string, unknown>>;
    const settings = Object.entries(own).map(
      ([name, value]) => `${name} = '${typeof value === "string" ? value : "x"}'`,
    );
    const topic = ["kafka_topic_list = 't'", "kafka_group_name = 'clickhouse-t'", "kafka_format = 'LineAsString'"];
    const answers = await asUser("admin", [
      "CREATE DATABASE q",
      `CREATE TABLE q.a (line String) ENGINE = Kafka(kafka, ${topic.join(", ")})`,
      `CREATE TABLE q.b (line String) ENGINE = Kafka SETTINGS ${[...settings, ...topic].join(", ")}`,
      "CREATE TABLE q.c (line String) ENGINE = Kafka SETTINGS kafka_sasl_user = 'x'",
    ]);
    rowsOf(answers[1]);
    rowsOf(answers[2]);
    assert.match(errorOf(answers[3]), /UNKNOWN_SETTING/);
  });
});

describe("ClickHouse's users, as its engine judges them", function () {
  this.timeout(600_000);
  const writer = clientGrants([{ database: "analytics", rights: "write" }]);
  /** Made before a user without the right to make databases comes: databases live in the engine's memory only. */
  const inside = ["CREATE DATABASE, DROP DATABASE ON analytics.*", "CREATE DATABASE ON other.*"];
  const made = ["CREATE DATABASE analytics", "CREATE DATABASE other"];

  it("who may write may do all that dbt and Superset do with tables, in that database only", async () => {
    const allowed = [
      "CREATE TABLE analytics.a (id UInt64, word String) ENGINE = MergeTree ORDER BY id",
      "CREATE TABLE analytics.b AS analytics.a",
      "INSERT INTO analytics.a SELECT number, 'x' FROM numbers(10)",
      "EXCHANGE TABLES analytics.a AND analytics.b",
      "RENAME TABLE analytics.b TO analytics.c",
      "CREATE VIEW analytics.v AS SELECT * FROM analytics.c",
      "CREATE MATERIALIZED VIEW analytics.m TO analytics.a AS SELECT * FROM analytics.c",
      "ALTER TABLE analytics.c ADD COLUMN n UInt8",
      "ALTER TABLE analytics.c DELETE WHERE id = 1",
      "OPTIMIZE TABLE analytics.c FINAL",
      "TRUNCATE TABLE analytics.c",
      "SELECT name FROM system.tables WHERE database = 'analytics'",
      "SELECT name, engine FROM system.databases",
      "SELECT name FROM system.columns WHERE database = 'analytics'",
      "SELECT name, value FROM system.settings LIMIT 1",
      "EXISTS DATABASE analytics",
      "DROP VIEW analytics.m",
      "DROP TABLE analytics.c",
    ];
    assert.deepEqual(
      (await asUser([...writer, ...inside], [...made, ...allowed]))
        .map(errorOf)
        .filter((error) => error !== "no error"),
      [],
    );
    const forbidden = [
      "CREATE TABLE other.a (id UInt64) ENGINE = MergeTree ORDER BY id",
      "CREATE DATABASE third",
      "DROP DATABASE other",
      "CREATE USER eve",
      "GRANT SELECT ON *.* TO default",
      "SELECT * FROM system.users",
      "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
      "SELECT * FROM s3(lakehouse, filename = 'x', format = 'LineAsString')",
      "SELECT * FROM remote('127.0.0.1', system.one)",
      "CREATE TABLE analytics.k (line String) ENGINE = Kafka(kafka, kafka_topic_list = 't', kafka_group_name = 'g', kafka_format = 'LineAsString')",
      "SYSTEM SHUTDOWN",
      "BACKUP DATABASE analytics TO S3(backups, 'x')",
      "CREATE NAMED COLLECTION c AS a = 1",
    ];
    const answers = await asUser(
      [...writer, "CREATE DATABASE ON other.*", "CREATE DATABASE ON analytics.*"],
      [...made, ...forbidden],
    );
    assert.deepEqual(denied(forbidden, answers.slice(made.length)), forbidden);
  });

  it("who may read may not write", async () => {
    const grants = [
      ...clientGrants([{ database: "analytics", rights: "read" }]),
      "CREATE DATABASE, CREATE TABLE ON analytics.*",
    ];
    const setup = ["CREATE DATABASE analytics", "CREATE TABLE analytics.a (id UInt64) ENGINE = MergeTree ORDER BY id"];
    const forbidden = [
      "INSERT INTO analytics.a VALUES (1)",
      "ALTER TABLE analytics.a DELETE WHERE 1",
      "DROP TABLE analytics.a",
      "TRUNCATE TABLE analytics.a",
    ];
    const answers = await asUser(grants, [...setup, ...forbidden, "SELECT count() FROM analytics.a"]);
    assert.deepEqual(denied(forbidden, answers.slice(setup.length)), forbidden);
    assert.deepEqual(rowsOf(answers.at(-1)), [[0]]);
  });

  it("nobody makes tables that would not be replicated", async () => {
    const setting = "database_replicated_allow_only_replicated_engine";
    const [value, set, query] = await asUser("admin", [
      `SELECT value, readonly FROM system.settings WHERE name = '${setting}'`,
      `SET ${setting} = 0`,
      `SELECT 1 SETTINGS ${setting} = 0`,
    ]);
    assert.deepEqual(rowsOf(value), [["1", 1]]);
    for (const answer of [set, query]) assert.match(errorOf(answer), /SETTING_CONSTRAINT_VIOLATION/);
  });

  it("whoever makes databases and whoever takes backups may do that, and read nothing", async () => {
    const secrets = ["SELECT * FROM system.users", "CREATE USER eve", "DROP DATABASE default"];
    const provisions = [
      "CREATE DATABASE IF NOT EXISTS analytics",
      "SELECT count() FROM system.roles WHERE name = 'users_x'",
      "DROP DATABASE IF EXISTS lakehouse",
      "CREATE DATABASE lakehouse ENGINE = DataLakeCatalog('http://127.0.0.1:1/iceberg', 'k', 's') SETTINGS catalog_type = 'rest', warehouse = 'lakehouse', storage_endpoint = 'http://127.0.0.1:1/lakehouse'",
    ];
    const provisioner = await asUser(internalGrants.provisioner, [...provisions, ...secrets]);
    assert.deepEqual(
      provisioner.slice(0, provisions.length).map(errorOf),
      provisions.map(() => "no error"),
    );
    assert.deepEqual(denied(secrets, provisioner.slice(provisions.length)), secrets);

    const fast = "SET s3_retry_attempts = 0, backup_restore_s3_retry_attempts = 0, s3_connect_timeout_ms = 100";
    const backups = [
      "BACKUP DATABASE `default`, TABLE system.users, TABLE system.roles TO S3(backups, '2026-W34/full-1')",
      "BACKUP DATABASE `default` TO S3(backups, '2026-W34/x') SETTINGS base_backup = S3(backups, '2026-W34/full-1')",
      "SELECT extract(_path, '2026-W34/full-[^/]+') FROM s3(backups, filename = '2026-W34/full-*/.backup', format = 'One') ORDER BY 1 DESC LIMIT 1",
      "SELECT arrayStringConcat(groupArray('DATABASE `' || name || '`'), ', ') FROM system.databases WHERE engine = 'Replicated' AND name != 'x'",
    ];
    const backup = await asUser(internalGrants.backup, [fast, ...backups, ...secrets]);
    assert.deepEqual(denied(backups, backup.slice(1)), []);
    // There is no object store here: that it was asked for is as far as the engine gets.
    for (const answer of backup.slice(1, 4)) assert.match(errorOf(answer), /Connection refused|BackupsIOThreadPool/);
    rowsOf(backup[4]);
    assert.deepEqual(denied(secrets, backup.slice(1 + backups.length)), secrets);
  });

  it("have another version when one is added or changed, whatever their order", () => {
    const users: readonly User[] = [
      { name: "a", password: "1", grants: [] },
      { name: "b", password: "2", grants: ["SELECT ON x.*"] },
    ];
    assert.equal(versionOf(users), versionOf([...users].reverse()));
    assert.notEqual(versionOf(users), versionOf(users.slice(1)));
    assert.notEqual(versionOf(users), versionOf(users.map((user) => ({ ...user, password: "3" }))));
    assert.match(usersFile(users, size), new RegExp(`<${versionOf(users)}/>`));
    assert.doesNotMatch(usersFile(users, size), /<default>\s*<password/);
  });
});

describe("ClickHouse's Keeper", () => {
  const members = config.podHosts("keeper", 3, namespace);
  const keeper = config.keeperConfig(profiles.ha["clickhouse-keeper"], members);

  it("has no element that is not in the table of its sources", () => {
    assert.deepEqual(
      elements(keeper).filter((path) => !(path in keeperElements)),
      [],
    );
  });

  it("has a member for each pod, under the number that the pod takes", () => {
    const found = [...keeper.matchAll(/<id>(\d+)<\/id>\s*<hostname>([^<]+)</g)].map(([, id, host]) => [id, host]);
    assert.deepEqual(
      found,
      members.map((host, i) => [`${i + 1}`, host]),
    );
    assert.deepEqual(
      members.map((host) => /-keeper-(\d+)\./.exec(host)?.[1]),
      ["0", "1", "2"],
    );
  });

  it("keeps what it caches well within its memory", () => {
    for (const mode of ["ha", "standalone"] as const) {
      const own = profiles[mode]["clickhouse-keeper"];
      const text = config.keeperConfig(own, members);
      const caches = [...text.matchAll(/<\w+_cache_size_threshold>(\d+)</g)].map(([, bytes]) => Number(bytes));
      assert.equal(caches.length, 2);
      const limit = Number.parseInt(own.memoryLimit, 10) * (own.memoryLimit.endsWith("Gi") ? 2 ** 30 : 2 ** 20);
      assert.ok(caches.reduce((a, b) => a + b) < limit / 4, mode);
    }
  });

  it("is asked for its state only", () => {
    const allowed = /<four_letter_word_white_list>([^<]+)</.exec(keeper)?.[1]?.split(",") ?? [];
    assert.deepEqual(
      allowed.filter((word) => ["csnp", "rcvr", "rqld", "ydld", "crst", "srst", "wchc", "wchp"].includes(word)),
      [],
    );
  });
});

describe("ClickHouse's alerts", function () {
  this.timeout(600_000);
  it("ask for metrics that ClickHouse has", async () => {
    const [metrics, events] = await asUser("admin", [
      "SELECT metric FROM system.metrics",
      "SELECT event FROM system.events SETTINGS system_events_show_zero_values = 1",
    ]);
    const known = new Set([
      ...rowsOf(metrics).map(([name]) => `ClickHouseMetrics_${name}`),
      ...rowsOf(events).map(([name]) => `ClickHouseProfileEvents_${name}`),
      // Not in the engine: src/Interpreters/ServerAsynchronousMetrics.cpp, src/Coordination/KeeperAsynchronousMetrics.cpp.
      ...["MaxPartCountForPartition", "ReplicasMaxAbsoluteDelay", "KeeperIsLeader", "KeeperSyncedFollowers"].map(
        (name) => `ClickHouseAsyncMetrics_${name}`,
      ),
    ]);
    const asked = alerts(3, 3, true).flatMap(({ expr }) => String(expr).match(/ClickHouse\w+/g) ?? []);
    assert.ok(asked.length > 5);
    assert.deepEqual(
      asked.filter((name) => !known.has(name)),
      [],
    );
  });
});
