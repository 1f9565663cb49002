import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse, stringify } from "yaml";
import { environmentFile } from "./environment";
import { fail } from "./log";
import { checkout, stateDir } from "./paths";

/**
 * Runs `pulumi` on the running sandbox; a stack that is named with `--stack` is created when it is new.
 *
 * Pulumi writes a stack's encryption salt, and what `--config` sets, into the stack's file. The sandbox's stacks come and
 * go with the cluster, so that is a copy outside the checkout: made anew for every command from the committed file, or from
 * the one that is named with `--config-file`.
 * @returns pulumi's exit code
 */
export function pulumi(args: readonly string[]): number {
  const { stack, configFile, rest } = stackOptions(args);
  if (!stack) fail("which stack?", "Name it with --stack, for example --stack sandbox.");
  const given = path.resolve(configFile ?? path.join(checkout, `Pulumi.${stack}.yaml`));
  if (!fs.existsSync(given)) fail(`stack ${stack} has no config`, `Write it into ${given}.`);

  const project = stateDir("stacks", stack);
  const salted = path.join(project, `Pulumi.${stack}.yaml`);
  if (!fs.existsSync(salted)) {
    fs.mkdirSync(project, { recursive: true });
    fs.copyFileSync(path.join(checkout, "Pulumi.yaml"), path.join(project, "Pulumi.yaml"));
    const code = inEnvironment(["stack", "init", stack, "--non-interactive"], project);
    if (code !== 0) return code;
  }
  const { encryptionsalt } = parse(fs.readFileSync(salted, "utf8")) as { encryptionsalt: string };
  const config = path.join(project, "config.yaml");
  const merged = { encryptionsalt, ...parse(fs.readFileSync(given, "utf8")) };
  fs.writeFileSync(config, stringify(merged), { mode: 0o600 });
  return inEnvironment(rest, checkout, { PULUMI_OPTION_CONFIG_FILE: config });
}

/** The stack that pulumi's arguments name, the file its config is to come from, and the arguments without that file. */
export function stackOptions(args: readonly string[]) {
  const after = (option: string) => (args.includes(option) ? args[args.indexOf(option) + 1] : undefined);
  const at = args.indexOf("--config-file");
  const rest = args.filter((_, index) => at < 0 || (index !== at && index !== at + 1));
  return { stack: after("--stack"), configFile: after("--config-file"), rest };
}

function inEnvironment(args: readonly string[], cwd: string, env: Readonly<Record<string, string>> = {}): number {
  const script = '. "$1"; shift; exec pulumi "$@"';
  // What the sandbox's own program is read by; program and policies have theirs.
  const { TS_NODE_PROJECT: _, ...inherited } = process.env;
  const own = {
    // Its Kubernetes provider writes the kubeconfig into a temporary file, and leaves it there.
    TMPDIR: stateDir("tmp"),
    // Else it writes the whole state twice for each resource, which takes it most of an update's time. The state is written
    // once, at the end, also of an update that fails; it is of no use without the cluster anyway.
    PULUMI_SKIP_CHECKPOINTS: "true",
    PULUMI_DIY_BACKEND_GZIP: "true",
  };
  fs.mkdirSync(own.TMPDIR, { recursive: true });
  const options = { cwd, env: { ...inherited, ...own, ...env }, stdio: "inherit" } as const;
  const { status } = spawnSync("bash", ["-c", script, "bash", environmentFile(), ...args], options);
  return status ?? 255;
}
