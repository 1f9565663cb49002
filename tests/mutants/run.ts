import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { replaceIn, scratchCopy } from "../support/scratch";
import { type Mutant, mutants } from "./mutants";

/**
 * Applies each mutant to a scratch copy and runs the fast tests there, without the golden comparison, which any change
 * would fail. A mutant that no test notices makes this fail. Name some words to run only the mutants that hold them.
 */

/** The tests of the program; those of the checks and clients themselves have nothing to say about it. */
const tests =
  "tests/{rendered/*,unit/{alerting,formats,kafka,kafka-ui,keycloak,metrics,profiles,quantities,redis,schema-registry,settings,trino}}.test.ts";
const scratch = scratchCopy();
const wanted = process.argv.slice(2).join(" ");

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

function survives(mutant: Mutant): boolean {
  const undo = replaceIn(scratch, mutant);
  const caught = failures();
  undo();
  console.log(`${caught.length > 0 ? "caught  " : "SURVIVED"}  ${mutant.what}${caught[0] ? `  <- ${caught[0]}` : ""}`);
  return caught.length === 0;
}

try {
  for (const mutant of mutants) replaceIn(scratch, mutant)(); // each can still be made
  const before = failures();
  if (before.length > 0) throw new Error(`the tests fail without a mutant: ${before.join("; ")}`);
  const chosen = mutants.filter(({ what }) => what.includes(wanted));
  const survivors = chosen.filter(survives).length;
  console.log(`${chosen.length - survivors} of ${chosen.length} mutants caught`);
  process.exitCode = survivors > 0 ? 1 : 0;
} finally {
  fs.rmSync(scratch, { recursive: true, force: true });
}
