import { setTimeout as sleep } from "node:timers/promises";
import { request } from "../clients/https";
import type { KubernetesObject } from "../kubectl";
import { expect, takingTurns } from "./check";
import type { Installation } from "./installation";
import { withBucket } from "./lakehouse";

/** Runs of projects by hand, as a smoke check makes them: dbt's, Great Expectations'. */

/** Seconds for a run, and for what it published to be shown. */
const patience = { run: 900, site: 120 };

/** Demonstrations have their tables once, and Airflow's runs those of others: checks that run side by side take turns. */
export const demonstrationTurn = takingTurns();

/** Where each run adds objects. */
export interface Left {
  readonly bucket: string;
  readonly prefix: string;
}

type Job = KubernetesObject & { readonly status: { readonly succeeded?: number; readonly failed?: number } };

/** A run that ended, and what it left below a prefix of the bucket. */
export interface Ran {
  readonly failed: boolean;
  /** The end of the log of a run that failed. */
  readonly log: string;
  /** Object -> text. */
  readonly added: ReadonlyMap<string, string>;
}

/**
 * Makes a Job of a project's CronJob, waits for its end, and takes the objects away again that it added.
 * @param left bucket and prefix of what each run adds
 * @throws Error when it does not end
 */
export async function runProject(
  installation: Installation,
  service: "dbt" | "great-expectations",
  project: string,
  left: Left,
): Promise<Ran> {
  const { kubectl } = installation;
  const namespace = installation.namespace(service);
  const job = `${service}-check-${Date.now()}`;
  const before = await keys(installation, left);
  await kubectl.run(["create", "job", job, `--from=cronjob/${service}-${project}`, "--namespace", namespace]);
  try {
    const { failed, log } = await ended(installation, namespace, job);
    return { failed, log, added: await takenAway(installation, left, before) };
  } finally {
    await kubectl.run(["delete", "job", job, "--namespace", namespace, "--ignore-not-found", "--wait=false"]);
  }
}

/** What runs have left. */
export const keys = (installation: Installation, { bucket, prefix }: Left): Promise<readonly string[]> =>
  withBucket(installation, bucket, async (s3) => (await s3.list(bucket, prefix)).map(({ key }) => key));

/** Deletes what runs have added since, and gives it: object -> text. */
export async function takenAway(
  installation: Installation,
  left: Left,
  before: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const added = (await keys(installation, left)).filter((key) => !before.includes(key));
  return withBucket(installation, left.bucket, async (s3) => {
    const texts = new Map<string, string>();
    for (const key of added) {
      texts.set(key, await s3.get(left.bucket, key));
      await s3.delete(left.bucket, key);
    }
    return texts;
  });
}

async function ended(installation: Installation, namespace: string, name: string): Promise<Omit<Ran, "added">> {
  const deadline = Date.now() + patience.run * 1000;
  for (;;) {
    const { status } = await installation.kubectl.get<Job>(namespace, "job", name);
    if (status.succeeded) return { failed: false, log: "" };
    const over = Date.now() > deadline;
    if (status.failed || over) {
      const log = await installation.kubectl
        .run(["logs", `job/${name}`, "--namespace", namespace, "--all-containers", "--tail=20"])
        .catch((error: Error) => error.message);
      expect(!over, `Job ${name} did not end within ${patience.run} s: ${log.trim()}`);
      return { failed: true, log: log.trim() };
    }
    await sleep(2000);
  }
}

/**
 * Waits until a site shows what a run has published.
 * @param service the Kubernetes Service in front of it
 * @param paths of the pages that are asked for
 * @param ready whether these are they: then what the caller wants of them, else `undefined`
 */
export async function whenShown<T>(
  installation: Installation,
  service: "dbt" | "great-expectations",
  site: string,
  paths: readonly string[],
  ready: (...pages: readonly string[]) => T | undefined,
): Promise<T> {
  const deadline = Date.now() + patience.site * 1000;
  for (;;) {
    const pages = await installation.connect(
      service,
      8443,
      async (server) => {
        const texts: string[] = [];
        for (const path of paths) texts.push((await request(server, { path })).text);
        return texts;
      },
      `service/${site}`,
    );
    const found = ready(...pages);
    if (found !== undefined) return found;
    const seen = pages.map((page) => page.slice(0, 100)).join(" ");
    expect(Date.now() < deadline, `${site} does not show what the run published: ${seen}`);
    await sleep(2000);
  }
}

/** A run's figures, as the site shows them: whether they are of a run that began lately, and whether it succeeded. */
export function lastRun(figures: string, product: string, project: string) {
  const value = (name: string) =>
    Number(new RegExp(`^${product}_${name}\\{project="${project}".* (\\d+)$`, "m").exec(figures)?.[1] ?? -1);
  return { at: value("last_run_timestamp_seconds"), success: value("run_success") };
}
