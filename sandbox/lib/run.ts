import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

export interface RunOptions {
  readonly cwd?: string;
  /** Added to the caller's environment; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Receives stdout and stderr as well (appended). */
  readonly logFile?: string;
  /** Written to the command's stdin, which is empty otherwise. */
  readonly input?: string;
}

/**
 * Runs a command to its end and returns its stdout. One that fails throws: the message names command and exit code, and
 * ends with the command's last words and the log file.
 */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { cwd, logFile } = options;
  return new Promise((resolve, reject) => {
    const settings = { cwd, env: { ...process.env, ...options.env }, maxBuffer: Number.POSITIVE_INFINITY };
    const child = execFile(command, args, settings, (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      const last = (stderr || stdout).trimEnd().split("\n").slice(-15).join("\n");
      const words = [command, ...args].join(" ").slice(0, 300);
      const all = logFile ? `\n(all of it: ${logFile})` : "";
      reject(new Error(`${words}: exit ${error.code ?? error.signal}\n${last}${all}`));
    });
    if (logFile) {
      fs.mkdirSync(path.dirname(logFile), { recursive: true });
      for (const stream of [child.stdout, child.stderr]) stream?.pipe(fs.createWriteStream(logFile, { flags: "a" }));
    }
    child.stdin?.on("error", () => {}); // a command that ends before it has read its input is judged by its exit code
    child.stdin?.end(options.input);
  });
}
