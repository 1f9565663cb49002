import type { Mutant } from "./mutants";

/** Mistakes in the layer of models and analyses. */
export const analytics: readonly Mutant[] = [
  {
    what: "MLflow that others reach past its door",
    file: "components/analytics/mlflow/config.ts",
    from: '"--host=127.0.0.1"',
    to: '"--host=0.0.0.0"',
  },
  {
    what: "MLflow's clients sent to the bucket",
    file: "components/analytics/mlflow/config.ts",
    from: '  "--serve-artifacts",\n',
    to: '  "--default-artifact-root=s3://mlflow/artifacts",\n',
  },
  {
    what: "a door that leads people past their login",
    file: "components/analytics/mlflow/door.ts",
    from: "  default_backend people`",
    to: "  default_backend mlflow`",
  },
  {
    what: "a client of MLflow's that asks for a host which it refuses",
    file: "components/analytics/mlflow.ts",
    from: "...names.map((name) => `${name}:${config.ports.https}`)",
    to: "...names",
  },
  {
    what: "MLflow's servers before its tables",
    file: "components/analytics/mlflow.ts",
    from: "oidc, { reaches: [], ready: [this.schema().resource] }]",
    to: "oidc]",
  },
  {
    what: "more connections to MLflow's database than its role may have",
    file: "components/analytics/mlflow/config.ts",
    from: "(size.replicas + 1) * connectionsOf",
    to: "size.replicas * connectionsOf",
  },
];
