import { z } from "zod";

/** Streaming jobs in SQL, as stack config declares them. */

/** A job that Flink keeps running. */
export interface FlinkJob {
  /** Unique among the platform's jobs. */
  readonly name: string;
  /** Topics of Kafka that it reads, made where they are absent. */
  readonly reads: readonly string[];
  /** Topics of Kafka that it writes, made where they are absent. */
  readonly writes: readonly string[];
  /** Statements in the order in which they are to be carried out; the last one starts the job. */
  readonly sql: readonly string[];
}

const name = /^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$/;
const topic = z
  .string()
  .regex(/^[a-zA-Z0-9._-]+$/)
  .max(200);
const starts = /^\s*(INSERT|EXECUTE\s+STATEMENT\s+SET)\b/i;

export const flinkJobsSchema = z.record(
  z.string().regex(name),
  z.strictObject({
    reads: z.array(topic).optional(),
    writes: z.array(topic).optional(),
    sql: z.array(z.string().min(1)).min(1),
  }),
);

export const flinkJobsAllowed =
  "name: {sql: [statements], reads?: [topics], writes?: [topics]}; a name of up to 40 lower case letters, digits and '-'";

type Parsed = z.infer<typeof flinkJobsSchema>;

export const flinkJobsOf = (jobs: Parsed): readonly FlinkJob[] =>
  Object.entries(jobs)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { reads = [], writes = [], sql }]) => ({ name, reads, writes, sql }));

/** What is wrong with the jobs beyond each value by itself. */
export function flinkJobsProblems(jobs: readonly FlinkJob[], services: ReadonlySet<string>): readonly string[] {
  const uses = (service: string, those: readonly FlinkJob[]) =>
    those.length > 0 && !services.has(service)
      ? [`datalyptica:flinkJobs needs ${service}, which is not in datalyptica:services`]
      : [];
  return [
    ...uses("flink", jobs),
    ...uses(
      "kafka",
      jobs.filter(({ reads, writes }) => reads.length + writes.length > 0),
    ),
    ...jobs.flatMap(({ name, sql }) => {
      const at = sql.findIndex((statement) => starts.test(statement));
      if (at === sql.length - 1) return [];
      const found =
        at < 0 ? "none of the statements starts a job" : `statement ${at + 1} of ${sql.length} starts a job`;
      return [
        `datalyptica:flinkJobs["${name}"].sql: ${found}; allowed: exactly the last one is INSERT or EXECUTE STATEMENT SET`,
      ];
    }),
  ];
}
