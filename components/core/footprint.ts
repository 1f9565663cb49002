import type { Resources } from "./pods";
import { formatBytes, formatCpu, parseBytes, parseCpu } from "./quantities";

/** What the platform asks of the cluster, collected while workloads are made. */
export class Footprint {
  private readonly rows = new Map<string, { replicas: number; cpu: number; memory: number; disk: number }>();

  /**
   * @param workload `<service>/<workload>`
   * @param containers requests of the containers that run side by side in one pod
   */
  add(workload: string, replicas: number, containers: readonly Resources[], disk?: string): void {
    const sum = (of: (container: Resources) => number | undefined): number =>
      containers.reduce((total, container) => total + (of(container) ?? 0), 0);
    this.rows.set(workload, {
      replicas,
      cpu: replicas * sum(({ cpu }) => parseCpu(cpu)),
      memory: replicas * sum(({ memory }) => parseBytes(memory)),
      disk: replicas * (disk ? (parseBytes(disk) ?? 0) : 0),
    });
  }

  /** Requests per workload and in total; Jobs count, because they run at install. */
  summary(): Record<string, { replicas: number; cpu: string; memory: string; disk: string }> {
    const rows = [...this.rows.entries()].sort(([a], [b]) => (a < b ? -1 : 1));
    const total = { replicas: 0, cpu: 0, memory: 0, disk: 0 };
    for (const [, row] of rows) {
      for (const key of ["replicas", "cpu", "memory", "disk"] as const) total[key] += row[key];
    }
    return Object.fromEntries(
      [...rows, ["total", total] as const].map(([name, { replicas, cpu, memory, disk }]) => [
        name,
        { replicas, cpu: formatCpu(cpu), memory: formatBytes(memory), disk: disk ? formatBytes(disk) : "0" },
      ]),
    );
  }
}
