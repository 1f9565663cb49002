import * as fs from "node:fs";
import * as net from "node:net";
import * as path from "node:path";

/** Pods that try connections on demand: see agent.py. */

export type Target = readonly [protocol: "tcp" | "udp", address: string, port: number];

/** The command of an agent; its image must have Python. */
export const agentCommand = ["python3", "-c", fs.readFileSync(path.join(__dirname, "agent.py"), "utf8")];

/**
 * Has an agent try targets. It is told from the machine itself, as kubelet probes: nothing ever refuses that.
 * @throws Error when the agent could not try one, for want of sockets for example: that says nothing of the network
 */
export function ask(address: string, targets: readonly Target[], port = 9000): Promise<boolean[]> {
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = net.connect(port, address, () => socket.write(`${JSON.stringify(targets)}\n`));
    socket.on("data", (data) => {
      answer += data;
    });
    socket
      .on("end", () => {
        try {
          resolve(tried(address, answer));
        } catch (error) {
          reject(error as Error);
        }
      })
      .on("error", reject);
  });
}

function tried(address: string, answer: string): boolean[] {
  if (answer === "") throw new Error(`the agent at ${address} gave no answer`);
  const answers = JSON.parse(answer) as (boolean | string)[];
  const untried = answers.filter((each) => typeof each === "string");
  if (untried.length > 0) {
    throw new Error(`the agent at ${address} could not try ${untried.length} of ${answers.length}: ${untried[0]}`);
  }
  return answers as boolean[];
}
