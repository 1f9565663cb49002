import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { Command } from "commander";
import { parse } from "yaml";
import { serviceNames } from "../components/core/catalogue";
import { stateDir } from "../sandbox/lib/paths";
import { root } from "./lib/render";
import { depth, exported, type StateResource } from "./lib/state";

/** Measures what people wait for, and prints each figure beside its target as a ratio (below 1 is better than asked). */

/** For all 25 services in ha. */
const targets = {
  programSeconds: 2.5,
  previewMillisecondsPerResource: 10,
  upMillisecondsPerResource: 100,
  depth: 8,
  stateMegabytes: 6,
  warmStartSeconds: 20,
};

interface Timed {
  readonly seconds: number;
  readonly stdout: string;
}

/** Runs a command to its end; @throws when it fails. */
function timed(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Timed {
  const start = process.hrtime.bigint();
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, ...env },
    maxBuffer: 256 * 2 ** 20,
  });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${status}:\n${stdout}\n${stderr}`);
  return { seconds: Number(process.hrtime.bigint() - start) / 1e9, stdout };
}

/** The median of three runs: enough to step over one disturbance. */
function median(run: () => Timed): Timed {
  const runs = [run(), run(), run()].sort((a, b) => a.seconds - b.seconds);
  return runs[1] as Timed;
}

const rows: string[][] = [["FIGURE", "VALUE", "TARGET", "RATIO"]];
function row(figure: string, value: number, unit: string, target?: number): void {
  const show = (amount: number): string => `${Number(amount.toFixed(amount < 10 ? 2 : 1))} ${unit}`;
  rows.push([figure, show(value), target ? show(target) : "-", target ? (value / target).toFixed(2) : "-"]);
}

const sandbox = (...args: string[]): Timed => timed("sandbox/sandbox", args);
const typescript = (script: string, ...args: string[]): Timed =>
  timed("node", ["-r", "ts-node/register/transpile-only", script, ...args]);

/** Program and renderer, without an engine. */
function program(): void {
  // As Pulumi starts it.
  const { runtime } = parse(fs.readFileSync(path.join(root, "Pulumi.yaml"), "utf8")) as {
    runtime: { options: { nodeargs: string } };
  };
  const evaluated = (code: string) =>
    timed("node", [...runtime.options.nodeargs.split(" "), "-r", "ts-node/register/transpile-only", "-e", code]);
  const once = 'const once = () => require("./scripts/lib/render").renderStack("ha");';
  const run = median(() =>
    evaluated(`${once}
      once().then(({ resources }) => console.log(resources.length, process.resourceUsage().maxRSS))`),
  );
  const [resources = 0, kibibytes = 0] = run.stdout.split(" ").map(Number);
  const again = median(() => ({
    ...run,
    seconds: Number(
      evaluated(`${once}
        let start;
        const begin = () => { start = performance.now(); };
        once().then(begin).then(once).then(() => console.log((performance.now() - start) / 1000))`).stdout,
    ),
  }));
  row("program on mocks, ha", run.seconds, "s", targets.programSeconds);
  row("  the second time in the same process", again.seconds, "s", targets.programSeconds);
  row("  per resource", (run.seconds * 1000) / resources, "ms");
  row("  peak memory", kibibytes / 1024, "MiB");
  const out = fs.mkdtempSync(path.join(os.tmpdir(), "bench-"));
  try {
    const render = median(() => typescript("scripts/render.ts", "--stack", "ha", "--out", out));
    row("render ha to YAML", render.seconds, "s");
  } finally {
    fs.rmSync(out, { recursive: true });
  }
}

/** What the engine knows of a stack, and how large that is in its file. */
function state(stack: readonly string[]): { resources: readonly StateResource[]; megabytes: number } {
  const { stdout } = sandbox("pulumi", "stack", "export", ...stack.slice(0, 2));
  const file = stateDir("pulumi", ".pulumi", "stacks", "datalyptica", `${stack[1]}.json.gz`);
  return { resources: exported(stdout), megabytes: fs.statSync(file).size / 1e6 };
}

const preview = (stack: readonly string[]) =>
  median(() => sandbox("pulumi", "preview", "--expect-no-changes", ...stack)).seconds;

/** The engine on a simulated cluster of full size. */
function engine(): void {
  const start = sandbox("up", "--simulate", "ha");
  row("sandbox start, simulated ha, warm", start.seconds, "s", targets.warmStartSeconds);
  const ha = ["--stack", "ha", "--non-interactive"];
  const up = sandbox("pulumi", "up", "--yes", "--skip-preview", ...ha);
  const whole = state(ha);
  const count = whole.resources.length;
  row("pulumi up, ha", up.seconds, "s");
  row("  per resource", (up.seconds * 1000) / count, "ms", targets.upMillisecondsPerResource);
  const seconds = preview(ha);
  row("preview without change, ha", seconds, "s");
  row("  per resource", (seconds * 1000) / count, "ms", targets.previewMillisecondsPerResource);

  // What starts engine, program and providers costs the same for few resources: a small stack tells it apart.
  const small = [
    "--stack",
    "standalone",
    "--non-interactive",
    "--config-path",
    "--config",
    "datalyptica:services[0]=minio",
  ];
  sandbox("pulumi", "up", "--yes", "--skip-preview", ...small);
  const few = state(small).resources.length;
  const part = preview(small);
  const each = (seconds - part) / (count - few);
  row("  per further resource", each * 1000, "ms");
  row("  before the first resource", part - each * few, "s");

  row("refresh, ha", sandbox("pulumi", "refresh", "--yes", "--skip-preview", ...ha).seconds, "s");
  row("resources, ha", count, "");
  for (const service of serviceNames) {
    // Its component is the parent of all that it is made of.
    row(`  of ${service}`, whole.resources.filter(({ parent }) => parent?.endsWith(`::${service}`)).length, "");
  }
  row("dependency depth", depth(whole.resources), "", targets.depth);
  row("state, compressed by Pulumi", whole.megabytes, "MB", targets.stateMegabytes);
  row("  as Pulumi has it in memory", JSON.stringify(whole.resources).length / 1e6, "MB", targets.stateMegabytes);
}

async function main(): Promise<void> {
  const { real } = new Command("bench")
    .description("measure program, render, engine and sandbox; starts and removes its own sandbox")
    .option("--real", "also start the sandbox with a real node")
    .parse()
    .opts<{ real?: boolean }>();
  program();
  try {
    engine();
    sandbox("down");
    if (real)
      row("sandbox start, one real node, warm", sandbox("up", "--nodes", "1").seconds, "s", targets.warmStartSeconds);
  } finally {
    sandbox("down");
  }
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((each) => each[column]?.length ?? 0)));
  for (const each of rows)
    console.log(
      each
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join("  ")
        .trimEnd(),
    );
  console.log(`\n${os.cpus().length} cores, ${Math.round(os.totalmem() / 2 ** 30)} GiB, Node ${process.version}`);
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
