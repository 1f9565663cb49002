import { Command, Option } from "commander";
import { type ServiceName, serviceNames } from "../components/core/catalogue";
import { Kubectl } from "./lib/kubectl";
import { smoke } from "./lib/smoke";
import { listOf, runCommand, table } from "./lib/smoke/command";
import { Installation } from "./lib/smoke/installation";

/** Uses every service of a stack once, through its own protocol, and tells which do their work. */

const command = new Command("smoke")
  .description("use every service of an installed stack once and tell which do their work (exit code 1: not all)")
  .option(
    "--services <names>",
    "services to check, separated by commas (default: all of the stack)",
    listOf(serviceNames),
  )
  .option("--prefix <prefix>", "prefix of the stack's namespaces (default: the only stack in the cluster)")
  .option("--context <context>", "context of the kubeconfig (default: its current one)")
  .addOption(new Option("-o, --output <format>", "format of the result").choices(["table", "json"]).default("table"));

interface Options {
  readonly services?: readonly ServiceName[];
  readonly prefix?: string;
  readonly context?: string;
  readonly output: "table" | "json";
}

async function main(): Promise<boolean> {
  const { services, prefix, context, output } = command.opts<Options>();
  const installation = await Installation.find(new Kubectl(undefined, context), prefix);
  console.error(`smoke check of ${installation.prefix} (${installation.mode})`);
  const results = await smoke(installation, services);
  const ok = results.length > 0 && results.every((result) => result.ok);
  if (output === "json") {
    const document = { schemaVersion: 1, prefix: installation.prefix, mode: installation.mode, ok, services: results };
    console.log(JSON.stringify(document, null, 2));
  } else {
    const rows = results.map((each) => [each.service, each.ok ? "ok" : "failed", each.seconds.toFixed(1), each.detail]);
    console.log(table(["service", "status", "seconds", "detail"], rows));
  }
  return ok;
}

void runCommand(command, main);
