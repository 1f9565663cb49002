import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { Command } from "commander";
import { type DrillName, drillNames, drills } from "./lib/drills/drills";
import { type DrillRecord, type Run, runDrill } from "./lib/drills/run";
import { Kubectl } from "./lib/kubectl";
import { root } from "./lib/render";
import { listOf, runCommand, table } from "./lib/smoke/command";
import { Installation } from "./lib/smoke/installation";

/** Rehearses failures on a stack in mode ha in the sandbox, while clients write to PostgreSQL and query Trino. */

/** The last recorded results, which docs/DRILLS.md shows. */
const record = path.join(root, "docs", "drills.json");

const command = new Command("drill")
  .description(
    "break an ha stack in the sandbox on purpose and measure what its clients notice (exit code 1: too much)",
  )
  .option("--drills <names>", `which, separated by commas (default: ${drillNames.join(",")})`, listOf(drillNames))
  .option("--once", "run each once only, also those whose result needs several runs to be believed")
  .option("--record", "keep the results in docs/drills.json; `make docs` shows them")
  .option("--prefix <prefix>", "prefix of the stack's namespaces (default: the only stack in the cluster)");

interface Options {
  readonly drills?: readonly DrillName[];
  readonly once?: boolean;
  readonly record?: boolean;
  readonly prefix?: string;
}

async function main(): Promise<boolean> {
  const options = command.opts<Options>();
  const installation = await Installation.find(new Kubectl(), options.prefix);
  if (installation.mode !== "ha") throw new Error(`${installation.prefix} is ${installation.mode}; drills need ha`);
  const runs: Run[] = [];
  const nodes = (await installation.kubectl.list("nodes", {})).length;
  const finished = (run: Run) => {
    runs.push(run);
    console.error(`${run.drill} on ${run.target}: ${run.failures.join("; ") || "passed"}`);
    if (options.record) keep(nodes, runs);
  };
  for (const name of options.drills ?? drillNames) {
    for (let run = 0; run < (options.once ? 1 : drills[name].runs); run++) await runDrill(installation, name, finished);
  }
  console.log(table(columns, runs.map(row)));
  return runs.every(({ failures }) => failures.length === 0);
}

/** After every run: a later one that cannot be carried out takes nothing away. What other drills gave stays. */
function keep(nodes: number, runs: readonly Run[]): void {
  const machine = { cores: os.cpus().length, memoryGiB: Math.round(os.totalmem() / 2 ** 30) };
  const before = fs.existsSync(record) ? (JSON.parse(fs.readFileSync(record, "utf8")) as DrillRecord).runs : [];
  const others = before.filter(({ drill }) => !runs.some((run) => run.drill === drill));
  const document: DrillRecord = { machine, nodes, runs: [...others, ...runs] };
  fs.writeFileSync(record, `${JSON.stringify(document, null, 2)}\n`);
}

const columns = ["drill", "target", "writes", "lost", "write gap s", "queries", "failed", "query gap s", "whole s", ""];

const row = (run: Run): (string | number)[] => [
  run.drill,
  run.target,
  run.writes,
  run.writesLost,
  run.writeGap,
  run.queries,
  run.queriesFailed,
  run.queryGap,
  run.wholeAfter,
  run.failures.length === 0 ? "passed" : "failed",
];

void runCommand(command, main);
