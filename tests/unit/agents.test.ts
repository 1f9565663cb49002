import * as assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import * as net from "node:net";
import * as path from "node:path";
import { promisify } from "node:util";
import { ask } from "../sandbox/support/agents";

const support = path.join(__dirname, "../sandbox/support");

/** What the agent of the sandbox tests finds out about targets, each an expression in Python. */
async function attempts(prepare: string, targets: string): Promise<readonly (boolean | string)[]> {
  const program = [
    "import asyncio, json, resource, socket, agent",
    "async def main():",
    ...prepare.split("\n").map((line) => `    ${line}`),
    `    return await asyncio.gather(*map(agent.attempt, ${targets}))`,
    "print(json.dumps(asyncio.run(main())))",
  ];
  const { stdout } = await promisify(execFile)("python3", ["-c", program.join("\n")], { cwd: support });
  return JSON.parse(stdout) as (boolean | string)[];
}

describe("agents of the network tests", () => {
  it("tell a target that answers, one that refuses, and one that is silent", async () => {
    const prepare = `
def listener(backlog):
    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    if backlog is not None: server.listen(backlog)
    return server
open, closed, full = listener(9), listener(None), listener(0)
for _ in range(2): # more than that the kernel drops, as long as nobody accepts
    client = socket.socket()
    client.setblocking(False)
    client.connect_ex(full.getsockname())
    globals().setdefault("kept", []).append(client)`.trim();
    assert.deepEqual(await attempts(prepare, '[("tcp", *each.getsockname()) for each in (open, closed, full)]'), [
      true,
      true,
      false,
    ]);
  });

  it("do not take for dropped what they could not try", async () => {
    const prepare = `
server = socket.socket()
server.bind(("127.0.0.1", 0))
server.listen(99)
resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))`.trim();
    const answers = await attempts(prepare, '[("tcp", *server.getsockname())] * 40');
    assert.ok(answers.includes(true));
    assert.ok(!answers.includes(false));
    assert.match(String(answers.at(-1)), /'tcp', '127.0.0.1', \d+.*Too many open files/);
  });

  it("fail the test when they say so, or nothing at all", async () => {
    for (const [answer, message] of [
      ['[true, "1.2.3.4: no sockets"]\n', /agent at 127.0.0.1 could not try 1 of 2: 1.2.3.4: no sockets/],
      ["", /agent at 127.0.0.1 gave no answer/],
    ] as const) {
      const server = net.createServer((socket) => socket.on("data", () => socket.end(answer))).listen(0, "127.0.0.1");
      await once(server, "listening");
      const { port } = server.address() as net.AddressInfo;
      await assert.rejects(ask("127.0.0.1", [], port), message);
      server.close();
    }
  });
});
