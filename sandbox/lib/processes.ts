import { spawn } from "node:child_process";
import * as fs from "node:fs";
import { info } from "./log";
import { logPath, stateDir } from "./paths";

/**
 * Each process of a sandbox carries the sandbox's state folder and its own name in its environment. The kernel keeps
 * that for as long as the process lives and hands it down to the processes it starts, so there is no record that
 * could be lost in a crash or point at a recycled pid.
 */
const marker = "DATALYPTICA_SANDBOX";

export interface Process {
  readonly pid: number;
  readonly name: string;
  /** The state folder of the sandbox it belongs to. */
  readonly sandbox: string;
  /** Started by us, not by one of ours (a container's shim, a network plugin). */
  readonly leader: boolean;
}

/** Starts a process that outlives this one, holds none of its files, and writes to its own log. */
export function start(name: string, command: readonly string[]): void {
  const log = fs.openSync(logPath(name), "a");
  const raiseLimit = 'ulimit -n "$(ulimit -Hn)"; exec "$@"';
  const child = spawn("/bin/sh", ["-c", raiseLimit, name, ...command], {
    cwd: "/",
    detached: true,
    stdio: ["ignore", log, log],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, [marker]: `${name}@${stateDir()}` },
  });
  child.unref();
  fs.closeSync(log);
}

/** All living processes of all sandboxes on this machine. */
export function processes(): Process[] {
  return pids().flatMap((pid) => {
    const variable = read(`/proc/${pid}/environ`)
      .split("\0")
      .find((entry) => entry.startsWith(`${marker}=`));
    if (!variable) return [];
    const [name = "", ...sandbox] = variable.slice(marker.length + 1).split("@");
    return [{ pid, name, sandbox: sandbox.join("@"), leader: session(pid) === pid }];
  });
}

/** The living process of that name in this sandbox. */
export function processOf(name: string): Process | undefined {
  return processes().find((entry) => entry.leader && entry.name === name && entry.sandbox === stateDir());
}

/** Resident memory in bytes; 0 when the process is gone. */
export function memoryOf(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) * 1024;
}

/** Processes inside this sandbox's containers: their root is an overlay made of files in the state folder. */
function containerProcesses(): number[] {
  return pids().filter((pid) => {
    const [root = ""] = read(`/proc/${pid}/mounts`).split("\n");
    return root.startsWith("overlay / ") && root.includes(`upperdir=${stateDir()}/`);
  });
}

/** Kills everything this sandbox runs, containers included, and returns when it is gone. */
export async function killAll(): Promise<void> {
  const living = () => [
    ...processes().flatMap((entry) => (entry.sandbox === stateDir() ? [entry.pid] : [])),
    ...containerProcesses(),
  ];
  const deadline = Date.now() + 20_000;
  for (let left = living(); left.length > 0; left = living()) {
    if (Date.now() > deadline) {
      info(`processes that do not end: ${left.join(", ")}`);
      return;
    }
    for (const pid of left) signal(pid, "SIGKILL");
    await sleep(50);
  }
}

export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** All process ids of the machine. */
export function pids(): number[] {
  return fs.readdirSync("/proc").flatMap((entry) => (/^\d+$/.test(entry) ? [Number(entry)] : []));
}

/** A file of /proc, empty when its process has just ended. */
export function read(file: string): string {
  try {
    return fs.readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function session(pid: number): number {
  const stat = read(`/proc/${pid}/stat`);
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[3]);
}
