import * as os from "node:os";
import * as path from "node:path";

/** The `sandbox/` folder of the checkout. */
export const sources = path.resolve(__dirname, "..");

/** Folder of everything the sandbox keeps outside the checkout: `$DATALYPTICA_HOME`, default `~/.cache/datalyptica`. */
export function home(): string {
  return path.resolve(process.env.DATALYPTICA_HOME || path.join(os.homedir(), ".cache", "datalyptica"));
}

/** Content-addressed results (binaries, root file systems, images); survives `down`. */
export function storeDir(): string {
  return path.join(home(), "store");
}

/** What outlives a cluster although it is not derived: the passphrase that the stack files' secrets are encrypted with. */
export function keepDir(): string {
  return path.join(home(), "keep");
}

/** A path inside the one running sandbox's state (pids, logs, PKI, etcd, nodes, volumes, Pulumi's state); `down` removes it. */
export function stateDir(...parts: string[]): string {
  return path.join(home(), "sandbox", ...parts);
}

/** Sockets and container state. Fixed and short: socket paths are limited to 107 bytes, and one machine has one sandbox. */
export function runDir(...parts: string[]): string {
  return path.join("/run/datalyptica", ...parts);
}

/** The log file of one process or step of the running sandbox. */
export function logPath(name: string): string {
  return stateDir("log", `${name}.log`);
}

/** A file of the sandbox's PKI: `ca.crt`, `<identity>.crt`, `<identity>.key`, `<identity>.kubeconfig`, … */
export function pkiPath(file: string): string {
  return stateDir("pki", file);
}
