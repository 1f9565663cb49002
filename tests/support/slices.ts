import type { ServiceName } from "../../components/core/catalogue";
import { withRequired } from "../../scripts/lib/proofs/record";
import { rendering } from "./stacks";

/**
 * Parts of stack `sandbox` that are run end to end by themselves, since all services together do not fit on one machine: what
 * each adds to the stack's own services, and all that has to run for it.
 */
export const slices = {
  notebooks: {
    adds: ["jupyterlab", "jupyterhub"],
    services: withRequired(["keycloak", "trino", "spark", "mlflow", "jupyterlab", "jupyterhub", "prometheus"]),
  },
} as const satisfies Record<
  string,
  { readonly adds: readonly ServiceName[]; readonly services: readonly ServiceName[] }
>;

export type Slice = keyof typeof slices;
export const sliceNames = Object.keys(slices) as Slice[];

export const renderedSlice = (name: Slice) =>
  rendering("sandbox", { "datalyptica:services": JSON.stringify(slices[name].services) });
