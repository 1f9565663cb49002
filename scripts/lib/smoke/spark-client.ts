import { setTimeout as sleep } from "node:timers/promises";
import { checkVariables } from "../../../components/data/spark/check";
import type { KubernetesObject } from "../kubectl";
import { cleaningUp, expect } from "./check";
import type { Installation } from "./installation";

/** The client of Spark Connect that CronJob `spark-check` describes, run as a Job. */

/** What it told. */
export type Seen = Readonly<Partial<Record<"intruder" | "version" | "rows" | "file", string>>>;

interface JobSpec {
  readonly template: {
    readonly spec: {
      readonly containers: readonly { readonly env?: readonly { readonly name: string }[] }[];
    };
  };
}

interface CronJob extends KubernetesObject {
  readonly spec: { readonly jobTemplate: { readonly metadata?: object; readonly spec: JobSpec } };
}

interface Job extends KubernetesObject {
  readonly status?: { readonly succeeded?: number; readonly failed?: number };
}

/** Seconds for image, executors and work on a busy machine. */
const patience = 360;

/**
 * Runs it to its end and takes the Job away.
 * @param table whether its table stays
 * @throws Error with its last words
 */
export async function runClient(
  installation: Installation,
  table: "keep" | "drop",
): Promise<{ readonly run: string; readonly seen: Seen }> {
  const { kubectl } = installation;
  const namespace = installation.namespace("spark");
  const run = `spark-check-${Date.now()}`;
  const template = await kubectl.get<CronJob>(namespace, "cronjob", "spark-check");
  const job = JSON.stringify(clientJob(template, run, table));
  const cleanUp = async () => {
    await kubectl.run(["delete", "job", run, "--namespace", namespace, "--ignore-not-found"]);
  };
  return cleaningUp(cleanUp, async () => {
    await kubectl.run(["create", "--namespace", namespace, "--filename", "-"], undefined, job);
    const deadline = Date.now() + patience * 1000;
    for (;;) {
      const { status = {} } = await kubectl.get<Job>(namespace, "job", run);
      if (status.succeeded || status.failed) {
        const log = await kubectl.run(["logs", `job/${run}`, "--namespace", namespace]);
        expect(!status.failed, `the client failed: ${log.trim().split("\n").slice(-3).join(" ")}`);
        return { run, seen: told(log) };
      }
      expect(Date.now() < deadline, `the client of Spark Connect is not done after ${patience} s`);
      await sleep(1000);
    }
  });
}

/** The Job of a run: the CronJob's, tried once. */
export function clientJob({ spec: { jobTemplate } }: CronJob, run: string, table: "keep" | "drop") {
  const variables = { [checkVariables.run]: run, [checkVariables.table]: table };
  const { template, ...spec } = jobTemplate.spec;
  const containers = template.spec.containers.map(({ env = [], ...container }) => ({
    ...container,
    env: [
      ...env.filter(({ name }) => !(name in variables)),
      ...Object.entries(variables).map(([name, value]) => ({ name, value })),
    ],
  }));
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { ...jobTemplate.metadata, name: run },
    spec: {
      ...spec,
      backoffLimit: 0,
      // Should nobody watch it any more. Who does is told first, and not by a Job whose pod is gone.
      activeDeadlineSeconds: patience + 60,
      ttlSecondsAfterFinished: 600,
      template: { ...template, spec: { ...template.spec, restartPolicy: "Never", containers } },
    },
  };
}

const told = (log: string): Seen =>
  Object.fromEntries([...log.matchAll(/^(\w+): (.*)$/gm)].map(([, name, value]) => [name, value]));
