import { setTimeout as sleep } from "node:timers/promises";
import type { KubernetesObject } from "../kubectl";
import { smoke } from "../smoke";
import type { Installation } from "../smoke/installation";

/** Waits for what happens by itself. @throws Error naming it after so many seconds */
export async function until(what: string, seconds: number, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not within ${seconds} s: ${what}`);
    await sleep(500);
  }
}

type Workload = KubernetesObject & {
  readonly spec: { readonly replicas: number };
  readonly status: { readonly readyReplicas?: number; readonly observedGeneration?: number };
};

/** Whether every replica of every workload is ready. */
export async function ready(installation: Installation): Promise<boolean> {
  const workloads = await installation.objects<Workload>("statefulsets,deployments");
  return workloads.every(({ spec, status }) => (status.readyReplicas ?? 0) === spec.replicas);
}

/** Whether every service does its work. */
export async function works(installation: Installation): Promise<boolean> {
  return (await smoke(installation)).every(({ ok }) => ok);
}
