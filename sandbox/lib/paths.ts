import * as os from "node:os";
import * as path from "node:path";

/** The `sandbox/` folder of the checkout. */
export const sources = path.resolve(__dirname, "..");

export const checkout = path.dirname(sources);

/** Folder of everything the sandbox keeps outside the checkout: `$DATALYPTICA_HOME`, default `~/.cache/datalyptica`. */
export function home(...parts: string[]): string {
  const chosen = process.env.DATALYPTICA_HOME || path.join(os.homedir(), ".cache", "datalyptica");
  return path.resolve(chosen, ...parts);
}

/** Content-addressed results (binaries, root file systems, images); survives `down`. */
export function storeDir(): string {
  return home("store");
}

/** A path inside the one running sandbox's state (pids, logs, PKI, etcd, nodes, volumes, Pulumi's state); `down` removes it. */
export function stateDir(...parts: string[]): string {
  return home("sandbox", ...parts);
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
