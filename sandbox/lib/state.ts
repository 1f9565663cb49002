import * as fs from "node:fs";
import type { Component } from "./components";
import type { KernelSettings } from "./network";
import type { Topology } from "./nodes";
import { stateDir } from "./paths";

/** The record of the one sandbox, written when it is started. */
export interface Sandbox extends Topology {
  readonly components: readonly Component[];
  /** The machine's own settings of what the sandbox changes, for `down`. */
  readonly kernel: KernelSettings;
}

const file = () => stateDir("sandbox.json");

export function loadSandbox(): Sandbox | undefined {
  return fs.existsSync(file()) ? (JSON.parse(fs.readFileSync(file(), "utf8")) as Sandbox) : undefined;
}

export function saveSandbox(sandbox: Sandbox): void {
  // Whole or absent, whatever happens meanwhile.
  fs.writeFileSync(`${file()}.new`, JSON.stringify(sandbox, null, 2));
  fs.renameSync(`${file()}.new`, file());
}
