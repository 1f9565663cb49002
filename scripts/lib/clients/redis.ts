import * as tls from "node:tls";
import type { Endpoint } from "./https";

/** Redis' protocol (RESP2), as much of it as commands and their answers take. */

export interface RedisLogin {
  readonly user: string;
  readonly password: string;
}

export type Reply = string | number | null | readonly Reply[];

/** Redis' answer to a command that it did not carry out, with its code such as `NOPERM`. */
export class RedisError extends Error {
  readonly code = this.message.split(" ")[0] ?? "";
}

/** Sends one command and gives its answer. @throws RedisError when Redis refuses */
export type Command = (...words: readonly string[]) => Promise<Reply>;

/**
 * One session over TLS, certificate and host name verified, closed at the end.
 * @throws RedisError when the login is refused; Error that names server and user when there is no session
 */
export async function withRedis<T>(
  server: Endpoint,
  { user, password }: RedisLogin,
  use: (command: Command) => Promise<T>,
): Promise<T> {
  const { host, port, ca, address = "127.0.0.1", localPort } = server;
  const socket = tls.connect({ host: address, port: localPort, servername: host, ca, timeout: 10_000 });
  socket.on("timeout", () => socket.destroy(new Error("no answer within 10 s")));
  // Whoever waits for an answer is told; without a listener, an error between two commands would end the process.
  socket.on("error", () => undefined);
  const replies = repliesOf(socket);
  const command: Command = async (...words) => {
    socket.write(`*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("")}`);
    const { value } = await replies.next().catch(({ message }: Error) => {
      throw new Error(`Redis ${host}:${port} as ${user}: ${message}`);
    });
    if (value instanceof RedisError) throw value;
    return value as Reply;
  };
  try {
    await command("AUTH", user, password);
    return await use(command);
  } finally {
    socket.destroy();
  }
}

/** The answers of a connection, one after the other. */
async function* repliesOf(socket: tls.TLSSocket): AsyncGenerator<Reply | RedisError> {
  const chunks = socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let rest = Buffer.alloc(0);
  /** The next bytes, without the line end behind them. @param length default up to the line end */
  const take = async (length?: number): Promise<string> => {
    const end = length ?? rest.indexOf("\r\n");
    if (end >= 0 && rest.length >= end + 2) {
      const text = rest.subarray(0, end).toString();
      rest = rest.subarray(end + 2);
      return text;
    }
    const { value, done } = await chunks.next();
    if (done) throw new Error("the connection was closed");
    rest = Buffer.concat([rest, value]);
    return take(length);
  };
  const reply = async (): Promise<Reply | RedisError> => {
    const line = await take();
    const [type, text] = [line[0], line.slice(1)];
    if (type === "-") return new RedisError(text);
    if (type === ":") return Number(text);
    if (type === "$") return text === "-1" ? null : take(Number(text));
    if (type !== "*") return text;
    const items: Reply[] = [];
    for (let i = 0; i < Number(text); i++) items.push((await reply()) as Reply);
    return items;
  };
  for (;;) yield await reply();
}
