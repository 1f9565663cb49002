import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import type { Engine } from "./engine";
import { kubectlCache } from "./manifests";
import { keepDir, pkiPath, stateDir } from "./paths";

/** Shell file that gives `kubectl` and `pulumi` this sandbox: `eval "$(sandbox env)"`. */
export const environmentFile = () => stateDir("env");

/**
 * Writes the environment file, and puts kubectl on its PATH. Pulumi's state lives and dies with the cluster; the
 * passphrase outlives it, because secrets in a stack's configuration file are encrypted with it.
 */
export function writeEnvironment({ path: folders, env }: Engine, kube: string): void {
  fs.mkdirSync(stateDir("bin"));
  fs.symlinkSync(kube, stateDir("bin", "kubectl"));
  const backend = stateDir("pulumi");
  const passphrase = path.join(keepDir(), "pulumi-passphrase");
  fs.mkdirSync(backend, { recursive: true, mode: 0o700 });
  fs.mkdirSync(keepDir(), { recursive: true, mode: 0o700 });
  if (!fs.existsSync(passphrase)) fs.writeFileSync(passphrase, randomBytes(24).toString("base64url"), { mode: 0o600 });
  const variables = {
    ...env,
    KUBECONFIG: pkiPath("admin.kubeconfig"),
    KUBECACHEDIR: kubectlCache(),
    PULUMI_BACKEND_URL: `file://${backend}`,
    PULUMI_CONFIG_PASSPHRASE_FILE: passphrase,
  };
  const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
  const lines = Object.entries(variables).map(([name, value]) => `export ${name}=${quote(value)}`);
  const search = [stateDir("bin"), ...folders].map(quote).join(":");
  fs.writeFileSync(
    environmentFile(),
    ["unset PULUMI_CONFIG_PASSPHRASE", ...lines, `export PATH=${search}:"$PATH"`, ""].join("\n"),
  );
}
