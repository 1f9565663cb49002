/** Series as promtool reads them, a value a minute from the start. */

/** Series -> values; `5x150` stays, `0+60x150` grows by one a second. They are looked at after two hours. */
export type Series = Readonly<Record<string, string>>;

export interface Case {
  readonly fires: readonly Series[];
  readonly silent: readonly Series[];
  /** When the test begins, for alerts on a date. Default 1970. */
  readonly start?: string;
  /** Another time for the silent cases. */
  readonly silentStart?: string;
  /** After how long it is looked. Default `2h`. */
  readonly at?: string;
}

export const n = (value: number | string): string => `${value}x400`;
/** Grows by so much a second. */
export const rising = (perSecond: number): string => `0+${60 * perSecond}x400`;

/** Gauges by pod: value of each of a workload's pods. */
export const pods = (metric: string, job: string, values: readonly (number | string)[], labels = ""): Series =>
  Object.fromEntries(values.map((value, i) => [`${metric}{job="${job}", pod="${job}-${i}"${labels}}`, n(value)]));

export const ratio = (metric: string, job: string, good: number, bad: number): Series => ({
  [`${metric}{job="${job}", status="200"}`]: rising(good),
  [`${metric}{job="${job}", status="503"}`]: rising(bad),
});

/** At the third day: a CronJob that never succeeded after the first one's beginning, and one that did the day before. */
export const backupTooOld = (cronJob: string): Case => {
  const series = `kube_cronjob_status_last_successful_time{namespace="s", cronjob="${cronJob}"}`;
  return { start: "1970-01-03T00:00:00Z", fires: [{ [series]: n(0) }], silent: [{ [series]: n(160_000) }] };
};
