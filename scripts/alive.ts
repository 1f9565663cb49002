import * as os from "node:os";
import { Command, Option } from "commander";
import { type ServiceName, serviceNames } from "../components/core/catalogue";
import type { Mode } from "../components/core/names";
import { prove } from "./lib/proofs/prove";
import {
  cannotRun,
  golden,
  type Outcome,
  type Proof,
  proofOf,
  provable,
  proving,
  provingModes,
  readProofs,
  withProof,
  withRequired,
  writeProofs,
} from "./lib/proofs/record";
import { refuseOld, sandbox } from "./lib/proofs/sandbox";
import { byService, renderStack } from "./lib/render";
import { runCommand, table, UsageError } from "./lib/smoke/command";

/** Proves services on real nodes and keeps what came of it in docs/proofs.json. */

const command = new Command("alive")
  .description(
    "boot services with all they need in a new sandbox, use them, in ha kill their pods, and keep what came of it in docs/proofs.json (exit code 1: not proven)",
  )
  .argument("[services...]", `which of: ${provable.join(", ")}`)
  .addOption(new Option("--mode <mode>", "only in this one (default: one after the other)").choices(provingModes));

async function main(): Promise<boolean> {
  const services = chosen(command.args);
  const { mode: only } = command.opts<{ mode?: Mode }>();
  const modes = only ? [only] : provingModes;
  await refuseOld();
  for (const mode of modes) await refuseOtherGolden(mode, services);

  const rows: string[][] = [];
  let passed = true;
  for (const mode of modes) {
    await prove(mode, services, (service, outcome) => {
      const { level, result, detail } = keep(service, mode, outcome, services);
      passed &&= result === "passed";
      rows.push([service, mode, result, level, detail]);
      console.error(`${service} ${mode} ${result}: ${level}; ${detail}`);
    });
    if (!passed) {
      console.error("the sandbox stays up, to be looked at; `make down` removes it");
      break;
    }
    await sandbox("down");
  }
  console.log(table(["service", "mode", "result", "level", "detail"], rows));
  return passed;
}

/** The services that are named. @throws UsageError with every name that is none */
function chosen(names: readonly string[]): readonly ServiceName[] {
  const unknown = names.filter((name) => !(serviceNames as string[]).includes(name));
  const known = serviceNames.filter((name) => names.includes(name));
  const not = known.flatMap((name) => (provable.includes(name) ? [] : [`${name}: ${cannotRun(name)?.reason}`]));
  if (names.length > 0 && unknown.length === 0 && not.length === 0) return known;
  const wrong =
    names.length === 0
      ? "no service is named"
      : unknown.length > 0
        ? `no such service: ${unknown.join(", ")}`
        : `cannot be run here: ${not.join("; ")}`;
  throw new UsageError(`${wrong}; allowed, separated by spaces: ${provable.join(", ")}`);
}

/** @throws Error when the committed manifests are not what would be proven */
async function refuseOtherGolden(mode: Mode, services: readonly ServiceName[]): Promise<void> {
  const rendered = byService((await renderStack(mode)).manifests);
  const other = services.filter((service) => rendered.get(service) !== golden(mode, service));
  if (other.length === 0) return;
  const files = other.map((service) => `tests/golden/${mode}/${service}.yaml`).join(", ");
  throw new Error(`the program renders something else than ${files}: run \`make golden\`, and read the diff, first`);
}

/** After every service: what comes later may take long, or not come. */
function keep(service: ServiceName, mode: Mode, outcome: Outcome, services: readonly ServiceName[]): Proof {
  const machine = {
    cores: os.cpus().length,
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    nodes: proving[mode].nodes,
  };
  const date = new Date().toISOString().slice(0, 10);
  const conditions = { date, machine, services: withRequired(services) };
  const proof = proofOf(service, outcome, golden(mode, service), conditions);
  writeProofs(withProof(readProofs(), service, mode, proof));
  return proof;
}

void runCommand(command, main);
