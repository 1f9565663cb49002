import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type Command, RedisError, type RedisLogin, withRedis } from "../clients/redis";
import { cleaningUp, expect, refused, smokeCheck } from "./check";
import type { Installation } from "./installation";

const ports = { redis: 6379, sentinel: 26379 };

/**
 * Redis: in ha all Sentinels name the same master, which its replicas follow; a client with its own login writes, reads
 * and deletes there, and does so nowhere else.
 */
export const check = smokeCheck("redis", async (installation) => {
  const { username = "", password = "" } = await installation.secret("redis", "check");
  const login = { user: username, password };
  const replicas = installation.replicas("redis");
  const server = replicas > 1 ? await master(installation, login, replicas) : "redis";
  const found = replicas > 1 ? `${replicas} Sentinels name ${server} as master` : "one server";
  return installation.connect(
    "redis",
    ports.redis,
    async (endpoint) => {
      const stranger = { user: username, password: `${password}-wrong` };
      await refused(() => withRedis(endpoint, stranger, ping), denied("WRONGPASS"), "a wrong password");
      const session = await withRedis(endpoint, login, async (command) => {
        const info = String(await command("INFO", "server", "replication"));
        const value = (key: string) => new RegExp(`^${key}:(.*?)\r?$`, "m").exec(info)?.[1];
        expect(value("role") === "master", `${server} is a ${value("role")}, not a master`);
        const online = [...info.matchAll(/^slave\d+:.*state=online/gm)].length;
        expect(online === replicas - 1, `${online} of ${replicas - 1} replicas follow ${server}`);
        await roundTrip(command);
        return `Redis ${value("redis_version")} wrote, read, expired and deleted, ${online} replicas follow`;
      });
      return `${found}; ${session}; other keys and a wrong password are refused`;
    },
    `service/${server}`,
  );
});

/** The Kubernetes Service of the master, on which all Sentinels must agree. */
async function master(installation: Installation, login: RedisLogin, replicas: number): Promise<string> {
  const sentinels = Array.from({ length: replicas }, (_, i) => `redis-announce-${i}`);
  const answers = await Promise.all(
    sentinels.map((sentinel) =>
      installation.connect(
        "redis",
        ports.sentinel,
        (endpoint) =>
          withRedis(endpoint, login, async (command) => {
            const address = await command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", "mymaster");
            return Array.isArray(address) ? String(address[0]) : "none";
          }),
        `service/${sentinel}`,
      ),
    ),
  );
  const said = sentinels.map((sentinel, i) => `${sentinel} says ${answers[i]}`).join(", ");
  expect(new Set(answers).size === 1, `the Sentinels do not agree on the master: ${said}`);
  const [name = ""] = answers[0]?.split(".") ?? [];
  expect(sentinels.includes(name), `the Sentinels name a master that is no pod's Service: ${said}`);
  return name;
}

async function roundTrip(command: Command): Promise<void> {
  const key = `check:${randomUUID()}`;
  const text = `written by a smoke check: ${key}`;
  await cleaningUp(
    async () => {
      await command("DEL", key);
    },
    async () => {
      await command("SET", key, text, "EX", "60");
      expect((await command("GET", key)) === text, `${key}: read back something else than was written`);
      await command("PEXPIRE", key, "100");
      await sleep(300);
      expect((await command("GET", key)) === null, `${key} is still there after its time`);
      await command("RPUSH", key, "first", "second");
      expect((await command("LPOP", key)) === "first", `${key}: a queue gave something else than was put in first`);
      await refused(() => command("SET", `not-${key}`, text), denied("NOPERM"), "a key of somebody else");
      await refused(() => command("CONFIG", "GET", "masterauth"), denied("NOPERM"), "reading the configuration");
    },
  );
  expect((await command("EXISTS", key)) === 0, `${key} is there although it was deleted`);
}

const ping = (command: Command) => command("PING");

const denied =
  (code: string) =>
  (error: unknown): boolean =>
    error instanceof RedisError && error.code === code;
