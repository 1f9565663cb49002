import { Client } from "pg";
import { authority, type Endpoint } from "./https";

export interface DatabaseLogin {
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

/** How long a session may take to begin, and each of its queries to answer, in milliseconds. */
export interface Patience {
  readonly connect: number;
  readonly query: number;
}

/** A client that is not connected yet: over TLS, certificate and host name verified. */
export function databaseClient(
  server: Endpoint,
  login: DatabaseLogin,
  { connect, query }: Patience = { connect: 10_000, query: 30_000 },
): Client {
  const client = new Client({
    ...login,
    host: server.address ?? "127.0.0.1",
    port: server.localPort,
    ssl: { ca: server.ca, servername: server.host, rejectUnauthorized: true },
    application_name: "datalyptica",
    connectionTimeoutMillis: connect,
    query_timeout: query,
  });
  // Without a listener, a connection lost between two queries would end the process; the next query reports it.
  client.on("error", () => undefined);
  return client;
}

/**
 * One session over TLS, certificate and host name verified (`verify-full`), closed at the end.
 * @throws Error that names server, database and user when there is no session
 */
export async function withDatabase<T>(
  server: Endpoint,
  login: DatabaseLogin,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  const client = databaseClient(server, login);
  try {
    await client.connect();
  } catch (error) {
    throw new Error(`PostgreSQL ${authority(server)}/${login.database} as ${login.user}: ${(error as Error).message}`);
  }
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
