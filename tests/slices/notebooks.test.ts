import { notebookChecks } from "../sandbox/support/notebooks";
import { sliceChecks } from "./slice";

describe("notebooks and models on a real node: JupyterHub, JupyterLab and MLflow over Trino and Spark", () =>
  sliceChecks("notebooks", () => describe("in a browser", notebookChecks)));
