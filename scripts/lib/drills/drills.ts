import { execFile } from "node:child_process";
import * as path from "node:path";
import { promisify } from "node:util";
import type { KubernetesObject } from "../kubectl";
import { root } from "../render";
import type { Installation } from "../smoke/installation";
import { primary } from "../smoke/postgresql";
import { until } from "./cluster";
import type { Limits } from "./measure";

/** The failures that a stack in mode ha is rehearsed for. */

export interface Drill {
  readonly title: string;
  readonly limits: Limits;
  /** How often it is run on each target, where luck plays a part. */
  readonly runs: number;
  /** What is hit, one run each. */
  targets(installation: Installation): Promise<readonly string[]>;
  /** Returns when the cluster knows of the fault. */
  inject(installation: Installation, target: string): Promise<void>;
  /** Undoes what would not undo itself, after the clients work again. */
  mend?(installation: Installation, target: string): Promise<void>;
}

type Pod = KubernetesObject & {
  readonly spec: { readonly nodeName: string };
  readonly status: { readonly containerStatuses?: readonly { readonly restartCount: number }[] };
};
type Node = KubernetesObject & {
  readonly status: { readonly conditions: readonly { readonly type: string; readonly status: string }[] };
};

export const drills = {
  "primary-kill": {
    title: "every process of the PostgreSQL primary is killed",
    limits: { writeGap: 30, queryGap: 120, wholeAfter: 300 },
    runs: 3,
    targets: async (installation) => [await primary(installation)],
    async inject(installation, pod) {
      const namespace = installation.namespace("postgresql");
      const restarts = async () => {
        const { status } = await installation.kubectl.get<Pod>(namespace, "pod", pod);
        return (status.containerStatuses ?? []).reduce((sum, { restartCount }) => sum + restartCount, 0);
      };
      const before = await restarts();
      // All processes but the first one, which then ends by itself, and takes the connection of this command with it.
      const command = ["exec", pod, "--namespace", namespace, "--container", "postgresql", "--"];
      await installation.kubectl.run([...command, "sh", "-c", "kill -9 -1"]).catch(() => undefined);
      await until("the container is started again", 60, async () => (await restarts()) > before);
    },
  },
  "node-loss": {
    title: "a node is lost: kubelet, container runtime and all its containers are killed",
    limits: { writeGap: 40, queryGap: 120, wholeAfter: 600 },
    runs: 3,
    // The two that hurt: the nodes of the PostgreSQL primary and of the one Trino coordinator.
    async targets(installation) {
      const pods = await installation.objects<Pod>("pods");
      const of = (name: string) => pods.find(({ metadata }) => metadata.name.startsWith(name))?.spec.nodeName ?? "";
      return [...new Set([of(await primary(installation)), of("trino-coordinator-")])];
    },
    async inject(installation, node) {
      await sandbox("stop-node", node);
      await until("the cluster notices", 120, async () => {
        const { status } = await installation.kubectl.get<Node>("", "node", node);
        return status.conditions.every(({ type, status: value }) => type !== "Ready" || value !== "True");
      });
    },
    mend: (_, node) => sandbox("start-node", node),
  },
  drain: {
    title: "a node is drained for maintenance",
    limits: { writeGap: 30, queryGap: 120, wholeAfter: 600 },
    runs: 1,
    async targets(installation) {
      return (await installation.kubectl.list<Node>("nodes", {})).map(({ metadata }) => metadata.name);
    },
    async inject({ kubectl }, node) {
      const options = ["--ignore-daemonsets", "--delete-emptydir-data", "--timeout=10m"];
      await kubectl.run(["drain", node, ...options], 660_000);
    },
    mend: async ({ kubectl }, node) => {
      await kubectl.run(["uncordon", node]);
    },
  },
} satisfies Record<string, Drill>;

export type DrillName = keyof typeof drills;
export const drillNames = Object.keys(drills) as DrillName[];

const sandbox = async (...args: string[]): Promise<void> => {
  await promisify(execFile)(path.join(root, "sandbox/sandbox"), args);
};
