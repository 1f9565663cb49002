import type { Client } from "pg";
import { metric } from "../clients/metrics";
import { withDatabase } from "../clients/postgresql";
import type { KubernetesObject } from "../kubectl";
import { expect, smokeCheck, within } from "./check";
import type { Installation } from "./installation";

interface Endpoints extends KubernetesObject {
  readonly subsets?: readonly { readonly addresses?: readonly { readonly targetRef?: { readonly name: string } }[] }[];
}

interface Member {
  readonly name: string;
  readonly role: string;
  readonly state: string;
}

const ports = { postgresql: 5432, patroni: 8008, metrics: 9187 };

/**
 * PostgreSQL: the primary that clients are sent to takes writes over TLS, and as many standbys as there should be follow
 * it. The exporter beside each gets its figures.
 */
export const check = smokeCheck("postgresql", async (installation) => {
  const pod = await primary(installation);
  const session = await installation.connect(
    "postgresql",
    ports.postgresql,
    async (server) => withDatabase(server, await login(installation), useDatabase),
    `pod/${pod}`,
  );
  const standbys = await installation.forward("postgresql", `pod/${pod}`, ports.patroni, (port) =>
    followers(port, pod, installation.replicas("postgresql") - 1),
  );
  const members = Array.from({ length: installation.replicas("postgresql") }, (_, i) => `postgresql-${i}`);
  for (const member of members) await measured(installation, member);
  return `${session}; primary ${pod}, ${standbys}; exporters: ${members.length}`;
});

async function measured(installation: Installation, member: string): Promise<void> {
  const ask = (port: number) => metric(port, "/metrics", "pg_scrape_collector_success", { collector: "stat_database" });
  await within(
    30_000,
    async () =>
      (await installation.forward("postgresql", `pod/${member}`, ports.metrics, ask)).includes(1) ? true : undefined,
    `the exporter beside ${member} gets no figures: the log of its container says why`,
  );
}

/** The pod that Service `postgresql` leads to. The Service has no selector: Patroni writes its Endpoints. */
export async function primary(installation: Installation): Promise<string> {
  const namespace = installation.namespace("postgresql");
  const { subsets } = await installation.kubectl.get<Endpoints>(namespace, "endpoints", "postgresql");
  const pods = (subsets ?? []).flatMap(({ addresses }) => (addresses ?? []).map(({ targetRef }) => targetRef?.name));
  const [pod] = pods;
  expect(
    pods.length === 1 && pod !== undefined,
    `Service postgresql leads to ${pods.length} pods instead of the primary`,
  );
  return pod;
}

/** A service's own database; the superuser's where no service has one. */
async function login(installation: Installation) {
  const [grant] = await installation.grants("database");
  const { username = "", password = "" } = grant?.values ?? (await installation.secret("postgresql", "superuser"));
  return { user: username, password, database: grant?.name ?? "postgres" };
}

async function useDatabase(client: Client): Promise<string> {
  const { rows } = await client.query<{ version: string; standby: boolean; ssl: boolean; protocol: string }>(
    `SELECT current_setting('server_version') AS version, pg_is_in_recovery() AS standby, ssl, version AS protocol
     FROM pg_stat_ssl WHERE pid = pg_backend_pid()`,
  );
  const [server] = rows;
  expect(server !== undefined, "the session is not in pg_stat_ssl");
  expect(server.ssl, "the session does not use TLS");
  expect(!server.standby, "the server that Service postgresql leads to is in recovery: a standby, not the primary");
  await client.query("BEGIN");
  await client.query("CREATE TEMPORARY TABLE smoke (id integer, word text) ON COMMIT DROP");
  await client.query("INSERT INTO smoke SELECT id, 'row ' || id FROM generate_series(1, 100) AS id");
  const read = await client.query("SELECT count(*)::integer AS count, max(word) AS word FROM smoke WHERE id >= 91");
  await client.query("ROLLBACK");
  const { count, word } = read.rows[0] as { count: number; word: string };
  expect(count === 10 && word === "row 99", `wrote 100 rows, read back ${count} of the last 10, up to "${word}"`);
  return `PostgreSQL ${server.version.split(" ")[0]} over ${server.protocol} wrote and read`;
}

/** Asks Patroni for its members. */
async function followers(port: number, pod: string, expected: number): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/cluster`, { signal: AbortSignal.timeout(10_000) });
  const { members } = (await response.json()) as { members: readonly Member[] };
  const seen = members.map(({ name, role, state }) => `${name} ${role} ${state}`).join(", ");
  expect(
    members.some(({ name, role, state }) => name === pod && role === "leader" && state === "running"),
    `Patroni does not see ${pod} as running leader: ${seen}`,
  );
  const streaming = members.filter(({ role, state }) => role !== "leader" && state === "streaming");
  expect(streaming.length === expected, `${streaming.length} of ${expected} standbys stream: ${seen}`);
  const synchronous = streaming.filter(({ role }) => role === "sync_standby").length;
  expect(expected === 0 || synchronous > 0, `no standby is synchronous: ${seen}`);
  return expected === 0
    ? "no standbys"
    : `${streaming.length} of ${expected} standbys streaming, ${synchronous} synchronous`;
}
