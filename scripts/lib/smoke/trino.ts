import { type Trino, TrinoError } from "../clients/trino";
import { cleaningUp, expect, refused, smokeCheck, within } from "./check";
import type { Installation } from "./installation";
import { dropTable, withTrino } from "./lakehouse";

/** Trino: it knows who may come in, its workers are there, and a table in the lakehouse is written, read and removed. */
export const check = smokeCheck("trino", (installation) =>
  withTrino(installation, "smoke", async (trino, wrongPassword) => {
    const unauthorized = (error: unknown) => error instanceof TrinoError && error.status === 401;
    await refused(() => wrongPassword.value("SELECT 1"), unauthorized, "a wrong password");
    await within(60_000, () => worked(trino), "no worker announced itself to the coordinator within a minute");
    const version = await trino.value("SELECT node_version FROM system.runtime.nodes WHERE coordinator");
    const workers = await activeWorkers(trino, installation);
    const rows = await roundTrip(trino, installation);
    return `Trino ${version}, a wrong password is refused, ${workers}; wrote and read ${rows} rows of an Iceberg table`;
  }),
);

/**
 * Workers announce themselves to a coordinator every few seconds. One that has only just started is ready before that, and
 * refuses to work.
 */
async function worked(trino: Trino): Promise<true | undefined> {
  try {
    expect((await trino.value("SELECT 1")) === 1, "SELECT 1 is not 1");
    return true;
  } catch (error) {
    if (error instanceof TrinoError && error.errorName === "NO_NODES_AVAILABLE") return undefined;
    throw error;
  }
}

/** In standalone the coordinator is the only node and works itself. */
async function activeWorkers(trino: Trino, installation: Installation): Promise<string> {
  const expected = installation.replicas("trino-worker");
  const active = "SELECT count(*) FROM system.runtime.nodes WHERE state = 'active' AND NOT coordinator";
  const all = async () => (await trino.value(active)) === expected || undefined;
  await within(60_000, all, `not all ${expected} workers are active after a minute`);
  return expected === 0 ? "the coordinator works itself" : `${expected} of ${expected} workers active`;
}

const schema = "smoke";
const table = "round_trip";

async function roundTrip(trino: Trino, installation: Installation): Promise<number> {
  await trino.query(`CREATE SCHEMA IF NOT EXISTS iceberg.${schema}`);
  const cleanUp = async () => {
    await dropTable(trino, installation, schema, table);
    await trino.query(`DROP SCHEMA IF EXISTS iceberg.${schema}`);
  };
  return cleaningUp(cleanUp, async () => {
    // One that a run left behind which was ended half-way.
    await dropTable(trino, installation, schema, table);
    await trino.query(
      `CREATE TABLE iceberg.${schema}.${table} (id bigint, word varchar, day date) WITH (partitioning = ARRAY['day'])`,
    );
    const source = "SELECT n, 'row ' || CAST(n AS varchar), DATE '2024-01-01' + (n % 2) * INTERVAL '1' DAY";
    const written = await trino.query(
      `INSERT INTO iceberg.${schema}.${table} ${source} FROM UNNEST(sequence(1, 100)) AS t (n)`,
    );
    expect(written.updateCount === 100, `an INSERT of 100 rows reports ${written.updateCount}`);
    const read = await trino.query(
      `SELECT count(*), sum(id), max(word) FROM iceberg.${schema}.${table} WHERE day = DATE '2024-01-01'`,
    );
    const seen = JSON.stringify(read.rows[0]);
    expect(seen === '[50,2550,"row 98"]', `the partition of the even numbers up to 100 reads as ${seen}`);
    return 100;
  });
}
