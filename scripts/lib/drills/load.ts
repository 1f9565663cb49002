import { setTimeout as sleep } from "node:timers/promises";
import { connected, type Endpoint } from "../clients/https";
import { type DatabaseLogin, databaseClient, withDatabase } from "../clients/postgresql";
import { Trino } from "../clients/trino";
import type { KubernetesObject } from "../kubectl";
import type { Installation } from "../smoke/installation";
import type { Attempt } from "./measure";

/**
 * The clients of a drill. They use cluster addresses, as pods do: a forwarded port would end with its pod. So a drill runs
 * on a machine that reaches them, which is the sandbox's.
 */

/** Work that is repeated, whatever becomes of it, until it is stopped. */
export class Load {
  readonly attempts: Attempt[] = [];
  private stopped = false;
  private readonly done: Promise<void>;

  /** @param pause milliseconds between two attempts */
  constructor(attempt: () => Promise<void>, pause: number) {
    this.done = this.repeat(attempt, pause);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.done;
  }

  private async repeat(attempt: () => Promise<void>, pause: number): Promise<void> {
    while (!this.stopped) {
      const ok = await attempt().then(
        () => true,
        () => false,
      );
      this.attempts.push({ at: Date.now(), ok });
      await sleep(pause);
    }
  }
}

const tableName = "public.drill_writes";

/** Writes numbered rows, ten a second, each committed by itself. */
export async function startWriter(installation: Installation) {
  const server = await endpointOf(installation, "postgresql", 5432);
  const { username = "", password = "" } = await installation.secret("postgresql", "superuser");
  const login: DatabaseLogin = { user: username, password, database: "postgres" };
  await withDatabase(server, login, (client) =>
    client.query(`DROP TABLE IF EXISTS ${tableName}; CREATE TABLE ${tableName} (id integer PRIMARY KEY)`),
  );

  const acknowledged: number[] = [];
  let next = 0;
  let session: ReturnType<typeof databaseClient> | undefined;
  const load = new Load(async () => {
    const id = next++; // a new one each time: whether an unacknowledged one was stored, nobody knows
    try {
      if (!session) {
        session = databaseClient(server, login, { connect: 2_000, query: 2_000 });
        await session.connect();
      }
      await session.query(`INSERT INTO ${tableName} VALUES ($1)`, [id]);
      acknowledged.push(id);
    } catch (error) {
      session?.end().catch(() => undefined);
      session = undefined;
      throw error;
    }
  }, 100);

  return {
    load,
    /** Ends the load. @returns how many acknowledged writes there were, and how many of them are not in the table */
    async finish() {
      await load.stop();
      await session?.end();
      const stored = await withDatabase(server, login, async (client) => {
        const { rows } = await client.query<{ id: number }>(`SELECT id FROM ${tableName}`);
        await client.query(`DROP TABLE ${tableName}`);
        return new Set(rows.map(({ id }) => id));
      });
      return { writes: acknowledged.length, writesLost: acknowledged.filter((id) => !stored.has(id)).length };
    },
  };
}

/** Asks for a sum over a table in the lakehouse, about once a second. */
export async function startReader(installation: Installation) {
  const server = await endpointOf(installation, "trino", 8443);
  const { username = "", password = "" } = await installation.secret("trino", "admin");
  const query = "SELECT sum(totalprice) FROM iceberg.tpch.orders";
  // A connection for each query: one that a lost node leaves half open must not be waited for by the next.
  const load = new Load(
    () =>
      connected(server, async (own) => {
        await new Trino(own, { user: username, password }, "drill").query(query, 15_000);
      }),
    1_000,
  );
  return { load, finish: () => load.stop() };
}

interface Service extends KubernetesObject {
  readonly spec: { readonly clusterIP: string };
}

/** The Kubernetes Service of that name at its cluster address. */
async function endpointOf(
  installation: Installation,
  service: "postgresql" | "trino",
  port: number,
): Promise<Endpoint> {
  const namespace = installation.namespace(service);
  const { spec } = await installation.kubectl.get<Service>(namespace, "service", service);
  return installation.endpoint(service, port, { address: spec.clusterIP, localPort: port });
}
