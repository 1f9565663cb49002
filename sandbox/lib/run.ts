import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

export interface RunOptions {
  readonly cwd?: string;
  /** Added to the caller's environment; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Receives stdout and stderr as well (appended). */
  readonly logFile?: string;
  /** Written to the command's stdin, which is empty otherwise. */
  readonly input?: string | Buffer;
}

/** A command that failed: the message names command and exit code, and ends with its last words and the log file. */
export class RunError extends Error {
  constructor(
    readonly command: string,
    readonly code: number | string,
    readonly stderr: string,
    logFile: string | undefined,
  ) {
    const last = stderr.trimEnd().split("\n").slice(-15).join("\n");
    super(`${command}: exit ${code}\n${last}${logFile ? `\n(all of it: ${logFile})` : ""}`);
    this.name = "RunError";
  }
}

/** Runs a command to its end and returns its stdout; throws RunError unless it exits with 0. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { logFile } = options;
  if (logFile) fs.mkdirSync(path.dirname(logFile), { recursive: true });
  return new Promise((resolve, reject) => {
    const log = logFile ? fs.openSync(logFile, "a") : undefined;
    const child = spawn(command, args, { cwd: options.cwd, env: { ...process.env, ...options.env } });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    const keep = (into: Buffer[]) => (chunk: Buffer) => {
      into.push(chunk);
      if (log !== undefined) fs.writeSync(log, chunk);
    };
    const end = (code: number | string) => {
      if (log !== undefined) fs.closeSync(log);
      const words = Buffer.concat(stderr).toString() || Buffer.concat(stdout).toString();
      if (code === 0) resolve(Buffer.concat(stdout).toString());
      else reject(new RunError([command, ...args].join(" ").slice(0, 300), code, words, logFile));
    };
    child.stdout.on("data", keep(stdout));
    child.stderr.on("data", keep(stderr));
    child.stdin.on("error", () => {}); // a command that ends before it has read its input is judged by its exit code
    child.stdin.end(options.input);
    child.once("error", (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
    child.once("close", (code, signal) => end(code ?? signal ?? "unknown"));
  });
}
