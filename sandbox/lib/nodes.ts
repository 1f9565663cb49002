import type { Values } from "./components";

/** The clusters that the platform's two modes are sized for (DESIGN 4). */
export const simulations = {
  ha: { nodes: 8, CPU: "15", MEMORY: "56Gi" },
  standalone: { nodes: 3, CPU: "10", MEMORY: "32Gi" },
} as const;

export type Simulation = keyof typeof simulations;

/** How many nodes; real ones, which run pods, unless they are those of a simulation. */
export interface Topology {
  readonly nodes: number;
  readonly simulate?: Simulation;
  /** The names of the stand-ins that real nodes have; default all. */
  readonly images?: readonly string[];
}

/**
 * What differs between the nodes, spread over three zones. A real one is a containerd and a kubelet on this machine (whose
 * capacity is counted once per node) with an address of its own on the bridge, hence its own ports.
 */
export function nodeValues({ nodes, simulate }: Topology): Values[] {
  return Array.from({ length: nodes }, (_, index) => ({
    NODE: `${simulate ?? "node"}-${index + 1}`,
    ADDRESS: `10.128.0.${index + 11}`,
    ZONE: `zone-${"abc"[index % 3]}`,
  }));
}
