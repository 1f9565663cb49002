import * as tls from "node:tls";
import { authority, type Endpoint } from "./https";

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

/** @param timeout milliseconds for each answer; default 10,000 */
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
  const socket = tls.connect({
    host: server.address ?? "127.0.0.1",
    port: server.localPort,
    servername: server.host,
    ca: server.ca,
    timeout: 10_000,
  });
  const broken = new Promise<never>((_, reject) => {
    const fail = (reason: string) => reject(new Error(`Redis ${authority(server)} as ${user}: ${reason}`));
    socket.once("error", ({ message }) => fail(message));
    socket.once("timeout", () => fail("no answer within 10 s"));
    socket.once("close", () => fail("the connection was closed"));
  });
  broken.catch(() => undefined);
  const replies = repliesOf(socket);
  const command: Command = async (...words) => {
    socket.write(`*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("")}`);
    const { value } = await Promise.race([replies.next(), broken]);
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
  let rest = Buffer.alloc(0);
  const chunks = socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const until = async (there: () => boolean) => {
    while (!there()) {
      const { value, done } = await chunks.next();
      if (done) throw new Error("the connection was closed");
      rest = Buffer.concat([rest, value]);
    }
  };
  const take = async (length: number): Promise<string> => {
    await until(() => rest.length >= length + 2);
    const text = rest.subarray(0, length).toString();
    rest = rest.subarray(length + 2);
    return text;
  };
  const reply = async (): Promise<Reply | RedisError> => {
    await until(() => rest.includes("\r\n"));
    const line = await take(rest.indexOf("\r\n"));
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
