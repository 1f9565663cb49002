import type { ServiceName } from "../../../components/core/catalogue";
import { ready, until } from "../drills/cluster";
import { checks } from "../smoke";
import type { SmokeCheck } from "../smoke/check";
import type { Installation } from "../smoke/installation";
import { type Drop, isWhole, type Pod, podFaults, podsOf, type Workload, wanted } from "./judge";

/** What is done to a service of a running stack to prove it. */

const objectsOf = <T extends Pod | Workload>(installation: Installation, service: ServiceName, resource: string) =>
  installation.objects<T>(resource, `,app.kubernetes.io/name=${service}`);

/** What is wrong with the pods of a service. @param drops what NetworkPolicies refused so far */
export const faultsOf = async (installation: Installation, service: ServiceName, drops: readonly Drop[]) =>
  podFaults(await objectsOf<Pod>(installation, service, "pods"), drops);

/** The most seconds until the pod that replaces a killed one is ready, and from then until the service works again. */
interface Limits {
  readonly whole: number;
  readonly works: number;
}

/**
 * Kills a pod of each workload of the service, one after the other: the first by name, which in a new stack is the
 * likeliest to lead the others.
 * @returns which, and the longest time until the service worked again
 * @throws Error naming the pod and what did not happen after its loss
 */
export async function proveSurvives(
  installation: Installation,
  service: ServiceName,
  check: SmokeCheck = checks[service],
  limits: Limits = { whole: 600, works: 120 },
): Promise<string> {
  const all = await objectsOf<Workload>(installation, service, "statefulsets,deployments,daemonsets");
  const workloads = all.filter((workload) => wanted(workload) > 0);
  if (workloads.length === 0) throw new Error("it has no workload whose pods could be killed");
  const names: string[] = [];
  let longest = 0;
  for (const workload of workloads) {
    await until("the stack is whole before a pod is killed", limits.whole, () => ready(installation));
    const [victim] = podsOf(workload, await objectsOf<Pod>(installation, service, "pods"));
    if (!victim) throw new Error(`${workload.metadata.name} has no pod`);
    const start = Date.now();
    await lose(installation, check, limits, workload, victim);
    names.push(victim.metadata.name);
    longest = Math.max(longest, Math.round((Date.now() - start) / 1000));
  }
  return `worked again within ${longest} s after the loss of ${names.join(" and of ")}`;
}

async function lose(
  installation: Installation,
  check: SmokeCheck,
  limits: Limits,
  workload: Workload,
  { metadata }: Pod,
) {
  const { name, namespace = "", uid } = metadata;
  const after = `after the loss of ${name}`;
  // As a crash: without the time to say goodbye to others.
  await installation.kubectl.run(["delete", "pod", name, "--namespace", namespace, "--grace-period=0", "--force"]);
  await until(`${workload.metadata.name} is whole ${after}`, limits.whole, async () =>
    isWhole(workload, await objectsOf<Pod>(installation, check.service, "pods"), uid),
  );
  let seen = "";
  await until(`the smoke check passes ${after}`, limits.works, async () => {
    const { ok, detail } = await check.run(installation);
    seen = detail;
    return ok;
  }).catch((error: Error) => {
    throw new Error(`${error.message}: ${seen}`);
  });
}
