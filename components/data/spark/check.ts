import type { BuiltImage } from "../../core/builds";
import { authorityMount } from "../../core/certificates";
import { plainLines } from "../../core/logs";
import type { Size } from "../../core/profiles";
import type { Account, Service } from "../../core/service";
import { podField, scratch } from "../../core/sources";
import { cronJob } from "../../core/workload";
import { clientEnvironment, type SparkConnect } from "./client";

/** What a client of Spark Connect does to see that Spark works, in a pod of its own. */

/** Where it writes; whoever starts it takes the table away. */
export const checkTable = { schema: "smoke_spark", table: "round_trip", rows: 100 };

/** Variables of one run: its name, which is in every row, and whether the table is to stay (`keep`) or to go (`drop`). */
export const checkVariables = { run: "RUN", table: "TABLE" };

/** Python, which tells what it saw as lines `name: value`. It fails at the first thing that is wrong. */
export const checkScript = `
import os
import re

from pyspark.sql import SparkSession
from pyspark.sql.connect.session import SparkSession as Session
from pyspark.sql.functions import col, lit, udf

namespace, table, rows = "${checkTable.schema}", "${checkTable.schema}.${checkTable.table}", ${checkTable.rows}
run = os.environ["${checkVariables.run}"]


def refusal(token):
    """How a session with this token ends, as gRPC calls it."""
    try:
        Session(f"{os.environ['SPARK_REMOTE']};token={token}").range(1).count()
    except Exception as error:
        code = re.search(r"StatusCode\\.([A-Z_]+)", str(error))
        return code[1] if code else str(error)
    return "it was not refused"


print(f"intruder: {refusal('wrong')}")
spark = SparkSession.builder.getOrCreate()
print(f"version: {spark.version}")
# Rows come from executors, and one column from Python beside them.
double = udf(lambda n: 2 * n, "bigint")
spark.sql(f"CREATE NAMESPACE IF NOT EXISTS {namespace}")
spark.sql(f"CREATE TABLE IF NOT EXISTS {table} (run string, id bigint, doubled bigint) USING iceberg")
spark.range(rows).select(lit(run).alias("run"), "id", double("id").alias("doubled")).writeTo(table).append()
print(f"rows: {spark.table(table).where(col('run') == run).count()}")
print(f"file: {spark.table(f'{table}.files').first().file_path}")
if os.environ["${checkVariables.table}"] == "drop":
    spark.sql(f"DROP TABLE {table}")
    spark.sql(f"DROP NAMESPACE {namespace}")
spark.stop()
`.trim();

/** With Pandas and Arrow, which PySpark loads. */
const size: Size = { replicas: 1, cpu: "50m", memory: "256Mi", cpuLimit: "1", memoryLimit: "768Mi" };

/** The pod, as a CronJob that never runs by itself: the smoke check makes Jobs of it. */
export function checkClient(service: Service, image: BuiltImage, account: Account, access: SparkConnect): void {
  cronJob(service, {
    name: "spark-check",
    component: "check",
    account,
    size,
    uses: [image, access],
    containers: [
      {
        name: "check",
        image: image.reference,
        logs: plainLines,
        command: ["python3", "-c", checkScript],
        env: {
          HOME: "/tmp",
          [checkVariables.run]: podField("metadata.name"),
          [checkVariables.table]: "drop",
          ...clientEnvironment(access),
        },
        resources: size,
        mounts: [scratch("tmp", "/tmp", "64Mi"), authorityMount(service)],
      },
    ],
  });
}
