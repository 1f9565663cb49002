import { randomBytes } from "node:crypto";
import * as https from "node:https";
import type { Duplex } from "node:stream";
import { authority, type Endpoint } from "./https";

/** As much of WebSocket (RFC 6455) as checks need: texts to a server over TLS, and texts from it. */

const opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export interface Frame {
  readonly opcode: number;
  readonly final: boolean;
  readonly payload: Buffer;
}

/** A frame as clients send it: masked. */
export function frame(code: number, payload: Buffer): Buffer {
  const { length } = payload;
  const size = length < 126 ? Buffer.from([length]) : length < 65_536 ? Buffer.alloc(3) : Buffer.alloc(9);
  if (size.length === 3) {
    size[0] = 126;
    size.writeUInt16BE(length, 1);
  } else if (size.length === 9) {
    size[0] = 127;
    size.writeBigUInt64BE(BigInt(length), 1);
  }
  size[0] = (size[0] ?? 0) | 0x80;
  const mask = randomBytes(4);
  const masked = Buffer.from(payload.map((byte, i) => byte ^ (mask[i & 3] ?? 0)));
  return Buffer.concat([Buffer.from([0x80 | code]), size, mask, masked]);
}

/** The first frame of what a server has sent, and what follows it; undefined while it is not complete. */
export function parseFrame(data: Buffer): { readonly frame: Frame; readonly rest: Buffer } | undefined {
  const [first = 0, second = 0] = data;
  const short = second & 0x7f;
  const start = short === 126 ? 4 : short === 127 ? 10 : 2;
  if (data.length < start) return undefined;
  const length = short === 126 ? data.readUInt16BE(2) : short === 127 ? Number(data.readBigUInt64BE(2)) : short;
  if (data.length < start + length) return undefined;
  return {
    frame: { opcode: first & 0x0f, final: (first & 0x80) !== 0, payload: data.subarray(start, start + length) },
    rest: data.subarray(start + length),
  };
}

export class WebSocketClient {
  private rest: Buffer = Buffer.alloc(0);
  private parts: Buffer[] = [];
  private readonly texts: string[] = [];
  private wake: () => void = () => undefined;
  private ended: string | undefined;

  constructor(
    private readonly socket: Duplex,
    head: Buffer,
  ) {
    socket.on("data", (data: Buffer) => this.take(data));
    socket.on("error", (error) => this.end(error.message));
    socket.on("close", () => this.end("the connection was closed"));
    if (head.length > 0) this.take(head);
  }

  send(text: string): void {
    this.socket.write(frame(opcode.text, Buffer.from(text)));
  }

  /**
   * The next text from the server.
   * @param patience milliseconds
   * @throws Error when none comes by then, or the connection ends
   */
  async receive(patience: number): Promise<string> {
    const deadline = Date.now() + patience;
    for (;;) {
      const text = this.texts.shift();
      if (text !== undefined) return text;
      if (this.ended !== undefined) throw new Error(this.ended);
      const left = deadline - Date.now();
      if (left <= 0) throw new Error(`no message within ${patience / 1000} s`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** Says goodbye, and lets the server end the connection; after two seconds it is ended here. */
  async close(): Promise<void> {
    if (this.ended === undefined) this.socket.write(frame(opcode.close, Buffer.from([0x03, 0xe8])));
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.ended === undefined ? 2000 : 0);
      this.socket.once("close", () => {
        clearTimeout(timer);
        resolve();
      });
    });
    this.socket.destroy();
  }

  private take(data: Buffer): void {
    this.rest = Buffer.concat([this.rest, data]);
    for (let parsed = parseFrame(this.rest); parsed; parsed = parseFrame(this.rest)) {
      this.rest = parsed.rest;
      this.handle(parsed.frame);
    }
    this.wake();
  }

  private handle({ opcode: code, final, payload }: Frame): void {
    if (code === opcode.ping) this.socket.write(frame(opcode.pong, payload));
    else if (code === opcode.close) this.end(`the server closed the connection: ${payload.subarray(2).toString()}`);
    else if (code === opcode.text || code === opcode.binary || code === opcode.continuation) {
      this.parts.push(payload);
      if (!final) return;
      this.texts.push(Buffer.concat(this.parts).toString("utf8"));
      this.parts = [];
    }
  }

  private end(why: string): void {
    this.ended ??= why;
    this.wake();
  }
}

/** Opens a WebSocket on a connection of its own. @throws Error when the server answers with anything else */
export function webSocket(
  server: Endpoint,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<WebSocketClient> {
  return new Promise((resolve, reject) => {
    const fail = (reason: string) =>
      reject(new Error(`wss://${authority(server)}${path.replace(/\?.*/, "")}: ${reason}`));
    const request = https.request({
      host: server.address ?? "127.0.0.1",
      port: server.localPort,
      servername: server.host,
      ca: server.ca,
      path,
      agent: false,
      headers: {
        ...headers,
        host: authority(server),
        connection: "Upgrade",
        upgrade: "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": randomBytes(16).toString("base64"),
      },
      signal: AbortSignal.timeout(30_000),
    });
    request.once("upgrade", (_, socket, head) => resolve(new WebSocketClient(socket, head)));
    request.once("response", (response) => {
      response.resume();
      fail(`${response.statusCode} instead of a WebSocket`);
    });
    request.once("error", (error) => fail(error.message));
    request.end();
  });
}
