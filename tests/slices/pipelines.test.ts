import { sliceChecks } from "./slice";

// What they must do is Airflow's smoke check: its demonstration runs them all, and is stopped by bad rows.
describe("pipelines on a real node: Airflow over Trino, dbt and Great Expectations", () =>
  sliceChecks("pipelines", () => {}));
