/** What a drill's clients saw, and what that is worth. */

/** One attempt of a client to do its work: when it was over, in milliseconds, and how it ended. */
export interface Attempt {
  readonly at: number;
  readonly ok: boolean;
}

/** The most a run may take of each, in seconds; nothing acknowledged may ever be lost. */
export interface Limits {
  readonly writeGap: number;
  readonly queryGap: number;
  readonly wholeAfter: number;
}

/** What one run of a drill measured. */
export interface Measured {
  readonly writes: number;
  readonly writesLost: number;
  /** Longest time without an acknowledged write, seconds. */
  readonly writeGap: number;
  readonly queries: number;
  readonly queriesFailed: number;
  /** Longest time without an answered query, seconds. */
  readonly queryGap: number;
  /** From the fault until every replica was ready again and every service did its work, seconds. */
  readonly wholeAfter: number;
}

/** The longest time without a success from `from` to `to` (milliseconds), in seconds; it may have begun before. */
export function longestGap(attempts: readonly Attempt[], from: number, to: number): number {
  const successes = attempts.filter(({ ok, at }) => ok && at <= to).map(({ at }) => at);
  const before = successes.filter((at) => at <= from).at(-1) ?? from;
  const moments = [before, ...successes.filter((at) => at > from), to];
  const gaps = moments.slice(1).map((at, index) => at - (moments[index] ?? at));
  return Math.round(Math.max(...gaps) / 100) / 10;
}

/** Whether a client works again: its last `enough` attempts since the fault all succeeded. */
export function worksAgain(attempts: readonly Attempt[], from: number, enough: number): boolean {
  const since = attempts.filter(({ at }) => at > from);
  return since.length >= enough && since.slice(-enough).every(({ ok }) => ok);
}

/** Everything in which a run fell short of its limits; empty when it passed. */
export function shortcomings(measured: Measured, limits: Limits): string[] {
  const lost = measured.writesLost > 0 ? [`${measured.writesLost} acknowledged writes lost`] : [];
  const slow = (Object.keys(limits) as (keyof Limits)[]).flatMap((key) =>
    measured[key] > limits[key] ? [`${key} ${measured[key]} s, allowed ${limits[key]} s`] : [],
  );
  return [...lost, ...slow];
}
