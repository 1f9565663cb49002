import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import * as fs from "node:fs";
import * as path from "node:path";
import { info, timed } from "./log";
import { storeDir } from "./paths";

/** So that one can go from one checkout to another and back without building anything. */
const keptResults = 2;

/**
 * The finished folder `<store>/<name>-<hash of the inputs>`, built when it is not there yet.
 * `build` fills a temporary folder that is renamed when it returns, so a result is whole or absent;
 * two processes that need the same result build it once. Of each name those are kept that were used last.
 * @param kept how many
 */
export async function stored(
  name: string,
  inputs: readonly (string | Buffer)[],
  build: (dir: string) => Promise<void>,
  kept = keptResults,
): Promise<string> {
  const hash = createHash("sha256");
  for (const input of inputs) hash.update(`${Buffer.byteLength(input)}:`).update(input);
  const result = path.join(storeDir(), `${name}-${hash.digest("hex").slice(0, 12)}`);
  if (!fs.existsSync(result)) {
    fs.mkdirSync(storeDir(), { recursive: true });
    const release = await lock(path.join(storeDir(), `.${name}.lock`));
    try {
      if (!fs.existsSync(result)) await buildInto(result, name, build, kept);
    } finally {
      await release();
    }
  }
  fs.utimesSync(result, new Date(), new Date());
  return result;
}

async function buildInto(
  result: string,
  name: string,
  build: (dir: string) => Promise<void>,
  kept: number,
): Promise<void> {
  const unfinished = `${result}.building`;
  fs.rmSync(unfinished, { recursive: true, force: true });
  fs.mkdirSync(unfinished);
  await timed(`build ${name}`, () => build(unfinished));
  fs.renameSync(unfinished, result);
  const results = fs.readdirSync(storeDir()).filter((entry) => /^-[0-9a-f]{12}$/.test(entry.replace(name, "")));
  const used = (entry: string) => fs.statSync(path.join(storeDir(), entry)).mtimeMs;
  const old = results.sort((a, b) => used(b) - used(a)).slice(kept);
  for (const entry of old) fs.rmSync(path.join(storeDir(), entry), { recursive: true });
}

/**
 * Waits for an exclusive lock on `file` and returns how to release it. The kernel holds it for a child whose stdin
 * is ours, so that it is released whatever way this process ends.
 */
export async function lock(file: string): Promise<() => Promise<void>> {
  const holder = spawn("flock", [file, "sh", "-c", "echo held; exec cat >&2"], { stdio: ["pipe", "pipe", "ignore"] });
  const closed = once(holder, "close");
  const notice = setTimeout(() => info(`waiting for another run, which holds ${file}`), 2_000);
  const failed = closed.then(() => Promise.reject(new Error(`flock ${file} ended without the lock`)));
  await Promise.race([once(holder.stdout, "data"), failed]).finally(() => clearTimeout(notice));
  return async () => {
    holder.stdin.end();
    await closed;
  };
}

/** Content hash of files and folders (names, modes, links and bytes) in a stable order. */
export function hashFiles(paths: readonly string[]): string {
  const hash = createHash("sha256");
  const add = (file: string, name: string) => {
    const stat = fs.lstatSync(file);
    hash.update(`${name}\0${stat.isDirectory() ? "dir" : stat.mode & 0o111 ? "program" : "file"}\0`);
    if (stat.isSymbolicLink()) hash.update(fs.readlinkSync(file));
    else if (stat.isDirectory()) {
      for (const entry of fs.readdirSync(file).sort()) add(path.join(file, entry), `${name}/${entry}`);
    } else hash.update(`${stat.size}\0`).update(fs.readFileSync(file));
  };
  for (const file of [...paths].sort()) add(file, path.basename(file));
  return hash.digest("hex");
}
