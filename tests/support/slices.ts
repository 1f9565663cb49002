import type { ServiceName } from "../../components/core/catalogue";
import { withRequired } from "../../scripts/lib/proofs/record";
import { rendering } from "./stacks";

/**
 * Parts of the platform that are run end to end by themselves, in the sizes of stack `sandbox`: all services together do not fit
 * on one machine. Each is what it is about and all that has to run for it.
 */
export const slices = {
  compute: withRequired(["spark", "flink", "dbt", "trino", "kafka", "prometheus"]),
  notebooks: withRequired(["keycloak", "trino", "spark", "mlflow", "jupyterlab", "jupyterhub", "prometheus"]),
  pipelines: withRequired(["keycloak", "airflow", "dbt", "great-expectations", "prometheus"]),
  dashboards: withRequired(["keycloak", "trino", "superset", "prometheus"]),
} as const satisfies Record<string, readonly ServiceName[]>;

export type Slice = keyof typeof slices;
export const sliceNames = Object.keys(slices) as Slice[];

/** What changes in the config of stack `sandbox`. */
export const sliceConfig = (name: Slice) => ({ "datalyptica:services": slices[name] });

export const renderedSlice = (name: Slice) =>
  rendering("sandbox", { "datalyptica:services": JSON.stringify(slices[name]) });
