import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { root } from "../../scripts/lib/render";
import { type Mutant, mutants } from "./mutants";

/**
 * Applies each mutant to a scratch copy and runs the fast tests there, without the golden comparison, which any change
 * would fail. A mutant that no test notices makes this fail. Name some words to run only the mutants that hold them.
 */

/** The tests of the program; those of the checks and clients themselves have nothing to say about it. */
const tests = "tests/{rendered/*,unit/{formats,profiles,quantities,settings}}.test.ts";
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), "mutants-"));
const wanted = process.argv.slice(2).join(" ");

function copyProgram(): void {
  const listed = spawnSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
  });
  for (const file of listed.stdout.trim().split("\n")) {
    if (file.startsWith("tests/golden/") || !fs.existsSync(path.join(root, file))) continue;
    fs.mkdirSync(path.dirname(path.join(scratch, file)), { recursive: true });
    fs.copyFileSync(path.join(root, file), path.join(scratch, file));
  }
  fs.symlinkSync(path.join(root, "node_modules"), path.join(scratch, "node_modules"));
}

/** @returns the titles of the tests that failed */
function failures(): readonly string[] {
  const { stdout } = spawnSync("npx", ["mocha", "--reporter", "json", "--spec", tests], {
    cwd: scratch,
    encoding: "utf8",
    maxBuffer: 64 * 2 ** 20,
  });
  const start = stdout.indexOf('{\n  "stats"');
  // A program that no longer renders prints no report: noticed as well.
  if (start < 0) return ["the tests did not run"];
  const report = JSON.parse(stdout.slice(start)) as { failures: readonly { fullTitle: string }[] };
  return report.failures.map(({ fullTitle }) => fullTitle);
}

function survives({ what, file, from, to }: Mutant): boolean {
  const target = path.join(scratch, file);
  const text = fs.readFileSync(target, "utf8");
  fs.writeFileSync(
    target,
    text.replace(from, () => to),
  );
  const caught = failures();
  fs.writeFileSync(target, text);
  console.log(`${caught.length > 0 ? "caught  " : "SURVIVED"}  ${what}${caught[0] ? `  <- ${caught[0]}` : ""}`);
  return caught.length === 0;
}

try {
  copyProgram();
  for (const { what, file, from } of mutants) {
    const times = fs.readFileSync(path.join(scratch, file), "utf8").split(from).length - 1;
    if (times !== 1) throw new Error(`${what}: what it replaces is ${times} times in ${file}`);
  }
  const before = failures();
  if (before.length > 0) throw new Error(`the tests fail without a mutant: ${before.join("; ")}`);
  const chosen = mutants.filter(({ what }) => what.includes(wanted));
  const survivors = chosen.filter(survives).length;
  console.log(`${chosen.length - survivors} of ${chosen.length} mutants caught`);
  process.exitCode = survivors > 0 ? 1 : 0;
} finally {
  fs.rmSync(scratch, { recursive: true, force: true });
}
