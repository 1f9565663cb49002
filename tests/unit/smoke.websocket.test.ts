import * as assert from "node:assert/strict";
import { createHash } from "node:crypto";
import * as https from "node:https";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { Execution, executeRequest } from "../../scripts/lib/clients/jupyter";
import { frame, parseFrame, webSocket } from "../../scripts/lib/clients/websocket";
import { issue } from "./smoke.support";

/** A frame as servers send it: without a mask. */
function sent(code: number, text: string, final = true): Buffer {
  const payload = Buffer.from(text);
  const { length } = payload;
  const size = length < 126 ? Buffer.from([length]) : Buffer.from([126, length >> 8, length & 255]);
  return Buffer.concat([Buffer.from([(final ? 0x80 : 0) | code]), size, payload]);
}

/** A server that does what `talk` says with a connection, and what it got. */
async function served(talk: (socket: Duplex) => void, status = 101) {
  const host = "jupyterhub.test-analytics.svc.cluster.local";
  const pki = issue(host);
  const got: Buffer[] = [];
  const server = https.createServer({ cert: pki.cert, key: pki.key });
  server.on("upgrade", ({ headers }, socket: Duplex) => {
    if (status !== 101) {
      socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    const accept = createHash("sha1")
      .update(`${headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest("base64");
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    socket.on("data", (data: Buffer) => got.push(data));
    socket.on("error", () => undefined);
    talk(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    got,
    endpoint: { host, port: 8443, localPort: port, ca: pki.ca },
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

describe("WebSocket's frames", () => {
  for (const length of [0, 1, 125, 126, 65_535, 65_536, 70_000]) {
    it(`of ${length} bytes are masked and say their length`, () => {
      const payload = Buffer.alloc(length, "ab");
      const made = frame(1, payload);
      const start = length < 126 ? 2 : length < 65_536 ? 4 : 10;
      assert.equal(made[0], 0x81);
      assert.equal((made[1] ?? 0) & 0x80, 0x80);
      const mask = made.subarray(start, start + 4);
      const unmasked = made.subarray(start + 4).map((byte, i) => byte ^ (mask[i & 3] ?? 0));
      assert.deepEqual(Buffer.from(unmasked), payload);
    });
  }

  it("are complete or waited for", () => {
    const two = Buffer.concat([sent(1, "first"), sent(1, "x".repeat(300))]);
    assert.equal(parseFrame(two.subarray(0, 4)), undefined);
    const first = parseFrame(two);
    assert.equal(first?.frame.payload.toString(), "first");
    assert.equal(parseFrame(first?.rest.subarray(0, 3) ?? Buffer.alloc(0)), undefined);
    const second = parseFrame(first?.rest ?? Buffer.alloc(0));
    assert.equal(second?.frame.payload.length, 300);
    assert.equal(second?.rest.length, 0);
  });
});

describe("a WebSocket", () => {
  it("gives texts in their order, puts parts together and answers pings", async () => {
    const fake = await served((socket) => {
      const all = Buffer.concat([sent(1, "one"), sent(9, "are you there"), sent(1, "tw", false), sent(0, "o")]);
      socket.write(all.subarray(0, 7));
      setTimeout(() => socket.write(all.subarray(7)), 20);
    });
    const socket = await webSocket(fake.endpoint, "/channels?session_id=1");
    try {
      assert.equal(await socket.receive(5000), "one");
      assert.equal(await socket.receive(5000), "two");
      await assert.rejects(socket.receive(50), /no message within 0.05 s/);
    } finally {
      await socket.close();
      await fake.close();
    }
    const [pong] = fake.got;
    assert.equal(pong?.[0], 0x80 | 10);
  });

  it("says why the server ended it, or did not begin it", async () => {
    const fake = await served((socket) => socket.write(sent(8, "\x03\xe8kernel died")));
    const socket = await webSocket(fake.endpoint, "/channels");
    await assert.rejects(socket.receive(5000), /the server closed the connection: .*kernel died/);
    await socket.close();
    await fake.close();
    const refusing = await served(() => undefined, 403);
    await assert.rejects(webSocket(refusing.endpoint, "/channels?x"), /wss:.*\/channels: 403 instead of a WebSocket/);
    await refusing.close();
  });
});

describe("a kernel's answer", () => {
  const message = (type: string, content: object, parent = "id") =>
    JSON.stringify({ header: { msg_type: type }, parent_header: { msg_id: parent }, content });

  it("ends when the reply is there and the kernel idle, whichever comes first", () => {
    const result = new Execution("id");
    result.take(message("status", { execution_state: "busy" }));
    result.take(message("execute_reply", { status: "ok" }));
    assert.equal(result.done, false);
    result.take(message("stream", { name: "stdout", text: "4" }));
    result.take(message("stream", { name: "stderr", text: "a warning" }));
    result.take(message("stream", { name: "stdout", text: "2\n" }, "of another"));
    result.take(message("stream", { name: "stdout", text: "2\n" }));
    result.take(message("status", { execution_state: "idle" }));
    assert.equal(result.done, true);
    assert.equal(result.printed, "42\n");
    assert.equal(result.failure, undefined);
  });

  it("says what Python said", () => {
    const result = new Execution("id");
    result.take(message("error", { ename: "ZeroDivisionError", evalue: "division by zero" }));
    assert.equal(result.failure, "ZeroDivisionError: division by zero");
  });

  it("is asked for without leaving anything in the kernel's history", () => {
    const { header, content, channel } = executeRequest("id", "session", "1");
    assert.deepEqual([header.msg_id, header.session, channel], ["id", "session", "shell"]);
    assert.deepEqual([content.code, content.store_history, content.allow_stdin], ["1", false, false]);
  });
});
