import { spawn } from "node:child_process";
import * as fs from "node:fs";
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
}

const ended = new Set<string>();

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
  child.once("exit", () => ended.add(name));
  child.unref();
  fs.closeSync(log);
}

/** Whether a process that this run has started has ended; /proc cannot tell while its program is being loaded. */
export function hasEnded(name: string): boolean {
  return ended.has(name);
}

/** All living processes of all sandboxes on this machine. */
export function processes(): Process[] {
  const marked = new RegExp(`(?:^|\\0)${marker}=([^@\\0]+)@([^\\0]+)`);
  return pids().flatMap((pid) => {
    const [, name, sandbox] = marked.exec(read(`/proc/${pid}/environ`)) ?? [];
    return name && sandbox ? [{ pid, name, sandbox }] : [];
  });
}

/** The living process that was started under that name in this sandbox, not one of its own (shims, network plugins). */
export function processOf(name: string): Process | undefined {
  return processes().find(({ pid, ...of }) => of.name === name && of.sandbox === stateDir() && session(pid) === pid);
}

/** Processes inside containers: their root is an overlay made of files in the state folder, or in a node's part of it. */
export function containerProcesses(folder: string): number[] {
  return pids().filter((pid) => {
    const [root = ""] = read(`/proc/${pid}/mounts`).split("\n");
    return root.startsWith("overlay / ") && root.includes(`upperdir=${folder}/`);
  });
}

/** Resident memory in bytes; 0 when the process is gone. */
export function memoryOf(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) * 1024;
}

/** A file of /proc, empty when its process has just ended. */
export function read(file: string): string {
  try {
    return fs.readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function pids(): number[] {
  return fs.readdirSync("/proc").flatMap((entry) => (/^\d+$/.test(entry) ? [Number(entry)] : []));
}

function session(pid: number): number {
  const stat = read(`/proc/${pid}/stat`);
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[3]);
}
