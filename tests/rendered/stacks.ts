import type { Stack } from "../../scripts/lib/render";
import type { Stack as Facts } from "../checks/index";
import { base, clickhouse, federation, grafana, lakehouse, logs, platform, runnable } from "./flows";
import { notebooks } from "./flows.analytics";

/** What each stack must be, stated independently of the program that renders it. */

const atRunTime: Facts["atRunTime"] = {
  // Patroni writes the Endpoints of these, and keeps the second one's as its configuration; the hub whose turn it is, its own.
  endpointsBy: { postgresql: "postgresql", "postgresql-config": "postgresql", "jupyterhub-hub": "jupyterhub-hub" },
  // By it the Services of single pods select.
  labels: ["statefulset.kubernetes.io/pod-name"],
};

export const facts: Readonly<Record<Stack, Facts>> = {
  ha: {
    atRunTime,
    mode: "ha",
    flows: [...platform("datalyptica", true, 4), ...federation("datalyptica")],
    // Everything at once may ask for this much (DESIGN 4); the nodes are the simulated ones, one of which may be lost.
    budget: { cpu: "90", memory: "340Gi", disk: "10Ti" },
    nodes: { count: 8, cpu: "15", memory: "56Gi", mayLose: 1 },
  },
  standalone: {
    atRunTime,
    mode: "standalone",
    flows: [...platform("datalyptica-dev", false, 2), ...federation("datalyptica-dev")],
    budget: { cpu: "22", memory: "72Gi", disk: "2.5Ti" },
    nodes: { count: 3, cpu: "10", memory: "32Gi", mayLose: 0 },
  },
  sandbox: {
    atRunTime,
    mode: "standalone",
    flows: base("datalyptica-sandbox", false),
    // One machine of 2 cores and 24 GiB, which also runs the control plane and builds.
    budget: { cpu: "1900m", memory: "11Gi", disk: "50Gi" },
    nodes: { count: 1, cpu: "2", memory: "16Gi", mayLose: 0 },
  },
  "sandbox-ha": {
    atRunTime,
    mode: "ha",
    flows: lakehouse("datalyptica-sandbox-ha", true),
    // Four nodes that are one machine of 2 cores and 24 GiB.
    budget: { cpu: "1500m", memory: "14Gi", disk: "50Gi" },
    nodes: { count: 4, cpu: "2", memory: "16Gi", mayLose: 0 },
  },
};

/**
 * What a slice of the platform may ask for: on the sandbox's machine it is alone, and no builds run beside it. More than two
 * cores, for the sum has every Job of the installation, and most of them are over before the next one starts.
 */
export const sliceRoom: Pick<Facts, "budget" | "nodes"> = {
  budget: { cpu: "2300m", memory: "15Gi", disk: "50Gi" },
  nodes: { count: 1, cpu: "2300m", memory: "16Gi", mayLose: 0 },
};

/** The ha stack when logs are read from the nodes' files, by a collector that lives apart. */
export const factsFromFiles: Facts = {
  ...facts.ha,
  flows: [
    ...runnable("datalyptica", true, 4),
    ...logs("datalyptica", true, "logging"),
    ...grafana("datalyptica", true),
    ...clickhouse("datalyptica", true),
    ...notebooks("datalyptica", true),
    ...federation("datalyptica"),
  ],
};
