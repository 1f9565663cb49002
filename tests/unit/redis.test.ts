import * as assert from "node:assert/strict";
import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { plainLines } from "../../components/core/logs";
import { Platform } from "../../components/core/platform";
import { jobSize } from "../../components/core/profiles";
import { Service } from "../../components/core/service";
import { parseSettings } from "../../components/core/settings";
import { deployment } from "../../components/core/workload";
import { Redis, type RedisAccess } from "../../components/infrastructure/redis";
import { aclFiles, clientRules } from "../../components/infrastructure/redis/acl";
import type { Manifest } from "../../scripts/lib/manifests";
import { madeUpPassword, RecordingMocks } from "../../scripts/lib/mocks";
import { plain } from "../../scripts/lib/render";

/** A service that uses Redis, under the name of one that needs nothing else. */
class Client extends Service {
  readonly handle: RedisAccess;

  constructor(platform: Platform, redis: Redis) {
    super(platform, "minio");
    this.handle = redis.access(this, { keys: ["app:*"], channels: ["events"] });
    deployment(this, {
      name: "client",
      component: "client",
      account: this.serviceAccount(),
      size: jobSize,
      uses: [this.handle],
      containers: [{ name: "client", image: "example.com/client:1", logs: plainLines, resources: jobSize }],
    });
  }
}

interface Rendered extends Manifest {
  readonly stringData: Readonly<Record<string, string>>;
  readonly spec: { readonly template: unknown };
}

/** Redis alone, or with a client. */
async function installed(mode: "ha" | "standalone", withClient: boolean) {
  const mocks = new RecordingMocks();
  await pulumi.runtime.setMocks(mocks, "datalyptica", "redis", false);
  let client: Client | undefined;
  let flows: readonly string[] = [];
  await pulumi.runtime.runInPulumiStack(async () => {
    const platform = new Platform(parseSettings({ mode, domain: "apps.example.com", services: ["redis", "minio"] }));
    const redis = platform.install(Redis, {});
    if (withClient && redis) client = new Client(platform, redis);
    platform.finish();
    flows = platform.flows.sorted().map(({ from, to }) => `${from.name} -> ${to.peer.name}:${to.port}`);
  });
  await pulumi.runtime.disconnect();
  const find = (kind: string, name: string): Rendered => {
    const manifests = mocks.registered.map(({ inputs }) => plain(inputs) as Rendered);
    const found = manifests.find((each) => each.kind === kind && each.metadata.name === name);
    assert.ok(found, `${kind} ${name}`);
    return found;
  };
  return { handle: client?.handle, flows, find };
}

const hash = (text: string): string => createHash("sha256").update(text).digest("hex");
const host = (i: number): string => `redis-announce-${i}.datalyptica-infrastructure.svc.cluster.local`;

describe("a client of Redis", () => {
  it("has a user of its own on Redis and Sentinel, whose password only its own Secret has", async () => {
    const { find } = await installed("ha", true);
    const password = madeUpPassword("redis-user-minio");
    const own = find("Secret", "minio-redis");
    assert.equal(own.metadata.namespace, "datalyptica-storage");
    assert.deepEqual(own.stringData, { username: "minio", password });
    const files = find("Secret", "redis-acl").stringData;
    for (const file of ["redis.acl", "sentinel.acl"]) {
      assert.match(files[file] ?? "", new RegExp(`^user minio on #${hash(password)} resetchannels `, "m"));
      assert.ok(!files[file]?.includes(password));
    }
    assert.match(
      files["redis.acl"] ?? "",
      /^user minio on #\w+ resetchannels ~app:\* &events \+@all -@admin -@dangerous /m,
    );
    assert.doesNotMatch(files["sentinel.acl"] ?? "", /^user minio .*(sentinel\|set|failover|publish|@)/m);
  });

  it("is given all Sentinels in ha, may reach both ports, and waits for its user", async () => {
    const { handle, flows } = await installed("ha", true);
    assert.deepEqual(
      handle?.sentinels,
      [0, 1, 2].map((i) => ({ host: host(i), port: 26379 })),
    );
    assert.equal(handle?.host, undefined);
    assert.equal(handle?.master, "mymaster");
    assert.deepEqual(
      flows.filter((flow) => flow.startsWith("client ")),
      ["client -> redis:26379", "client -> redis:6379"],
    );
    const urns = (handle?.ready ?? []).map(({ urn }) => urn);
    const names = await new Promise<string[]>((resolve) => pulumi.all(urns).apply(resolve));
    assert.ok(names.some((urn) => urn.endsWith("batch/v1:Job::redis-acl")));
  });

  it("is given the server in standalone", async () => {
    const { handle, flows } = await installed("standalone", true);
    assert.deepEqual(handle?.sentinels, []);
    assert.equal(handle?.host, "redis.datalyptica-dev-infrastructure.svc.cluster.local");
    assert.deepEqual(
      flows.filter((flow) => flow.startsWith("client ")),
      ["client -> redis:6379"],
    );
  });

  it("comes without a restart of the servers: only the Job that loads the users runs again", async () => {
    const [before, after] = [await installed("ha", false), await installed("ha", true)];
    const template = (kind: string, name: string, { find }: typeof before) => find(kind, name).spec.template;
    assert.deepEqual(template("StatefulSet", "redis", after), template("StatefulSet", "redis", before));
    assert.notDeepEqual(template("Job", "redis-acl", after), template("Job", "redis-acl", before));
  });
});

describe("ACL files of Redis", () => {
  const user = { name: "app", password: "secret", rules: clientRules({ keys: ["a:*", "b"] }) };

  it("have a version that changes with every user, right and password", () => {
    const { version } = aclFiles([user]);
    assert.match(version, /^version-[0-9a-f]{16}$/);
    assert.equal(aclFiles([user]).version, version);
    const others = [
      [],
      [{ ...user, name: "other" }],
      [{ ...user, password: "new" }],
      [{ ...user, rules: clientRules({ keys: ["a:*"] }) }],
    ];
    for (const users of others) assert.notEqual(aclFiles(users).version, version);
    for (const file of ["redis.acl", "sentinel.acl"] as const) {
      assert.match(aclFiles([user])[file], new RegExp(`^user ${version} off$`, "m"));
    }
  });

  it("let nobody in without a login, and give a client no key or channel that was not named", () => {
    const { "redis.acl": redis, "sentinel.acl": sentinel } = aclFiles([user]);
    for (const file of [redis, sentinel]) assert.match(file, /^user default off\b/);
    const rules = /^user app .*$/m.exec(redis)?.[0] ?? "";
    assert.deepEqual(rules.match(/ [~&%]\S+/g), [" ~a:*", " ~b"]);
    assert.doesNotMatch(rules, /nopass|allkeys|allchannels/);
  });

  it("keep the rights of the default user on Redis: the append-only file is loaded as it", () => {
    assert.match(aclFiles([])["redis.acl"], /^user default off ~\* &\* \+@all$/m);
  });

  it("name a user that has nothing to do with Sentinel in one file only", () => {
    const replication = { name: "replication", password: "secret", rules: { redis: "+psync" } };
    assert.match(aclFiles([replication])["redis.acl"], /^user replication /m);
    assert.doesNotMatch(aclFiles([replication])["sentinel.acl"], /replication/);
  });
});
