import type { ServiceName } from "../../../components/core/catalogue";
import type { Mode } from "../../../components/core/names";
import { smoke } from "../smoke";
import { Installation } from "../smoke/installation";
import { faultsOf, proveSurvives } from "./cluster";
import { type Pod, unready } from "./judge";
import { type Outcome, proving, withRequired } from "./record";
import { bringUp, drops, sandbox, sandboxKubectl } from "./sandbox";

/**
 * Proves services in a mode, in a new sandbox, which stays up.
 * @param finished told what came of each service
 * @throws Error when the sandbox is to blame; nothing is known of the services then
 */
export async function prove(
  mode: Mode,
  services: readonly ServiceName[],
  finished: (service: ServiceName, outcome: Outcome) => void,
): Promise<void> {
  const { stack, nodes, goal } = proving[mode];
  await sandbox("up", "--nodes", `${nodes}`);
  try {
    await bringUp(stack, withRequired(services));
  } catch (error) {
    const stopped = `the stack did not come up: ${[(error as Error).message, ...(await unreadyPods())].join("; ")}`;
    for (const service of services) finished(service, { level: "rendered", seen: [], stopped });
    return;
  }

  const installation = await Installation.find(sandboxKubectl());
  const results = await smoke(installation, services);
  // Before any pod is killed: what then still calls its address is refused, and rightly so.
  const dropped = await drops();
  const alive = new Map<ServiceName, string>();
  for (const { service, ok, detail } of results) {
    const wrong = [...(ok ? [] : [detail]), ...(await faultsOf(installation, service, dropped))];
    if (wrong.length > 0) finished(service, { level: "rendered", seen: [], stopped: wrong.join("; ") });
    else if (goal === "alive") finished(service, { level: "alive", seen: [detail] });
    else alive.set(service, detail);
  }
  for (const [service, detail] of alive) {
    await proveSurvives(installation, service).then(
      (lost) => finished(service, { level: "survives", seen: [detail, lost] }),
      (error: Error) => finished(service, { level: "alive", seen: [detail], stopped: error.message }),
    );
  }
}

/** None when nothing of the stack is there. */
async function unreadyPods(): Promise<readonly string[]> {
  const installation = await Installation.find(sandboxKubectl()).catch(() => undefined);
  return installation ? unready(await installation.objects<Pod>("pods")) : [];
}
