import * as fs from "node:fs";
import * as path from "node:path";
import { Command, Option } from "commander";
import { byService, renderStack, type Stack, stacks } from "./lib/render";

/** Writes the manifests of stacks, one YAML file per service. Secrets in them are made up. */
async function main(): Promise<void> {
  const { stack, out } = new Command("render")
    .description("write the manifests of stacks, one YAML file per service, without engine or cluster")
    .addOption(new Option("--stack <name>", "only this stack (default: all)").choices(stacks))
    .option("--out <folder>", "where to write", "rendered")
    .parse()
    .opts<{ stack?: Stack; out: string }>();
  for (const each of stack ? [stack] : stacks) await write(each, out);
}

async function write(stack: Stack, out: string): Promise<void> {
  const folder = path.resolve(out, stack);
  const files = byService((await renderStack(stack)).manifests);
  // What is no longer rendered must not stay behind.
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  for (const [service, text] of files) fs.writeFileSync(path.join(folder, `${service}.yaml`), text);
  console.log(`${files.size} files in ${path.relative(process.cwd(), folder)}`);
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
