import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import type { Engine } from "./engine";
import { kubectlEnv } from "./manifests";
import { home, stateDir } from "./paths";

/** Shell file that gives `kubectl` and `pulumi` this sandbox: `eval "$(sandbox env)"`. */
export const environmentFile = () => stateDir("env");

/**
 * Writes the environment file. Pulumi's state lives and dies with the cluster; the passphrase outlives it, because
 * secrets in a stack's configuration file are encrypted with it.
 */
export function writeEnvironment({ path: folders, env }: Engine): void {
  const backend = stateDir("pulumi");
  const passphrase = home("keep", "pulumi-passphrase");
  for (const dir of [backend, home("keep")]) fs.mkdirSync(dir, { recursive: true, mode: 0o700 });
  if (!fs.existsSync(passphrase)) fs.writeFileSync(passphrase, randomBytes(24).toString("base64url"), { mode: 0o600 });
  const variables = {
    ...env,
    ...kubectlEnv(),
    PULUMI_BACKEND_URL: `file://${backend}`,
    PULUMI_CONFIG_PASSPHRASE_FILE: passphrase,
  };
  const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
  const lines = Object.entries(variables).map(([name, value]) => `export ${name}=${quote(value)}`);
  const search = [stateDir("bin"), ...folders].map(quote).join(":");
  const all = ["unset PULUMI_CONFIG_PASSPHRASE", ...lines, `export PATH=${search}:"$PATH"`, ""];
  fs.writeFileSync(environmentFile(), all.join("\n"));
}
