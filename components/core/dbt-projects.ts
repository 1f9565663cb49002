import { z } from "zod";
import type { ServiceName } from "./catalogue";

/** Projects that dbt runs: `datalyptica:dbtProjects` of the stack config. */

/** Engines that a project may be built on. */
export const dbtTargets = ["trino", "clickhouse", "postgresql"] as const satisfies readonly ServiceName[];
export type DbtTarget = (typeof dbtTargets)[number];

/** Names of the platform's own beside those of projects, in Kubernetes `dbt-<name>`. */
const reserved = ["demo", "docs", "build"];

const project = z.strictObject({
  name: z.string().regex(/^[a-z]([-a-z0-9]{0,28}[a-z0-9])?$/),
  /** A repository, by https only. */
  git: z
    .strictObject({
      url: z.url({ protocol: /^https$/ }),
      ref: z.string().regex(/^[\w][\w./-]*$/),
      token: z.string().min(1).optional(),
      egress: z.array(z.string().regex(/^(\d{1,3}\.){3}\d{1,3}\/\d{1,2}:\d{1,5}$/)).min(1),
    })
    .optional(),
  /** A `.tar.gz` in the bucket `dbt`, below `projects/`. */
  bundle: z
    .string()
    .regex(/^[\w][\w./-]*\.(tar\.gz|tgz)$/)
    .optional(),
  directory: z
    .string()
    .regex(/^[\w-]+(\/[\w-]+)*$/)
    .optional(),
  target: z.enum(dbtTargets).optional(),
  schedule: z
    .string()
    .regex(/^([\d*,/-]+\s+){4}[\d*,/-]+$/)
    .optional(),
  staleAfterHours: z.int().min(1).optional(),
});

export const dbtProjectsSchema = z.array(project);

export const dbtProjectsAllowed =
  "a list of {name, git: {url: https://..., ref, token?, egress: [<address block>:<port>]} or bundle: <file>.tar.gz, directory?, target?: trino|clickhouse|postgresql, schedule?: cron in UTC, staleAfterHours?}; names of up to 30 lower case letters, digits and '-'";

/** A project, complete. */
export interface DbtProject {
  readonly name: string;
  /** Where it is fetched from. */
  readonly source:
    | {
        readonly git: string;
        readonly ref: string;
        readonly token?: string | undefined;
        /** Where the repository is, as `<address block>:<port>`: policies know no names. */
        readonly egress: readonly string[];
      }
    | { readonly bundle: string };
  /** Of the project inside what was fetched; default its root. */
  readonly directory: string | undefined;
  readonly target: DbtTarget;
  /** Cron expression, UTC; absent = it runs only when somebody asks. */
  readonly schedule: string | undefined;
  /** Hours from one success to the next at most; only with a schedule. */
  readonly staleAfterHours: number | undefined;
}

/** @param problems gets what is wrong between the parts, each by itself being right */
export function dbtProjectsOf(
  parsed: z.infer<typeof dbtProjectsSchema>,
  services: ReadonlySet<ServiceName>,
  problems: string[],
): readonly DbtProject[] {
  if (parsed.length > 0 && !services.has("dbt")) {
    problems.push("datalyptica:dbtProjects needs dbt, which is not in datalyptica:services");
  }
  const names = parsed.map(({ name }) => name);
  return parsed.flatMap(({ name, git, bundle, directory, target = "trino", schedule, staleAfterHours }, i) => {
    const key = `datalyptica:dbtProjects[${i}]`;
    if (reserved.includes(name)) problems.push(`${key}.name: "${name}" is the platform's own; allowed: another name`);
    if (names.indexOf(name) < i) problems.push(`${key}.name: "${name}" is there twice; allowed: a name for each`);
    if (!services.has(target)) problems.push(`${key}.target: ${target} is not in datalyptica:services`);
    if (staleAfterHours !== undefined && !schedule) {
      problems.push(`${key}.staleAfterHours: ${staleAfterHours} without a schedule; allowed: both or neither`);
    }
    if (!git === !bundle) problems.push(`${key}: "${name}" has ${git ? "both" : "neither"}; allowed: git or bundle`);
    const source = git
      ? { git: git.url, ref: git.ref, token: git.token, egress: git.egress }
      : { bundle: bundle ?? "" };
    const stale = schedule ? (staleAfterHours ?? 26) : undefined;
    return [{ name, source, directory, target, schedule, staleAfterHours: stale }];
  });
}
