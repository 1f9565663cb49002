import { z } from "zod";
import type { ServiceName } from "./catalogue";
import { gitSource } from "./projects";

/** Repositories that Airflow takes DAGs from, beside bucket `airflow-dags`: `datalyptica:dagBundles` of the stack config. */

/** Bundles of the platform's own. */
const reserved = ["platform", "bucket"];

const bundle = z.strictObject({
  name: z.string().regex(/^[a-z]([-a-z0-9]{0,28}[a-z0-9])?$/),
  git: gitSource,
  directory: z
    .string()
    .regex(/^[\w-]+(\/[\w-]+)*$/)
    .optional(),
});

export const dagBundlesSchema = z.array(bundle);

export const dagBundlesAllowed =
  "a list of {name, git: {url: https://..., ref, token?, egress: [<address block>:<port>]}, directory?}; names of up to 30 lower case letters, digits and '-'";

export type DagBundle = z.infer<typeof bundle>;

/** What is wrong between the parts, each by itself being right. */
export function dagBundlesProblems(bundles: readonly DagBundle[], services: ReadonlySet<ServiceName>): string[] {
  const names = bundles.map(({ name }) => name);
  return [
    ...(bundles.length > 0 && !services.has("airflow")
      ? ["datalyptica:dagBundles needs airflow, which is not in datalyptica:services"]
      : []),
    ...bundles.flatMap(({ name }, i) => {
      const key = `datalyptica:dagBundles[${i}].name: "${name}"`;
      if (reserved.includes(name)) return [`${key} is the platform's own; allowed: another name`];
      return names.indexOf(name) < i ? [`${key} is there twice; allowed: a name for each`] : [];
    }),
  ];
}
