import { getJson, type Server } from "../clients/https";
import type { Installation } from "../smoke/installation";
import { filledIn, type PanelQuery } from "./queries";

/** The live Prometheus, as Grafana asks it. */

/** Through Thanos Query where there are several of Prometheus. */
export const withPrometheus = <T>(installation: Installation, use: (server: Server) => Promise<T>): Promise<T> =>
  installation.replicas("prometheus") > 1
    ? installation.connect("prometheus", 10902, use, "service/thanos-query")
    : installation.connect("prometheus", 9090, use);

export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

/** @throws Error when Prometheus refuses the expression */
export async function query(server: Server, expr: string): Promise<readonly Sample[]> {
  const path = `/api/v1/query?query=${encodeURIComponent(expr)}`;
  return (await getJson<{ readonly data: { readonly result: readonly Sample[] } }>(server, path)).data.result;
}

export type Outcome = PanelQuery & {
  readonly series: number;
  /** Why it has none, where that is no mistake. */
  readonly excuse: string | undefined;
};

/**
 * Runs every query once.
 * @param unseen metrics that this installation has not -> why; queries that name them may be empty
 */
export async function run(
  server: Server,
  queries: readonly PanelQuery[],
  unseen: Readonly<Record<string, string>>,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const each of queries) {
    const { length: series } = await query(server, filledIn(each.expr));
    const metric = Object.keys(unseen).find((name) => new RegExp(`\\b${name}\\b`).test(each.expr));
    outcomes.push({ ...each, series, excuse: each.empty ?? (metric && `${metric}: ${unseen[metric]}`) });
  }
  return outcomes;
}
