import { setTimeout as sleep } from "node:timers/promises";
import { getJson, type Server } from "../clients/https";
import { expect, type SmokeCheck, smokeCheck } from "./check";

interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

const query = async (server: Server, expression: string): Promise<readonly Sample[]> => {
  const path = `/api/v1/query?query=${encodeURIComponent(expression)}`;
  return (await getJson<{ readonly data: { readonly result: readonly Sample[] } }>(server, path)).data.result;
};

async function allUp(server: Server, patience: number): Promise<readonly Sample[]> {
  const deadline = Date.now() + patience;
  for (;;) {
    const targets = await query(server, "up");
    const down = targets.filter(({ value }) => value[1] !== "1");
    if (down.length === 0) return targets;
    const names = down.map(({ metric }) => `${metric.job} ${metric.instance}`).sort();
    expect(Date.now() < deadline, `these targets do not answer: ${names.join(", ")}`);
    await sleep(3000);
  }
}

/**
 * Prometheus: all that it scrapes answers, and its rules are evaluated. Where there are several, Thanos Query gives the
 * same, each target once.
 * @param patience milliseconds for all to answer: a pod that has just started counts as down until it is asked again
 */
export const checkWithin = (patience: number): SmokeCheck =>
  smokeCheck("prometheus", async (installation) => {
    const seen = async (server: Server) => {
      const targets = await allUp(server, patience);
      const watchdog = await query(server, 'ALERTS{alertname="Watchdog", alertstate="firing"}');
      expect(watchdog.length === 1, `the alert Watchdog fires ${watchdog.length} times instead of once`);
      return targets.length;
    };
    const targets = await installation.connect("prometheus", 9090, seen);
    expect(targets > 0, "it scrapes nothing");
    if (installation.replicas("prometheus") === 1) return `${targets} targets answer, rules are evaluated`;
    const together = await installation.connect("prometheus", 10902, seen, "service/thanos-query");
    expect(together === targets, `Thanos Query has ${together} targets, Prometheus ${targets}`);
    return `${targets} targets answer, rules are evaluated, and Thanos Query shows each once`;
  });

export const check = checkWithin(150_000);
