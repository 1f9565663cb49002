import * as path from "node:path";
import type { Component } from "./controlplane";
import { gateway } from "./network";
import { zoneOf } from "./nodes";
import { pkiPath, sources } from "./paths";

/** The clusters that the platform's two modes are sized for (DESIGN 4). */
export const simulations = {
  ha: { nodes: 8, cpu: "15", memory: "56Gi" },
  standalone: { nodes: 3, cpu: "10", memory: "32Gi" },
} as const;

export type Simulation = keyof typeof simulations;

/** kwok plays the kubelets: pods become ready and Jobs succeed without running anything. */
export function kwok(binary: string): Component {
  const address = "127.0.0.1:10247";
  return {
    name: "kwok",
    command: [
      binary,
      `--kubeconfig=${pkiPath("openshift.kubeconfig")}`,
      `--config=${path.join(sources, "manifests", "stages.yaml")}`,
      "--manage-all-nodes",
      `--node-ip=${gateway}`,
      "--cidr=10.129.0.1/16",
      "--node-lease-duration-seconds=40",
      `--server-address=${address}`,
    ],
    health: `http://${address}/healthz`,
  };
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
