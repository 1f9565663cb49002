import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

/** What became of a script. */
export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Lines that the test's programs wrote to `$FOLDER/log`. */
  readonly calls: readonly string[];
  /** Of a file that the script or a program wrote; `undefined` when there is none. */
  readonly file: (name: string) => string | undefined;
}

/**
 * Runs a script of a container in a folder of its own: with programs of the test's in `bin`, files in the place of the
 * container's `/etc` and `/tmp`, and no time lost in `sleep`.
 */
export async function runScript(
  script: string,
  files: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "script-"));
  try {
    for (const [name, text] of Object.entries({ "bin/sleep": "#!/bin/bash\n", "tmp/.keep": "", ...files })) {
      const file = path.join(folder, name);
      fs.mkdirSync(path.dirname(file), { recursive: true });
      fs.writeFileSync(file, text, { mode: 0o755 });
    }
    const moved = script.replace(/\/(usr\/pgsql-17|etc|tmp)(?=\/)/g, `${folder}$&`);
    const child = spawn("bash", ["-ec", moved], {
      cwd: folder,
      env: { PATH: `${folder}/bin:${process.env.PATH}`, FOLDER: folder, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const text = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const) {
      child[stream].setEncoding("utf8").on("data", (part: string) => {
        text[stream] += part;
      });
    }
    const status = await new Promise<number | null>((resolve) => child.once("close", resolve));
    const written = Object.fromEntries(
      fs
        .readdirSync(folder, { recursive: true, encoding: "utf8" })
        .filter((name) => fs.statSync(path.join(folder, name)).isFile())
        .map((name) => [name, fs.readFileSync(path.join(folder, name), "utf8")]),
    );
    const calls = written.log?.trim().split("\n") ?? [];
    return { status, ...text, calls, file: (name) => written[name] };
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}
