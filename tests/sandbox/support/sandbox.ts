import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { read } from "../../../sandbox/lib/processes";
import { withConfig } from "../../../scripts/lib/proofs/sandbox";
import { root } from "../../../scripts/lib/render";

/** Runs the sandbox and, inside its environment, pulumi and kubectl: the same commands a person types. */

const sandboxCommand = path.join(root, "sandbox/sandbox");

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

/** @param input what it reads; default nothing */
function execute(command: string, args: readonly string[], input = ""): Ran {
  const start = process.hrtime.bigint();
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: root,
    encoding: "utf8",
    input,
    maxBuffer: 256 * 2 ** 20,
  });
  if (error) throw error;
  return { code: status ?? 255, stdout, stderr, seconds: Number(process.hrtime.bigint() - start) / 1e9 };
}

function succeed(what: string, ran: Ran): Ran {
  assert.equal(ran.code, 0, `${what} ended with ${ran.code}:\n${ran.stdout}\n${ran.stderr}`);
  return ran;
}

/** @throws when it fails, with all it printed */
export const sandbox = (...args: string[]): Ran => succeed(`sandbox ${args.join(" ")}`, execute(sandboxCommand, args));

/** Pulumi on a stack of the sandbox, of this checkout or of a copy; never fails by itself, look at `code`. */
export const tryPulumiOf = (checkout: string, ...args: string[]): Ran =>
  execute(path.join(checkout, "sandbox/sandbox"), ["pulumi", ...args, "--non-interactive"]);

export const tryPulumi = (...args: string[]): Ran => tryPulumiOf(root, ...args);

export const pulumi = (...args: string[]): Ran => succeed(`pulumi ${args.join(" ")}`, tryPulumi(...args));

/**
 * Arguments of an update of the stack `sandbox` with other values in its config, for one command.
 * @param values by their keys
 */
export function updateWith(values: Readonly<Record<string, unknown>>): readonly string[] {
  const file = path.join(scratch(), "Pulumi.sandbox.yaml");
  fs.writeFileSync(file, withConfig(fs.readFileSync(path.join(root, path.basename(file)), "utf8"), values));
  return ["up", "--stack", "sandbox", "--config-file", file, "--yes", "--skip-preview"];
}

let folder: string | undefined;

/** A folder of this process. */
function scratch(): string {
  if (!folder) {
    const made = fs.mkdtempSync(path.join(os.tmpdir(), "sandbox-tests-"));
    process.on("exit", () => fs.rmSync(made, { recursive: true }));
    folder = made;
  }
  return folder;
}

export function kubectl<T>(...args: string[]): T {
  const { stdout } = inSandbox("kubectl", ...args, "-o", "json");
  return JSON.parse(stdout) as T;
}

/** Gives the API server an object, or a list of them. */
export function hand(verb: "apply" | "create", object: unknown): void {
  const command = ["kubectl", verb, "-f", "-"];
  succeed(command.join(" "), execute(path.join(root, "scripts/with-sandbox"), command, JSON.stringify(object)));
}

/** Any command in the sandbox's environment; never fails by itself, look at `code`. */
export const tryInSandbox = (command: string, ...args: string[]): Ran =>
  execute(path.join(root, "scripts/with-sandbox"), [command, ...args]);

export const inSandbox = (command: string, ...args: string[]): Ran =>
  succeed(`${command} ${args.join(" ")}`, tryInSandbox(command, ...args));

export const script = (name: string, ...args: string[]): Ran =>
  inSandbox("node", "-r", "ts-node/register/transpile-only", path.join("scripts", name), ...args);

/** What a script prints, below the check that ran it. */
export const indent = (text: string): string => text.replace(/^/gm, "      ");

/** What the stacks of these tests run: that of sandbox, and sandbox-ha with Prometheus, which has Thanos in that shape. */
export const imagesOf = ["tests/golden/sandbox", "tests/golden/ha/prometheus.yaml"] as const;

/** Nodes with these; all with the same images, which are unpacked once. */
export const realNodes = (count: number) => ["--nodes", String(count), "--images-of", ...imagesOf];

/**
 * Gives a suite a sandbox of its own, and takes it away afterwards. One that is up already is somebody's: the suite fails
 * and leaves it alone.
 */
export function ownSandbox(...args: string[]): void {
  let own = false;
  before(() => {
    const { up } = JSON.parse(execute(sandboxCommand, ["status", "-o", "json"]).stdout) as { up: boolean };
    assert.equal(up, false, "a sandbox is up on this machine and these tests will not touch it: `make down` first");
    own = true;
    const { seconds } = sandbox("up", ...args);
    console.log(`    sandbox up ${args.join(" ")}: ${seconds.toFixed(1)} s`);
  });
  after(() => {
    if (own) sandbox("down");
  });
}

export interface List<T> {
  readonly items: readonly T[];
}

export interface Pod {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec: {
    readonly nodeName?: string;
    readonly securityContext?: { readonly fsGroup?: number };
    readonly containers: readonly {
      readonly name: string;
      readonly securityContext?: {
        readonly runAsUser?: number;
        readonly runAsGroup?: number;
        readonly readOnlyRootFilesystem?: boolean;
      };
    }[];
  };
  readonly status: {
    readonly phase: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly containerStatuses?: readonly {
      readonly name: string;
      readonly restartCount: number;
      readonly lastState?: { readonly terminated?: { readonly reason: string; readonly exitCode: number } };
      readonly containerID?: string;
    }[];
  };
}

/** The platform's pods. */
export const platformPods = (): readonly Pod[] =>
  kubectl<List<Pod>>("get", "pods", "-A", "-l", "app.kubernetes.io/part-of=datalyptica").items;

/** Pods of Jobs end as Succeeded, all others are Ready. */
export const isWell = ({ status }: Pod): boolean =>
  status.phase === "Succeeded" ||
  (status.phase === "Running" &&
    (status.conditions ?? []).some(({ type, status: value }) => type === "Ready" && value === "True"));

/**
 * User and group of a container's processes, as this machine's kernel knows them: an image may have no program to ask.
 * @throws Error when the container has no process
 */
export function userOf(pod: Pod, container: string): { readonly uid: string; readonly gid: string } {
  const found = pod.status.containerStatuses?.find(({ name }) => name === container)?.containerID ?? "";
  const id = found.replace("containerd://", "");
  for (const process of fs.readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    if (id === "" || !read(`/proc/${process}/cgroup`).includes(id)) continue;
    const status = read(`/proc/${process}/status`);
    const [uid = "", gid = ""] = ["Uid", "Gid"].map((name) => new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1]);
    return { uid, gid };
  }
  throw new Error(`${pod.metadata.name}/${container} has no process`);
}

/** Waits for a condition, for what settles by itself. @param seconds how long at most */
export async function eventually(
  what: string,
  seconds: number,
  holds: () => boolean | Promise<boolean>,
): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!(await holds())) {
    if (Date.now() > end) assert.fail(`${what}: not within ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 2000));
  }
}
