import { setTimeout as sleep } from "node:timers/promises";
import { getJson, type Server } from "../clients/https";
import { expect, type SmokeCheck, smokeCheck } from "./check";
import type { Installation } from "./installation";

export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

/** What an expression gives now, asked of Prometheus or of Thanos Query. */
export const query = async (server: Server, expression: string): Promise<readonly Sample[]> => {
  const path = `/api/v1/query?query=${encodeURIComponent(expression)}`;
  return (await getJson<{ readonly data: { readonly result: readonly Sample[] } }>(server, path)).data.result;
};

/** Jobs that are configured and have found nothing to ask. */
async function jobsWithoutTargets(server: Server): Promise<readonly string[]> {
  const { data } = await getJson<{ readonly data: { readonly scrapePools: readonly string[] } }>(
    server,
    "/api/v1/scrape_pools",
  );
  const found = new Set((await query(server, "count by (job) (up)")).map(({ metric }) => metric.job));
  return data.scrapePools.filter((job) => !found.has(job)).sort();
}

/** How many targets answer, or what is wrong. */
async function seen(server: Server): Promise<number | string> {
  const targets = await query(server, "up");
  const down = targets.filter(({ value }) => value[1] !== "1");
  const names = down.map(({ metric }) => `${metric.job} ${metric.instance}`).sort();
  if (down.length > 0) return `these targets do not answer: ${names.join(", ")}`;
  const watchdog = await query(server, 'ALERTS{alertname="Watchdog", alertstate="firing"}');
  if (watchdog.length !== 1) return `the alert Watchdog fires ${watchdog.length} times instead of once`;
  return targets.length > 0 ? targets.length : "it scrapes nothing";
}

async function once(installation: Installation): Promise<{ readonly detail: string; readonly ok: boolean }> {
  const idle = await installation.connect("prometheus", 9090, jobsWithoutTargets);
  if (idle.length > 0) return { detail: `these jobs have no target: ${idle.join(", ")}`, ok: false };
  const alone = await installation.connect("prometheus", 9090, seen);
  if (typeof alone === "string") return { detail: alone, ok: false };
  if (installation.replicas("prometheus") === 1) {
    return { detail: `${alone} targets answer, rules are evaluated`, ok: true };
  }
  const together = await installation.connect("prometheus", 10902, seen, "service/thanos-query");
  if (typeof together === "string") return { detail: `Thanos Query: ${together}`, ok: false };
  const detail = `${alone} targets answer, rules are evaluated, and Thanos Query shows each once`;
  return together === alone
    ? { detail, ok: true }
    : { detail: `Thanos Query has ${together} targets, Prometheus ${alone}`, ok: false };
}

/**
 * Prometheus: all that it scrapes answers, and its rules are evaluated. Where there are several, Thanos Query gives the
 * same, each target once.
 * @param patience milliseconds for that: a pod that has just started counts as down until it is asked again, and each
 *   replica asks in its own time
 */
export const checkWithin = (patience: number): SmokeCheck =>
  smokeCheck("prometheus", async (installation) => {
    const deadline = Date.now() + patience;
    for (;;) {
      const { detail, ok } = await once(installation);
      if (ok) return detail;
      expect(Date.now() < deadline, detail);
      await sleep(3000);
    }
  });

export const check = checkWithin(150_000);
