import { environmentFile } from "./environment";
import { probe } from "./health";
import { kubectl } from "./manifests";
import { logPath } from "./paths";
import { memoryOf, processOf } from "./processes";
import { loadSandbox, type Sandbox } from "./state";

export interface ComponentStatus {
  readonly name: string;
  readonly pid?: number;
  /** `ok`, or what is wrong. */
  readonly health: string;
  /** Resident memory in bytes. */
  readonly memory: number;
  readonly log: string;
}

export interface NodeStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly zone: string;
  readonly cpu: string;
  readonly memory: string;
}

export interface Status {
  readonly up: boolean;
  /** Up, every process healthy, every node ready. */
  readonly healthy: boolean;
  readonly components: readonly ComponentStatus[];
  readonly nodes: readonly NodeStatus[];
  /** The file with the variables for kubectl and pulumi. */
  readonly environment: string;
}

export async function status(): Promise<Status> {
  const sandbox = loadSandbox();
  const components = sandbox ? await componentStatus(sandbox) : [];
  const served = components.some(({ name, health }) => name === "kube-apiserver" && health === "ok");
  const nodes = served ? await nodeStatus() : [];
  const well = components.every(({ health }) => health === "ok") && nodes.every(({ ready }) => ready);
  return { up: sandbox !== undefined, healthy: served && well, components, nodes, environment: environmentFile() };
}

/** `status` for a terminal. */
export function statusText({ up, components, nodes }: Status): string {
  if (!up) return "no sandbox is up";
  const processRows = components.map(({ name, pid, memory, health, log }) => {
    return [name, String(pid ?? "-"), `${Math.round(memory / 1024 ** 2)} MiB`, health, log];
  });
  const nodeRows = nodes.map(({ name, zone, cpu, memory, ready }) => [name, zone, cpu, memory, ready ? "yes" : "no"]);
  return [
    ...table([["PROCESS", "PID", "MEMORY", "HEALTH", "LOG"], ...processRows]),
    "",
    ...table([["NODE", "ZONE", "CPU", "MEMORY", "READY"], ...nodeRows]),
  ].join("\n");
}

/** Every process with its health and memory, in the order in which they were started. */
export function componentStatus(sandbox: Sandbox): Promise<ComponentStatus[]> {
  const one = async ({ name, health }: Sandbox["components"][number]): Promise<ComponentStatus> => {
    const pid = processOf(name)?.pid;
    const log = logPath(name);
    return pid
      ? { name, pid, health: await probe(health), memory: memoryOf(pid), log }
      : { name, health: "not running", memory: 0, log };
  };
  return Promise.all(sandbox.components.map(one));
}

/** The cluster's nodes as the API server sees them. */
export async function nodeStatus(): Promise<NodeStatus[]> {
  const zone = ".metadata.labels.topology\\.kubernetes\\.io/zone";
  const ready = '.status.conditions[?(@.type=="Ready")].status';
  const fields = [".metadata.name", zone, ".status.allocatable.cpu", ".status.allocatable.memory", ready];
  const line = fields.map((field) => `{${field}}`).join('{"\\t"}');
  const lines = await kubectl(["get", "nodes", `--output=jsonpath={range .items[*]}${line}{"\\n"}{end}`]);
  return lines
    .trim()
    .split("\n")
    .filter(Boolean)
    .map((text) => {
      const [name = "", zone = "", cpu = "", memory = "", ready = ""] = text.split("\t");
      return { name, zone, cpu, memory, ready: ready === "True" };
    });
}

/** Lines of columns, each as wide as its widest cell. */
function table(rows: readonly (readonly string[])[]): string[] {
  const width = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(width(column)))
      .join("  ")
      .trimEnd(),
  );
}
