import { z } from "zod";
import type { ServiceName } from "./catalogue";

/** Projects of data teams that Jobs fetch and run, as the stack config names them: dbt's, Great Expectations'. */

/** A repository, by https only. */
export const gitSource = z.strictObject({
  url: z.url({ protocol: /^https$/ }),
  ref: z.string().regex(/^[\w][\w./-]*$/),
  token: z.string().min(1).optional(),
  egress: z.array(z.string().regex(/^(\d{1,3}\.){3}\d{1,3}\/\d{1,2}:\d{1,5}$/)).min(1),
});

/** Fields of every such project; a service may add its own. */
export const projectFields = {
  name: z.string().regex(/^[a-z]([-a-z0-9]{0,28}[a-z0-9])?$/),
  git: gitSource.optional(),
  /** A `.tar.gz` in the service's bucket, below `projects/`. */
  bundle: z
    .string()
    .regex(/^[\w][\w./-]*\.(tar\.gz|tgz)$/)
    .optional(),
  directory: z
    .string()
    .regex(/^[\w-]+(\/[\w-]+)*$/)
    .optional(),
  schedule: z
    .string()
    .regex(/^([\d*,/-]+\s+){4}[\d*,/-]+$/)
    .optional(),
  staleAfterHours: z.int().min(1).optional(),
};

const base = z.strictObject(projectFields);

/** What a list of projects may hold, for error messages. @param own the service's own fields */
export const projectsAllowed = (own: string): string =>
  `a list of {name, git: {url: https://..., ref, token?, egress: [<address block>:<port>]} or bundle: <file>.tar.gz, directory?, ${own}, schedule?: cron in UTC, staleAfterHours?}; names of up to 30 lower case letters, digits and '-'`;

/** A project, complete. */
export interface Project {
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
  /** Cron expression, UTC; absent = it runs only when somebody asks. */
  readonly schedule: string | undefined;
  /** Hours from one success to the next at most; only with a schedule. */
  readonly staleAfterHours: number | undefined;
}

/** The list that a service runs: the key of the stack config, and names that it has for itself beside those of projects. */
interface ProjectList {
  readonly key: string;
  readonly service: ServiceName;
  readonly reserved: readonly string[];
}

/**
 * @param own the service's own fields of a project, whose key it is told for messages
 * @param problems gets what is wrong between the parts, each by itself being right
 */
export function projectsOf<P extends z.infer<typeof base>, Own extends object>(
  { key, service, reserved }: ProjectList,
  parsed: readonly P[],
  services: ReadonlySet<ServiceName>,
  problems: string[],
  own: (project: P, key: string) => Own,
): readonly (Project & Own)[] {
  if (parsed.length > 0 && !services.has(service)) {
    problems.push(`datalyptica:${key} needs ${service}, which is not in datalyptica:services`);
  }
  const names = parsed.map(({ name }) => name);
  return parsed.map((project, i) => {
    const { name, git, bundle, directory, schedule, staleAfterHours } = project;
    const at = `datalyptica:${key}[${i}]`;
    if (reserved.includes(name)) problems.push(`${at}.name: "${name}" is the platform's own; allowed: another name`);
    if (names.indexOf(name) < i) problems.push(`${at}.name: "${name}" is there twice; allowed: a name for each`);
    if (staleAfterHours !== undefined && !schedule) {
      problems.push(`${at}.staleAfterHours: ${staleAfterHours} without a schedule; allowed: both or neither`);
    }
    if (!git === !bundle) problems.push(`${at}: "${name}" has ${git ? "both" : "neither"}; allowed: git or bundle`);
    const source = git
      ? { git: git.url, ref: git.ref, token: git.token, egress: git.egress }
      : { bundle: bundle ?? "" };
    const stale = schedule ? (staleAfterHours ?? 26) : undefined;
    return { name, source, directory, schedule, staleAfterHours: stale, ...own(project, at) };
  });
}
