import type { Installation } from "../smoke/installation";
import { ready, until, works } from "./cluster";
import { type Drill, type DrillName, drills } from "./drills";
import { startReader, startWriter } from "./load";
import { longestGap, type Measured, shortcomings, worksAgain } from "./measure";

/** What docs/drills.json keeps: each drill's last recorded runs, and where they were made. */
export interface DrillRecord {
  readonly machine: { readonly cores: number; readonly memoryGiB: number };
  readonly nodes: number;
  readonly runs: readonly Run[];
}

/** One run of a drill. */
export interface Run extends Measured {
  readonly drill: DrillName;
  /** YYYY-MM-DD. */
  readonly date: string;
  readonly target: string;
  /** In what it fell short; empty when it passed. */
  readonly failures: readonly string[];
}

/** Runs a drill on each of its targets. @param finished told of each run */
export async function runDrill(
  installation: Installation,
  name: DrillName,
  finished: (run: Run) => void,
): Promise<void> {
  const drill: Drill = drills[name];
  for (const target of await drill.targets(installation)) {
    const measured = await rehearse(installation, drill, target);
    const date = new Date().toISOString().slice(0, 10);
    finished({ drill: name, date, target, ...measured, failures: shortcomings(measured, drill.limits) });
  }
}

/** Load, fault, recovery, mending, and what the clients and the cluster say about it. */
async function rehearse(installation: Installation, drill: Drill, target: string): Promise<Measured> {
  await until("the stack is whole before the drill", 600, () => ready(installation));
  const [writer, reader] = [await startWriter(installation), await startReader(installation)];
  const [writes, queries] = [writer.load.attempts, reader.load.attempts];
  try {
    const begin = Date.now();
    await until("the clients work", 60, () => worksAgain(writes, begin, 20) && worksAgain(queries, begin, 3));
    const fault = Date.now();
    await drill.inject(installation, target);
    const known = Date.now();
    await until("the clients work again", 300, () => worksAgain(writes, known, 20) && worksAgain(queries, known, 3));
    await drill.mend?.(installation, target);
    await until("every replica is ready again", drill.limits.wholeAfter, () => ready(installation));
    const end = Date.now();
    await reader.finish();
    const clients = {
      ...(await writer.finish()),
      writeGap: longestGap(writes, fault, end),
      queries: queries.length,
      queriesFailed: queries.filter(({ ok }) => !ok).length,
      queryGap: longestGap(queries, fault, end),
    };
    await until("every smoke check passes again", drill.limits.wholeAfter, () => works(installation));
    return { ...clients, wholeAfter: Math.round((Date.now() - fault) / 1000) };
  } finally {
    await Promise.all([writer.load.stop(), reader.finish()]);
  }
}
