import { z } from "zod";
import type { ServiceName } from "./catalogue";
import { type Project, projectFields, projectsAllowed, projectsOf } from "./projects";

/** Projects that dbt runs: `datalyptica:dbtProjects` of the stack config. */

/** Engines that a project may be built on. */
export const dbtTargets = ["trino", "clickhouse", "postgresql"] as const satisfies readonly ServiceName[];
export type DbtTarget = (typeof dbtTargets)[number];

export const dbtProjectsSchema = z.array(z.strictObject({ ...projectFields, target: z.enum(dbtTargets).optional() }));

export const dbtProjectsAllowed = projectsAllowed("target?: trino|clickhouse|postgresql");

export interface DbtProject extends Project {
  readonly target: DbtTarget;
}

/** Beside those of projects, in Kubernetes `dbt-<name>`. */
const list = { key: "dbtProjects", service: "dbt", reserved: ["demo", "docs", "build", "runner"] } as const;

/** @param problems gets what is wrong between the parts, each by itself being right */
export const dbtProjectsOf = (
  parsed: z.infer<typeof dbtProjectsSchema>,
  services: ReadonlySet<ServiceName>,
  problems: string[],
): readonly DbtProject[] =>
  projectsOf(list, parsed, services, problems, ({ target = "trino" }, key) => {
    if (!services.has(target)) problems.push(`${key}.target: ${target} is not in datalyptica:services`);
    return { target };
  });
