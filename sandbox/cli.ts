import * as fs from "node:fs";
import { Command, Option } from "commander";
import { down } from "./lib/down";
import { environmentFile } from "./lib/environment";
import { imagesNamedIn } from "./lib/images";
import { fail, info, SandboxError, timed } from "./lib/log";
import { type Simulation, simulations, type Topology } from "./lib/nodes";
import { startNode, stopNode } from "./lib/outage";
import { home } from "./lib/paths";
import { refuseOther } from "./lib/preflight";
import { pulumi } from "./lib/stack";
import { loadSandbox } from "./lib/state";
import { status, statusText } from "./lib/status";
import { lock } from "./lib/store";
import { up } from "./lib/up";

const program = new Command("sandbox")
  .description("A small OpenShift on this machine.")
  .enablePositionalOptions()
  .showHelpAfterError("`sandbox up --help` lists the options.");

program
  .command("up")
  .description("start the sandbox; builds what is missing; does nothing when it is up")
  .addOption(new Option("--nodes <count>", "real nodes, which run pods (default 1)").choices([..."123456789"]))
  .addOption(
    new Option("--simulate <mode>", "simulated nodes instead").choices(Object.keys(simulations)).conflicts("nodes"),
  )
  .addOption(
    new Option(
      "--images-of <manifests...>",
      "folders or files of manifests (make render): nodes have the images that these name, and no others (default all)",
    ).conflicts("simulate"),
  )
  .action(({ nodes = "1", simulate, imagesOf }: { nodes?: string; simulate?: Simulation; imagesOf?: string[] }) => {
    const topology: Topology = simulate
      ? { nodes: simulations[simulate].nodes, simulate }
      : { nodes: Number(nodes), ...(imagesOf && { images: imagesNamedIn(imagesOf) }) };
    return exclusively(() => up(topology));
  });

program
  .command("down")
  .description("remove the sandbox and every trace of it, also after a crash; what was built stays")
  .action(() => exclusively(() => timed("the sandbox is down", down)));

program
  .command("status")
  .description("show processes and nodes; exits with 1 unless all are well")
  .addOption(new Option("-o, --output <format>", "output format").choices(["text", "json"]).default("text"))
  .action(async ({ output }: { output: "text" | "json" }) => {
    const found = await status();
    process.exitCode = found.healthy ? 0 : 1;
    console.log(output === "json" ? JSON.stringify(found, null, 2) : statusText(found));
  });

for (const [name, description, work] of [
  ["stop-node", "end a real node as a power cut does", stopNode],
  ["start-node", "start a node that was stopped", startNode],
] as const) {
  program
    .command(name)
    .description(description)
    .argument("<node>", "for example node-2, see `sandbox status`")
    .action((node: string) => {
      requireSandbox();
      return exclusively(() => timed(`${name} ${node}`, () => work(node)));
    });
}

program
  .command("env")
  .description('print the variables for kubectl and pulumi: eval "$(sandbox env)"')
  .action(() => {
    requireSandbox();
    process.stdout.write(fs.readFileSync(environmentFile(), "utf8"));
  });

program
  .command("pulumi")
  .description("run pulumi on the sandbox: sandbox pulumi up --stack sandbox")
  .argument("[args...]")
  .allowUnknownOption()
  .helpOption(false)
  .passThroughOptions()
  .action((args: string[]) => {
    requireSandbox();
    process.exitCode = pulumi(args);
  });

function requireSandbox(): void {
  if (!loadSandbox()) fail("no sandbox is up", "Run `sandbox up` first.");
}

/** One `up` or `down` at a time, and one sandbox on the machine. */
async function exclusively(work: () => Promise<void>): Promise<void> {
  fs.mkdirSync(home(), { recursive: true });
  const release = await lock(home("sandbox.lock"));
  try {
    refuseOther();
    await work();
  } finally {
    await release();
  }
}

program.parseAsync().catch((error: Error) => {
  info(error instanceof SandboxError ? `error: ${error.message}\n${error.cure}` : `${error.stack}`);
  process.exitCode = 1;
});
