import { probe } from "./health";
import { kubectl } from "./manifests";
import { logPath } from "./paths";
import { memoryOf, processOf } from "./processes";
import type { Sandbox } from "./state";

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

/** Every process with its health and memory, in the order in which they were started. */
export function componentStatus(sandbox: Sandbox): Promise<ComponentStatus[]> {
  return Promise.all(
    sandbox.components.map(async ({ name, health }) => {
      const pid = processOf(name)?.pid;
      return {
        name,
        ...(pid && { pid }),
        health: pid ? await probe(health) : "not running",
        memory: pid ? memoryOf(pid) : 0,
        log: logPath(name),
      };
    }),
  );
}

/** The cluster's nodes as the API server sees them. */
export async function nodeStatus(): Promise<NodeStatus[]> {
  interface Node {
    readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
    readonly status: {
      readonly allocatable: { readonly cpu: string; readonly memory: string };
      readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    };
  }
  const list = JSON.parse(await kubectl(["get", "nodes", "--output=json"])) as { items: Node[] };
  return list.items.map(({ metadata, status }) => ({
    name: metadata.name,
    ready: status.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false,
    zone: metadata.labels["topology.kubernetes.io/zone"] ?? "",
    cpu: status.allocatable.cpu,
    memory: status.allocatable.memory,
  }));
}

/** Lines of columns, each as wide as its widest cell. */
export function table(rows: readonly (readonly string[])[]): string {
  const width = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(width(column)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
