import * as fs from "node:fs";
import * as path from "node:path";
import { Command } from "commander";
import { query, withPrometheus } from "./lib/dashboards/live";
import { type Elsewhere, everything, type Seen, used } from "./lib/dashboards/names";
import { Kubectl } from "./lib/kubectl";
import { root } from "./lib/render";
import { runCommand } from "./lib/smoke/command";
import { Installation } from "./lib/smoke/installation";

/**
 * Keeps which of the metrics that rules and dashboards name a live Prometheus has, and from which jobs
 * (tests/rendered/metric-names). What was named from its source only and is seen now leaves that list.
 */

const folder = path.join(root, "tests/rendered/metric-names");
const atOnce = 40;

const command = new Command("metrics-seen")
  .description("write which metrics of rules and dashboards the live Prometheus has to tests/rendered/metric-names")
  .option("--all <file>", "write the names of all metrics there are to this file, by job, for whoever writes panels")
  .option("--prefix <prefix>", "prefix of the stack's namespaces (default: the only stack in the cluster)")
  .option("--context <context>", "context of the kubeconfig (default: its current one)");

async function main(): Promise<boolean> {
  const { all, prefix, context } = command.opts<{ all?: string; prefix?: string; context?: string }>();
  const installation = await Installation.find(new Kubectl(undefined, context), prefix);
  if (all) write(all, await named(installation, [".+"]));

  const names = await used(await everything());
  const chunks = Array.from({ length: Math.ceil(names.length / atOnce) }, (_, i) =>
    names.slice(i * atOnce, (i + 1) * atOnce),
  );
  const jobs = await named(
    installation,
    chunks.map((chunk) => chunk.join("|")),
  );
  const files = { seen: path.join(folder, "seen.json"), elsewhere: path.join(folder, "elsewhere.json") };
  const seen: Seen = { ...read<Seen>(files.seen), [installation.mode]: jobs };
  write(files.seen, seen);
  const known = new Set(Object.values(seen).flatMap((byJob) => Object.values(byJob).flat()));
  const elsewhere = Object.entries(read<Elsewhere>(files.elsewhere)).filter(([name]) => !known.has(name));
  write(files.elsewhere, Object.fromEntries(elsewhere));
  const missing = names.filter((name) => !known.has(name) && !elsewhere.some(([other]) => other === name));
  console.log(
    `${names.length} names are used: ${names.filter((name) => known.has(name)).length} seen, ${elsewhere.length} named with their source, ${missing.length} neither`,
  );
  for (const name of missing) console.log(`  ${name}`);
  return missing.length === 0;
}

/** Job -> names of its metrics that match one of the patterns. */
async function named(installation: Installation, patterns: readonly string[]): Promise<Record<string, string[]>> {
  const found = new Map<string, string[]>();
  await withPrometheus(installation, async (server) => {
    for (const pattern of patterns) {
      for (const { metric } of await query(server, `count by (job, __name__) ({__name__=~"${pattern}"})`)) {
        const { job = "", __name__: name = "" } = metric;
        found.set(job, [...(found.get(job) ?? []), name]);
      }
    }
  });
  return Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([job, names]) => [job, names.sort()]));
}

const read = <T>(file: string): T => JSON.parse(fs.readFileSync(file, "utf8")) as T;
const write = (file: string, value: unknown): void => fs.writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);

void runCommand(command, main);
