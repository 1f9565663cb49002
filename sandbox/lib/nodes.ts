import type { Identity } from "./pki";

/** The clusters that the platform's two modes are sized for (DESIGN 4). */
export const simulations = {
  ha: { nodes: 8, cpu: "15", memory: "56Gi" },
  standalone: { nodes: 3, cpu: "10", memory: "32Gi" },
} as const;

export type Simulation = keyof typeof simulations;

/** What is asked for: real nodes or a simulation, never both. */
export interface Topology {
  readonly nodes: number;
  readonly simulate?: Simulation;
  /** Names of the stand-in images on the real nodes. */
  readonly images: readonly string[];
}

/** A containerd and a kubelet on this machine, whose capacity is counted once per node. */
export interface RealNode {
  readonly name: string;
  /** Its own on the bridge, hence its own ports. */
  readonly address: string;
  readonly zone: string;
}

/** node-1 … node-<count>, spread over three zones. */
export function realNodes(count: number): RealNode[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `node-${index + 1}`,
    address: `10.128.0.${index + 11}`,
    zone: zoneOf(index),
  }));
}

export function nodeIdentity({ name, address }: RealNode): Identity {
  return { name, user: `system:node:${name}`, group: "system:nodes", addresses: [address, name] };
}

/** The Node objects of a simulation, spread over three zones. */
export function simulatedNodes(simulation: Simulation): object[] {
  const { nodes, cpu, memory } = simulations[simulation];
  const capacity = { cpu, memory, pods: "250" };
  return Array.from({ length: nodes }, (_, index) => {
    const name = `${simulation}-${index + 1}`;
    const labels = {
      "kubernetes.io/hostname": name,
      "kubernetes.io/os": "linux",
      "kubernetes.io/arch": "amd64",
      "topology.kubernetes.io/zone": zoneOf(index),
    };
    return { apiVersion: "v1", kind: "Node", metadata: { name, labels }, status: { capacity, allocatable: capacity } };
  });
}

function zoneOf(index: number): string {
  return `zone-${"abc"[index % 3]}`;
}
