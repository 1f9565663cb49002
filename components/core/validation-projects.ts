import { z } from "zod";
import type { ServiceName } from "./catalogue";
import { type Project, projectFields, projectsAllowed, projectsOf } from "./projects";

/** Projects of Great Expectations: `datalyptica:validationProjects` of the stack config. */

export const validationProjectsSchema = z.array(
  z.strictObject({
    ...projectFields,
    checkpoints: z
      .array(z.string().regex(/^[\w][\w .-]*$/))
      .min(1)
      .optional(),
  }),
);

export const validationProjectsAllowed = projectsAllowed("checkpoints?: [<name>]");

export interface ValidationProject extends Project {
  /** Those of the project that are run; absent = all. */
  readonly checkpoints: readonly string[] | undefined;
}

/** Beside those of projects, in Kubernetes `great-expectations-<name>`. */
const list = {
  key: "validationProjects",
  service: "great-expectations",
  reserved: ["demo", "docs", "build", "runner"],
} as const;

/** @param problems gets what is wrong between the parts, each by itself being right */
export const validationProjectsOf = (
  parsed: z.infer<typeof validationProjectsSchema>,
  services: ReadonlySet<ServiceName>,
  problems: string[],
): readonly ValidationProject[] => projectsOf(list, parsed, services, problems, ({ checkpoints }) => ({ checkpoints }));
