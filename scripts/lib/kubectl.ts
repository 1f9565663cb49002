import { type ChildProcess, type ChildProcessByStdio, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as path from "node:path";
import type { Readable } from "node:stream";
import { promisify } from "node:util";

/**
 * The cluster through the `kubectl` or `oc` that operators have on their PATH and are logged in with: no client library,
 * no credentials of our own.
 */

/** A command failed; the message has kubectl's own words. */
export class KubectlError extends Error {}

/** As much of a Kubernetes object as its readers share. */
export interface KubernetesObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
}

/** A port of a pod on 127.0.0.1, as long as it is open. */
export interface PortForward {
  /** The local port. */
  readonly port: number;
  /** What kubectl wrote to stderr so far: why connections through the port fail, if they do. */
  complaints(): string;
  /** Ends kubectl and waits for its end. May be called again. */
  close(): Promise<void>;
}

const commandTimeout = 60_000;
const forwardTimeout = 30_000;
/** After this, a kubectl that does not heed SIGTERM is killed. */
const closeTimeout = 5_000;

export class Kubectl {
  private readonly global: readonly string[];

  /**
   * @param program kubectl or oc; default the first of the two on PATH
   * @param context context of the kubeconfig; default its current one
   */
  constructor(
    private readonly program: string = programOnPath(["kubectl", "oc"]),
    context?: string,
  ) {
    this.global = context ? ["--context", context] : [];
  }

  /** Objects of one or several resources, for example `statefulsets,deployments`. */
  async list<T extends KubernetesObject>(
    resources: string,
    where: { readonly namespace?: string; readonly selector?: string },
  ): Promise<readonly T[]> {
    const namespace = where.namespace ? ["--namespace", where.namespace] : [];
    const selector = where.selector ? ["--selector", where.selector] : [];
    return (await this.json<{ items: readonly T[] }>(["get", resources, ...namespace, ...selector])).items;
  }

  /** One object. @throws KubectlError also when it is not there */
  get<T extends KubernetesObject>(namespace: string, resource: string, name: string): Promise<T> {
    return this.json<T>(["get", resource, name, "--namespace", namespace]);
  }

  /** The values of a Secret. */
  async secret(namespace: string, name: string): Promise<Readonly<Record<string, string>>> {
    return secretValues(await this.get(namespace, "secret", name));
  }

  /**
   * Runs bash in the first container of a pod.
   * @param input its stdin: what must not be seen in the list of processes, such as passwords
   * @param timeout milliseconds; default 60,000
   * @returns its stdout
   */
  bash(namespace: string, pod: string, script: string, input: string, timeout?: number): Promise<string> {
    const args = ["exec", "--stdin", "--namespace", namespace, `pod/${pod}`, "--", "/bin/bash", "-c", script];
    return this.run(args, timeout, input);
  }

  /**
   * Opens a port of a pod on a free local port.
   * @param target as kubectl takes it: `service/minio`, or `pod/postgresql-0` where the Service has no selector
   * @param port the Service's or pod's port
   * @throws KubectlError when it cannot be opened, with kubectl's reason
   */
  async portForward(namespace: string, target: string, port: number): Promise<PortForward> {
    const args = ["port-forward", target, `:${port}`, "--namespace", namespace, "--address", "127.0.0.1"];
    const child = spawn(this.program, [...this.global, ...args, "--pod-running-timeout", "10s"], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    endWithThisProcess(child);
    const complaints = { text: "" };
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      complaints.text += text;
    });
    try {
      const local = await localPort(child, () => words(complaints.text));
      return { port: local, complaints: () => words(complaints.text), close: () => end(child) };
    } catch (error) {
      await end(child);
      throw new KubectlError(`port-forward to ${target} in ${namespace}: ${(error as Error).message}`);
    }
  }

  /**
   * Any command.
   * @param timeout milliseconds after which it is ended; default 60,000
   * @param input its stdin; default none
   * @returns its stdout
   * @throws KubectlError with kubectl's reason
   */
  async run(args: readonly string[], timeout = commandTimeout, input = ""): Promise<string> {
    try {
      const running = promisify(execFile)(this.program, [...this.global, ...args], {
        timeout,
        maxBuffer: 64 * 1024 * 1024,
      });
      // A command that ends without reading it says why itself.
      running.child.stdin?.on("error", () => undefined).end(input);
      return (await running).stdout;
    } catch (error) {
      const { stderr, killed, message } = error as { stderr?: string; killed?: boolean; message: string };
      const reason = killed ? `no answer within ${timeout / 1000} s` : words(stderr ?? "") || message;
      const [first = ""] = args.join(" ").split("\n");
      throw new KubectlError(`${path.basename(this.program)} ${first}: ${reason}`);
    }
  }

  private async json<T>(args: readonly string[]): Promise<T> {
    return JSON.parse(await this.run([...args, "--output", "json"])) as T;
  }
}

/** The values of a Secret as `get` and `list` return it. */
export function secretValues(secret: KubernetesObject & { readonly data?: Readonly<Record<string, string>> }) {
  return Object.fromEntries(
    Object.entries(secret.data ?? {}).map(([key, value]) => [key, Buffer.from(value, "base64").toString()]),
  );
}

/** The first of these programs on PATH. */
function programOnPath(names: readonly string[]): string {
  const folders = (process.env.PATH ?? "").split(path.delimiter).filter((folder) => folder !== "");
  for (const name of names) {
    for (const folder of folders) {
      const file = path.join(folder, name);
      try {
        fs.accessSync(file, fs.constants.X_OK);
        return file;
      } catch {
        // Not here.
      }
    }
  }
  throw new KubectlError(
    `none of ${names.join(", ")} is on PATH; install one and log in to the cluster (for the sandbox: scripts/with-sandbox <command>)`,
  );
}

/** The port that kubectl says it listens on. @throws Error with kubectl's words if it says nothing or ends */
async function localPort(child: ChildProcessByStdio<null, Readable, Readable>, complaints: () => string) {
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<number>((resolve, reject) => {
      const fail = (reason: string): void => reject(new Error(complaints() || reason));
      timer = setTimeout(() => fail(`nothing happened within ${forwardTimeout / 1000} s`), forwardTimeout);
      let output = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        // Read on after the port is known: kubectl stops at a full pipe.
        output = output.slice(-1000) + text;
        const found = /Forwarding from 127\.0\.0\.1:(\d+)/.exec(output);
        if (found) resolve(Number(found[1]));
      });
      child.once("error", (error) => fail(error.message));
      child.once("close", (code) => fail(`kubectl ended with exit code ${code}`));
    });
  } finally {
    clearTimeout(timer);
  }
}

/** Several lines of stderr as one, without repetitions. */
const words = (text: string): string =>
  [...new Set(text.split("\n").map((line) => line.trim()))].filter((line) => line !== "").join("; ");

const running = new Set<ChildProcess>();

/** No port stays open when the process ends without closing it. */
function endWithThisProcess(child: ChildProcess): void {
  if (running.size === 0) process.once("exit", killAll);
  running.add(child);
  child.once("close", () => {
    running.delete(child);
    if (running.size === 0) process.off("exit", killAll);
  });
}

function killAll(): void {
  for (const child of running) child.kill("SIGKILL");
}

async function end(child: ChildProcess): Promise<void> {
  if (!running.has(child)) return;
  const closed = once(child, "close");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), closeTimeout);
  await closed;
  clearTimeout(timer);
}
