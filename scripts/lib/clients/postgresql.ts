import { Client } from "pg";
import { authority, type Server } from "./https";

export interface DatabaseLogin {
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

/**
 * One session over TLS, certificate and host name verified (`verify-full`), closed at the end.
 * @throws Error that names server, database and user when there is no session
 */
export async function withDatabase<T>(
  server: Server,
  login: DatabaseLogin,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  const client = new Client({
    ...login,
    host: "127.0.0.1",
    port: server.localPort,
    ssl: { ca: server.ca, servername: server.host, rejectUnauthorized: true },
    application_name: "datalyptica",
    connectionTimeoutMillis: 10_000,
    query_timeout: 30_000,
  });
  // Without a listener, a connection lost between two queries would end the process; the next query reports it.
  client.on("error", () => undefined);
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
