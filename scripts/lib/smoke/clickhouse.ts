import { setTimeout as sleep } from "node:timers/promises";
import { databases } from "../../../components/data/clickhouse/users";
import { ClickHouse, ClickHouseError } from "../clients/clickhouse";
import { cleaningUp, expect, refused, type SmokeCheck, smokeCheck } from "./check";
import type { Installation } from "./installation";

const port = 8443;
const rows = 1000;
/** ClickHouse's numbers of errors: a wrong password, and a right that is missing. */
const errors = { authentication: 516, access: 497 };

/**
 * ClickHouse: a table that one replica is told to make is on all, rows written through one are read through each, a table
 * that would not be replicated is refused, and so are a wrong password and what the user has no right to.
 */
export const check = clickhouseCheck(20_000);

/** @param patience milliseconds in which a replica must have what another was given */
export function clickhouseCheck(patience: number): SmokeCheck {
  return smokeCheck("clickhouse", (installation) => prove(installation, patience));
}

async function prove(installation: Installation, patience: number): Promise<string> {
  const { username = "", password = "" } = await installation.secret("clickhouse", "check");
  const login = { username, password };
  const pods = Array.from({ length: installation.replicas("clickhouse") }, (_, i) => `clickhouse-${i}`);
  const [first = ""] = pods;
  const table = `${databases.check}.round_trip_${Date.now()}`;
  const through = <T>(pod: string, use: (clickhouse: ClickHouse) => Promise<T>) =>
    installation.connect("clickhouse", port, (server) => use(new ClickHouse(server, login)), `pod/${pod}`);

  const version = await installation.connect("clickhouse", port, async (server) => {
    const stranger = new ClickHouse(server, { username, password: `${password}-wrong` });
    await refused(() => stranger.query("SELECT 1"), failsWith(errors.authentication), "a wrong password");
    const clickhouse = new ClickHouse(server, login);
    const foreign = `CREATE TABLE ${databases.analytics}.check (id UInt64) ENGINE = ReplicatedMergeTree ORDER BY id`;
    await refused(() => clickhouse.query(foreign), failsWith(errors.access), "a table in another's database");
    return (await clickhouse.query("SELECT version()"))[0]?.[0];
  });

  await cleaningUp(
    () => through(first, async (clickhouse) => void (await clickhouse.query(`DROP TABLE IF EXISTS ${table} SYNC`))),
    async () => {
      await through(first, (clickhouse) => write(clickhouse, table));
      for (const pod of pods)
        await through(pod, (clickhouse) => readBack(clickhouse, { pod, table, replicas: pods.length, patience }));
    },
  );
  const replicas = pods.length === 1 ? "the replica" : `each of ${pods.length} replicas`;
  return `version ${version}: ${rows} rows written through ${first} and read through ${replicas}; a wrong password and a table that would not be replicated are refused`;
}

async function write(clickhouse: ClickHouse, table: string): Promise<void> {
  const columns = `(id UInt64, word String)`;
  await refused(
    () => clickhouse.query(`CREATE TABLE ${table} ${columns} ENGINE = MergeTree ORDER BY id`),
    (error) => error instanceof ClickHouseError && error.code > 0 && error.code !== errors.access,
    "a table that would not be replicated",
  );
  await clickhouse.query(`CREATE TABLE ${table} ${columns} ENGINE = ReplicatedMergeTree ORDER BY id`);
  await clickhouse.query(
    `INSERT INTO ${table} SETTINGS insert_quorum = 'auto' SELECT number, 'row ' || toString(number) FROM numbers(${rows})`,
  );
}

const pause = 500;

/** A replica has a new table, and its rows, a moment after the others. */
async function readBack(
  clickhouse: ClickHouse,
  {
    pod,
    table,
    replicas,
    patience,
  }: { readonly pod: string; readonly table: string; readonly replicas: number; readonly patience: number },
): Promise<void> {
  const [database, name] = table.split(".");
  const deadline = Date.now() + patience;
  for (;;) {
    try {
      const [row = []] = await clickhouse.query(`SELECT count(), sum(id), max(word) FROM ${table}`);
      const seen = JSON.stringify(row);
      const expected = JSON.stringify([`${rows}`, `${(rows * (rows - 1)) / 2}`, `row ${rows - 1}`]);
      expect(seen === expected, `${pod} has ${seen} instead of ${expected}`);
      const [state] = await clickhouse.query(
        `SELECT total_replicas, active_replicas, is_readonly FROM system.replicas WHERE database = '${database}' AND table = '${name}'`,
      );
      const whole = JSON.stringify([replicas, replicas, 0]);
      expect(
        JSON.stringify(state) === whole,
        `${pod} knows of replicas, active ones, read-only ${state}, not ${whole}`,
      );
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(pause);
    }
  }
}

const failsWith = (code: number) => (error: unknown) => error instanceof ClickHouseError && error.code === code;
