import * as assert from "node:assert/strict";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import * as tls from "node:tls";
import type { Server } from "../../scripts/lib/clients/https";
import { RedisError, withRedis } from "../../scripts/lib/clients/redis";
import type { Installation } from "../../scripts/lib/smoke/installation";
import { check } from "../../scripts/lib/smoke/redis";
import { issue } from "./smoke.support";

const domain = "test-infrastructure.svc.cluster.local";
const login = { user: "check", password: "correct" };
const ok = "+OK\r\n";
const bulk = (text: string): string => `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
const array = (...items: readonly string[]): string => `*${items.length}\r\n${items.join("")}`;

/** The answer to a command, in the protocol; `undefined` ends the connection instead. */
type Respond = (words: readonly string[]) => string | undefined;

/** A server that speaks for a Redis, whose answers arrive a few bytes at a time. */
async function redisServer(host: string, respond: Respond) {
  const pki = issue(host);
  const commands: string[] = [];
  const sockets = new Set<tls.TLSSocket>();
  const listener = tls.createServer({ cert: pki.cert, key: pki.key }, (socket) => {
    sockets.add(socket.on("error", () => undefined).setNoDelay());
    socket.on("data", (data: Buffer) => {
      const words = data
        .toString()
        .split("\r\n")
        .filter((_, i) => i > 0 && i % 2 === 0);
      commands.push(words.join(" "));
      const text = words[0] === "AUTH" && words[2] !== login.password ? "-WRONGPASS invalid\r\n" : respond(words);
      if (text === undefined) socket.end();
      else
        for (const part of Buffer.from(text)
          .toString("latin1")
          .match(/.{1,7}/gs) ?? [])
          socket.write(part, "latin1");
    });
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const server = { host, port: 6379, localPort: (listener.address() as AddressInfo).port, ca: pki.ca } as Server;
  const close = async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => listener.close(resolve));
  };
  return { server, commands, close };
}

async function against(respond: Respond, use: (server: Server, commands: readonly string[]) => Promise<void>) {
  const fake = await redisServer(`redis.${domain}`, (words) => (words[0] === "AUTH" ? ok : respond(words)));
  try {
    await use(fake.server, fake.commands);
  } finally {
    await fake.close();
  }
}

describe("Redis client", () => {
  it("reads every kind of answer, in pieces, after its login", () =>
    against(
      ([word]) =>
        ({
          PING: "+PONG\r\n",
          LLEN: ":42\r\n",
          GET: bulk("zwei\r\nZeilen, ä"),
          NONE: "$-1\r\n",
          EMPTY: bulk(""),
          MANY: array(bulk("a"), array(":1\r\n", "$-1\r\n"), ok),
        })[word ?? ""],
      async (server, commands) => {
        const answers = await withRedis(server, login, async (command) => {
          const seen = [];
          for (const word of ["PING", "LLEN", "GET", "NONE", "EMPTY", "MANY"]) seen.push(await command(word, "ä"));
          return seen;
        });
        assert.deepEqual(answers, ["PONG", 42, "zwei\r\nZeilen, ä", null, "", ["a", [1, null], "OK"]]);
        assert.equal(commands[0], "AUTH check correct");
        assert.equal(commands[1], "PING ä");
      },
    ));

  it("tells a refusal from everything else, and goes on after it", () =>
    against(
      ([word]) => (word === "SET" ? "-NOPERM No permissions to access a key\r\n" : ok),
      (server) =>
        withRedis(server, login, async (command) => {
          await assert.rejects(command("SET", "a", "b"), (error) => {
            assert.ok(error instanceof RedisError);
            assert.deepEqual([error.code, error.message], ["NOPERM", "NOPERM No permissions to access a key"]);
            return true;
          });
          assert.equal(await command("PING"), "OK");
        }),
    ));

  it("says so when the server goes away, or the login is refused", () =>
    against(
      () => undefined,
      async (server) => {
        const ping = withRedis(server, login, (command) => command("PING"));
        await assert.rejects(ping, /Redis redis\.test-infra.*:6379 as check: the connection was closed/);
        const wrong = withRedis(server, { ...login, password: "wrong" }, (command) => command("PING"));
        await assert.rejects(wrong, { message: "WRONGPASS invalid" });
      },
    ));

  it("does not talk to a server with another name or of another authority", () =>
    against(
      () => ok,
      async (server, commands) => {
        const ping = (to: Server) => withRedis(to, login, (command) => command("PING"));
        await assert.rejects(ping({ ...server, host: `other.${domain}` }), /does not match certificate's altnames/);
        await assert.rejects(ping({ ...server, ca: issue(server.host).ca }), /certificate/);
        assert.deepEqual(commands, []);
      },
    ));
});

/** A server that keeps texts and lists like Redis, for the check's own keys. */
function store(role: string): Respond {
  const kept = new Map<string, string[]>();
  return ([word = "", key = "", ...rest]) => {
    if (word === "AUTH" || word === "HELLO")
      return word === "AUTH" ? ok : array(...["version", "8.8.2", "role", role].map(bulk));
    if (word === "CONFIG" || (key !== "" && !key.startsWith("check:"))) return "-NOPERM No permissions\r\n";
    if (word === "SET") kept.set(key, [rest[0] ?? ""]);
    if (word === "RPUSH") kept.set(key, [...rest]);
    if (word === "DEL" || word === "PEXPIRE") kept.delete(key);
    if (word === "EXISTS") return `:${kept.has(key) ? 1 : 0}\r\n`;
    if (word === "GET" || word === "LPOP") return kept.has(key) ? bulk(kept.get(key)?.[0] ?? "") : "$-1\r\n";
    return ok;
  };
}

/** A Sentinel that names a master and sees replicas, each with the flags it has. */
function sentinel(master: string, flags: readonly string[]): Respond {
  const replica = (flag: string) => array(...["name", "x", "flags", flag, "master-link-status", "ok"].map(bulk));
  return (words) => {
    if (words[0] === "AUTH") return ok;
    return words[1] === "REPLICAS" ? array(...flags.map(replica)) : array(bulk(`${master}.${domain}`), bulk("6379"));
  };
}

/** What the exporters of all pods show, by path. */
const figures: Readonly<Record<string, string>> = {
  "/metrics": "redis_up 1\n",
  "/scrape?target=rediss://localhost:26379": 'redis_sentinel_master_ckquorum_status{master_name="mymaster"} 1\n',
};

/** Runs the check against an installation of such servers, by `<Kubernetes Service>:<port>`. */
async function checked(replicas: number, servers: Readonly<Record<string, Respond>>) {
  const running: Awaited<ReturnType<typeof redisServer>>[] = [];
  const exporters: string[] = [];
  const exporter = http.createServer(({ url = "" }, response) => response.end(figures[url] ?? ""));
  await new Promise<void>((resolve) => exporter.listen(0, "127.0.0.1", resolve));
  const installation = {
    secret: async () => ({ username: login.user, password: login.password }),
    replicas: () => replicas,
    async connect(_: string, port: number, use: (server: Server) => Promise<unknown>, target: string) {
      const name = target.replace("service/", "");
      const fake = await redisServer(`${name}.${domain}`, servers[`${name}:${port}`] ?? (() => undefined));
      running.push(fake);
      return use(fake.server);
    },
    async forward(_: string, target: string, port: number, use: (local: number) => Promise<unknown>) {
      exporters.push(`${target}:${port}`);
      return use((exporter.address() as AddressInfo).port);
    },
  } as unknown as Installation;
  const { ok: passed, detail } = await check.run(installation);
  for (const each of running) await each.close();
  exporter.close();
  return { passed, detail, exporters, commands: running.flatMap(({ commands }) => commands) };
}

describe("smoke check of Redis", () => {
  const cluster = (...views: readonly Respond[]) =>
    Object.fromEntries(views.map((respond, i) => [`redis-announce-${i}:26379`, respond]));
  const agreed = sentinel("redis-announce-1", ["slave", "slave"]);

  it("asks all Sentinels for the master and uses it", async () => {
    const { passed, detail, exporters } = await checked(3, {
      ...cluster(agreed, agreed, agreed),
      "redis-announce-1:6379": store("master"),
    });
    assert.equal(
      detail,
      "Redis 8.8.2 wrote, read, expired and deleted, other keys and a wrong password are refused; 3 Sentinels name redis-announce-1 as master, 2 replicas follow",
    );
    assert.ok(passed);
    // Redis' figures and Sentinel's, in each pod.
    assert.deepEqual(
      exporters,
      [0, 0, 1, 1, 2, 2].map((i) => `pod/redis-${i}:9121`),
    );
  });

  it("uses the one server in standalone, and leaves nothing behind", async () => {
    const { passed, detail, commands, exporters } = await checked(1, { "redis:6379": store("master") });
    assert.ok(passed, detail);
    assert.deepEqual(exporters, ["pod/redis-0:9121"]);
    const keys = commands.filter((each) => /^(SET|RPUSH) check:/.test(each)).map((each) => each.split(" ")[1]);
    assert.ok(commands.lastIndexOf(`DEL ${keys[0]}`) > commands.lastIndexOf(`RPUSH ${keys[0]} first second`));
  });

  it("finds fault with Sentinels that disagree, a lost replica, and a server that is no master", async () => {
    const other = sentinel("redis-announce-0", ["slave", "slave"]);
    assert.match(
      (await checked(3, cluster(agreed, other, agreed))).detail,
      /do not agree on the master: .*-1 says .*-0\./,
    );
    const lonely = sentinel("redis-announce-1", ["slave", "s_down,slave"]);
    assert.match((await checked(3, cluster(agreed, agreed, lonely))).detail, /redis-announce-2 sees 1 of 2 replicas/);
    const demoted = { ...cluster(agreed, agreed, agreed), "redis-announce-1:6379": store("replica") };
    assert.match((await checked(3, demoted)).detail, /redis-announce-1 is a replica, not a master/);
  });

  it("finds fault with a server that lets the check use keys of others", async () => {
    const own = store("master");
    const lax: Respond = (words) => (words[0] === "SET" && words[1]?.startsWith("not-") ? ok : own(words));
    const { passed, detail } = await checked(1, { "redis:6379": lax });
    assert.ok(!passed);
    assert.match(detail, /a key of somebody else was to be refused, but was allowed/);
  });
});
