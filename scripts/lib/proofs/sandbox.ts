import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as yaml from "yaml";
import type { ServiceName } from "../../../components/core/catalogue";
import { kubectlEnv } from "../../../sandbox/lib/manifests";
import { stateDir } from "../../../sandbox/lib/paths";
import { status } from "../../../sandbox/lib/status";
import { Kubectl } from "../kubectl";
import { root, type Stack } from "../render";
import { type Drop, unasked } from "./judge";

/** The sandbox, as proofs need it: one that is new, so that nothing in it is of an earlier try. */

/** @throws Error when a sandbox is up already, whosever it is */
export async function refuseOld(): Promise<void> {
  if ((await status()).up) throw new Error("a sandbox is up, and a proof needs a new one: `make down` first");
}

/** Runs a command of the sandbox; what it tells goes to stderr. @throws Error when it fails */
export async function sandbox(...args: readonly string[]): Promise<void> {
  const child = spawn(path.join(root, "sandbox", "sandbox"), args, { stdio: ["ignore", process.stderr, "inherit"] });
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  if (code !== 0) throw new Error(`sandbox ${args.slice(0, 2).join(" ")} ended with ${code ?? signal}`);
}

/**
 * Brings up a stack with these services only, or changes one that is up.
 * @param more further config, by its key
 * @throws Error when it does not come up
 */
export async function bringUp(
  stack: Stack,
  services: readonly ServiceName[],
  more: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "alive-"));
  try {
    const file = path.join(folder, `Pulumi.${stack}.yaml`);
    const committed = fs.readFileSync(path.join(root, path.basename(file)), "utf8");
    fs.writeFileSync(file, withConfig(committed, { "datalyptica:services": services, ...more }));
    const quiet = ["--yes", "--skip-preview", "--suppress-outputs", "--non-interactive"];
    await sandbox("pulumi", "up", "--stack", stack, "--config-file", file, ...quiet);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

/** The text of a stack's file with other values in its config. */
export function withConfig(text: string, values: Readonly<Record<string, unknown>>): string {
  const { config, ...rest } = yaml.parse(text) as { readonly config: Readonly<Record<string, unknown>> };
  return yaml.stringify({ ...rest, config: { ...config, ...values } });
}

/** The sandbox's kubectl. */
export function sandboxKubectl(): Kubectl {
  Object.assign(process.env, kubectlEnv());
  return new Kubectl(stateDir("bin", "kubectl"));
}

/** What NetworkPolicies refused so far, but for what a check tried itself. @throws Error when the sandbox is not well: then nobody may have counted */
export async function drops(): Promise<readonly Drop[]> {
  const { healthy, drops: found } = await status();
  if (!healthy) throw new Error("the sandbox is not well: see `make status`");
  return found
    .map(({ from, to, port, packets }) => ({
      from: String(from),
      to: String(to),
      port: String(port),
      packets: Number(packets),
    }))
    .filter(unasked);
}
