import * as fs from "node:fs";
import * as net from "node:net";
import * as path from "node:path";

/** Pods that try connections on demand: see agent.py. */

export type Target = readonly [protocol: "tcp" | "udp", address: string, port: number];

/** The command of an agent; its image must have Python. */
export const agentCommand = ["python3", "-c", fs.readFileSync(path.join(__dirname, "agent.py"), "utf8")];

/** Has an agent try targets. It is told from the machine itself, as kubelet probes: nothing ever refuses that. */
export function ask(address: string, targets: readonly Target[]): Promise<boolean[]> {
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = net.connect(9000, address, () => socket.write(`${JSON.stringify(targets)}\n`));
    socket.on("data", (data) => {
      answer += data;
    });
    socket.on("end", () => resolve(JSON.parse(answer) as boolean[])).on("error", reject);
  });
}
