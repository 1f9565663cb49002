import { killAll, ownProcesses, unmountAll } from "./down";
import { startAll, waitUntil } from "./health";
import { fail } from "./log";
import { runDir, stateDir } from "./paths";
import { loadSandbox } from "./state";
import { nodeStatus } from "./status";

/** The loss of a real node and its return, as often as one likes. The other nodes do not notice how it happened. */

/**
 * Ends a node as a power cut does: kubelet, container runtime and all containers are killed, the pods' addresses vanish.
 * What is on its disk stays. Nothing is told to the API server.
 */
export async function stopNode(node: string): Promise<void> {
  componentsOf(node);
  await killAll(() => ownProcesses(node));
  await unmountAll([runDir(node), stateDir("nodes", node)]);
}

/** Starts a node that was stopped and waits until the API server calls it ready. */
export async function startNode(node: string): Promise<void> {
  for (const component of componentsOf(node)) await startAll([component]);
  await waitUntil(`${node} is ready`, "Read the log of its kubelet, see `sandbox status`.", async () => {
    const found = (await nodeStatus()).find(({ name }) => name === node);
    return found?.ready ? "ok" : "it is not";
  });
}

/** The processes that make a node, in the order of their start. */
function componentsOf(node: string) {
  const components = loadSandbox()?.components ?? [];
  const real = components.flatMap(({ name }) => /^kubelet-(.+)/.exec(name)?.[1] ?? []);
  if (!real.includes(node))
    fail(`"${node}" is no real node`, `Allowed: ${real.join(", ") || "none, as there are none"}.`);
  return components.filter(({ name }) => name.endsWith(`-${node}`));
}
