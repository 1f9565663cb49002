import type { IncomingHttpHeaders } from "node:http";
import * as https from "node:https";

/**
 * A server inside the cluster that is reached through a local port: requests name the host they mean, and its
 * certificate must be that host's, although the connection goes to another address.
 */
export interface Endpoint {
  /** DNS name inside the cluster. */
  readonly host: string;
  readonly port: number;
  /** Where it is reached; default 127.0.0.1. */
  readonly address?: string;
  readonly localPort: number;
  /** Certificate of the authority to trust, and no other, in PEM. */
  readonly ca: string;
  /** By which the server knows the client, where it wants to. */
  readonly identity?: Identity;
}

/** Certificate and key in PEM. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
}

/** A server with the one connection that all requests share; see `connected`. */
export interface Server extends Endpoint {
  readonly agent: https.Agent;
}

/**
 * Gives `use` a server, and ends the connection to it afterwards. All requests share that connection: kubectl ends a port
 * forward when the pod resets a connection, which happens when both sides close one at the same moment.
 */
export async function connected<T>(server: Endpoint, use: (server: Server) => Promise<T>): Promise<T> {
  const agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
  try {
    return await use({ ...server, agent });
  } finally {
    agent.destroy();
  }
}

export interface HttpRequest {
  /** Default GET. */
  readonly method?: string;
  /** Path and query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** Milliseconds until the whole answer must be there; default 30,000. */
  readonly timeout?: number;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** `host:port`, as clients inside the cluster name the server. */
export const authority = ({ host, port }: Endpoint): string => `${host}:${port}`;

/**
 * One request, over TLS with certificate and host name verified. Redirects are not followed.
 * @throws Error naming the request and why there is no response; any status is a response
 */
export async function request(server: Server, options: HttpRequest): Promise<HttpResponse> {
  const { method = "GET", path, headers, body, timeout = 30_000 } = options;
  try {
    return await new Promise<HttpResponse>((resolve, reject) => {
      const outgoing = https.request(
        {
          host: server.address ?? "127.0.0.1",
          port: server.localPort,
          servername: server.host,
          ca: server.ca,
          ...server.identity,
          method,
          path,
          headers: { ...headers, host: authority(server) },
          agent: server.agent,
          signal: AbortSignal.timeout(Math.max(1, timeout)),
        },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
          incoming.on("error", reject);
          incoming.on("end", () =>
            resolve({
              status: incoming.statusCode ?? 0,
              headers: incoming.headers,
              text: Buffer.concat(chunks).toString("utf8"),
            }),
          );
        },
      );
      outgoing.on("error", reject);
      outgoing.end(body);
    });
  } catch (error) {
    const { name, message } = error as Error;
    const reason = name === "AbortError" ? `no answer within ${timeout / 1000} s` : message;
    throw new Error(`${method} https://${authority(server)}${path.replace(/\?.*/, "")}: ${reason}`);
  }
}

/** The header of a login by name and password. */
export const basicAuth = (name: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`,
});

/** The JSON document at a path. @throws Error unless the status is 200 and the body is JSON */
export async function getJson<T>(server: Server, path: string): Promise<T> {
  const { status, text } = await request(server, { path, headers: { accept: "application/json" } });
  const what = `GET https://${authority(server)}${path}`;
  if (status !== 200) throw new Error(`${what}: ${status} ${firstLine(text)}`);
  return parseJson<T>(text, what);
}

export function parseJson<T>(text: string, what: string): T {
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new Error(`${what}: not JSON: ${firstLine(text)}`);
  }
}

/** The start of an error page, short enough for a message. */
export const firstLine = (text: string): string => (text.trim().split("\n")[0] ?? "").slice(0, 300);
