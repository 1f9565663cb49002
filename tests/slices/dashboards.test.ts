import { dashboardChecks } from "../sandbox/support/dashboards";
import { sliceChecks } from "./slice";

describe("dashboards on a real node: Superset over Trino", () =>
  sliceChecks("dashboards", () => describe("in a browser", dashboardChecks)));
