import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { metric } from "../clients/metrics";
import { type Command, RedisError, type RedisLogin, type Reply, withRedis } from "../clients/redis";
import { cleaningUp, expect, refused, smokeCheck, within } from "./check";
import type { Installation } from "./installation";

const ports = { redis: 6379, sentinel: 26379, metrics: 9121 };

/**
 * Redis: in ha all Sentinels name the same master and see its replicas follow it; a client with its own login writes,
 * reads and deletes there, and does so nowhere else. The exporter in each pod gets Redis' and Sentinel's figures.
 */
export const check = smokeCheck("redis", async (installation) => {
  const { username = "", password = "" } = await installation.secret("redis", "check");
  const login = { user: username, password };
  const replicas = installation.replicas("redis");
  const server = replicas > 1 ? await master(installation, login, replicas) : "redis";
  const session = await installation.connect(
    "redis",
    ports.redis,
    async (endpoint) => {
      const stranger = { user: username, password: `${password}-wrong` };
      await refused(() => withRedis(endpoint, stranger, ping), denied("WRONGPASS"), "a wrong password");
      return withRedis(endpoint, login, async (command) => {
        const about = fields(await command("HELLO"));
        expect(about.get("role") === "master", `${server} is a ${about.get("role")}, not a master`);
        await roundTrip(command);
        return `Redis ${about.get("version")} wrote, read, expired and deleted`;
      });
    },
    `service/${server}`,
  );
  for (let i = 0; i < replicas; i++) await measured(installation, `redis-${i}`, replicas > 1);
  const found = replicas > 1 ? `; ${replicas} Sentinels name ${server} as master, ${replicas - 1} replicas follow` : "";
  return `${session}, other keys and a wrong password are refused${found}`;
});

async function measured(installation: Installation, pod: string, sentinel: boolean): Promise<void> {
  const ask = (path: string, name: string) =>
    within(
      30_000,
      () =>
        installation.forward("redis", `pod/${pod}`, ports.metrics, async (port) =>
          (await metric(port, path, name)).includes(1) ? true : undefined,
        ),
      `for the exporter in ${pod}, ${name} is not 1: the log of its container says why`,
    );
  await ask("/metrics", "redis_up");
  if (sentinel)
    await ask(`/scrape?target=rediss://localhost:${ports.sentinel}`, "redis_sentinel_master_ckquorum_status");
}

/** The Kubernetes Service of the master, on which all Sentinels must agree; all others must follow it. */
async function master(installation: Installation, login: RedisLogin, replicas: number): Promise<string> {
  const sentinels = Array.from({ length: replicas }, (_, i) => `redis-announce-${i}`);
  const views = await Promise.all(sentinels.map((sentinel) => ask(installation, login, sentinel)));
  const said = views.map((view) => `${view.sentinel} says ${view.master}`).join(", ");
  const [name = ""] = views[0]?.master.split(".") ?? [];
  expect(new Set(views.map((view) => view.master)).size === 1, `the Sentinels do not agree on the master: ${said}`);
  expect(sentinels.includes(name), `the Sentinels name a master that is no pod's Service: ${said}`);
  for (const { sentinel, following } of views) {
    expect(following === replicas - 1, `${sentinel} sees ${following} of ${replicas - 1} replicas follow ${name}`);
  }
  return name;
}

/** What one Sentinel sees: the master's address, and how many replicas have a link to it. */
const ask = (installation: Installation, login: RedisLogin, sentinel: string) =>
  installation.connect(
    "redis",
    ports.sentinel,
    (endpoint) =>
      withRedis(endpoint, login, async (command) => {
        const [address] = list(await command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", "mymaster"));
        const seen = list(await command("SENTINEL", "REPLICAS", "mymaster")).map(fields);
        const linked = seen.filter((each) => each.get("flags") === "slave" && each.get("master-link-status") === "ok");
        return { sentinel, master: String(address ?? "none"), following: linked.length };
      }),
    `service/${sentinel}`,
  );

const list = (reply: Reply): readonly Reply[] => (Array.isArray(reply) ? reply : []);

/** Names and values that alternate in an answer. */
const fields = (reply: Reply): ReadonlyMap<string, string> =>
  new Map(list(reply).flatMap((name, i, all) => (i % 2 === 0 ? [[String(name), String(all[i + 1])]] : [])));

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
