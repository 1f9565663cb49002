import { dbtChecks } from "../sandbox/support/dbt";
import { flinkJobsChecks } from "../sandbox/support/flink-jobs";
import { slices } from "../support/slices";
import { sliceChecks } from "./slice";

describe("compute on a real node: Spark, Flink and dbt over Kafka and the lakehouse", () =>
  sliceChecks("compute", () => {
    describe("a job of Flink's from Kafka to the lakehouse", () => flinkJobsChecks(slices.compute));
    describe("dbt", () => dbtChecks(slices.compute));
  }));
