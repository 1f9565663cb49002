import { once } from "node:events";
import * as http from "node:http";
import { json } from "node:stream/consumers";
import { environmentFile } from "./environment";
import { probe } from "./health";
import { kubectl } from "./manifests";
import { logPath, runDir } from "./paths";
import { memoryOf, processOf } from "./processes";
import { loadSandbox, type Sandbox } from "./state";

/** What is looked at of the API server's Node objects, as kubectl's custom columns. */
const nodeColumns = [
  "NAME:.metadata.name",
  'READY:.status.conditions[?(@.type=="Ready")].status',
  "ZONE:.metadata.labels.topology\\.kubernetes\\.io/zone",
  "CPU:.status.allocatable.cpu",
  "MEMORY:.status.allocatable.memory",
].join(",");

/** A flow that was dropped within the last hour: see `drop` in go/openshift/netpol_drops.go. */
export type Drop = Readonly<Record<"from" | "to" | "port" | "refused" | "policies" | "packets" | "last", unknown>>;

export type Status = Awaited<ReturnType<typeof status>>;

/** Whether the sandbox is up; whether it is healthy, which is every process and every node; and where its variables are. */
export async function status() {
  const sandbox = loadSandbox();
  const components = sandbox ? await componentStatus(sandbox) : [];
  const served = components.some(({ name, health }) => name === "kube-apiserver" && health === "ok");
  const nodes = served ? await nodeStatus() : [];
  const well = components.every(({ health }) => health === "ok") && nodes.every(({ ready }) => ready);
  const enforced = components.some(({ name, health }) => name === "network-policies" && health === "ok");
  const dropped = enforced ? await drops() : [];
  const healthy = served && well;
  return { up: sandbox !== undefined, healthy, components, nodes, drops: dropped, environment: environmentFile() };
}

/** `status` for a terminal. */
export function statusText({ up, components, nodes, drops: dropped }: Status): string {
  if (!up) return "no sandbox is up";
  const processes = components.map((row) => ({ ...row, memory: `${Math.round(row.memory / 1024 ** 2)} MiB` }));
  const parts = [table(processes), table(nodes)];
  if (dropped.length > 0) parts.push(`Dropped by NetworkPolicies in the last hour:\n${table(dropped)}`);
  return parts.join("\n\n");
}

/** What NetworkPolicies refused, the latest first. */
async function drops(): Promise<readonly Drop[]> {
  const request = http.get({ socketPath: runDir("network-policies.sock"), path: "/drops" });
  const [response] = (await once(request, "response")) as [http.IncomingMessage];
  return (await json(response)) as readonly Drop[];
}

/** Every process with its health (`ok`, or what is wrong) and resident memory in bytes, in the order of their start. */
export function componentStatus({ components }: Sandbox) {
  return Promise.all(
    components.map(async ({ name, health }) => {
      const pid = processOf(name)?.pid;
      const found = pid ? await probe(health) : "not running";
      return { name, pid, health: found, memory: pid ? memoryOf(pid) : 0, log: logPath(name) };
    }),
  );
}

/** The cluster's nodes as the API server sees them. */
export async function nodeStatus() {
  const rows = await kubectl(["get", "nodes", "--no-headers", `--output=custom-columns=${nodeColumns}`]);
  const cells = [...rows.matchAll(/^(\S+) +(\S+) +(\S+) +(\S+) +(\S+)/gm)];
  return cells.map(([, name, ready, zone, cpu, memory]) => ({ name, ready: ready === "True", zone, cpu, memory }));
}

/** Rows under their fields' names, each column as wide as its widest cell. */
function table(rows: readonly Readonly<Record<string, unknown>>[]): string {
  const fields = Object.keys(rows[0] ?? {});
  const head = fields.map((field) => field.toUpperCase());
  const lines = [head, ...rows.map((row) => fields.map((field) => `${row[field] ?? "-"}`))];
  const width = (column: number) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0));
  const padded = lines.map((cells) => cells.map((cell, column) => cell.padEnd(width(column))).join("  "));
  return padded.map((line) => line.trimEnd()).join("\n");
}
