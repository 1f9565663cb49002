import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import type { ServiceName } from "../../components/core/catalogue";
import { closed, judge, program } from "../../scripts/lib/smoke/jupyterhub";
import { judge as judgeImage } from "../../scripts/lib/smoke/jupyterlab";
import { tlsServer } from "./smoke.support";

async function asked(status: number, location?: string): Promise<void> {
  const fake = await tlsServer("jupyterhub.test-analytics.svc.cluster.local", (_, response) =>
    response.writeHead(status, location === undefined ? {} : { location }).end(),
  );
  try {
    await closed(fake.server, "/hub/api/users");
  } finally {
    await fake.close();
  }
}

describe("JupyterHub's check", () => {
  it("takes a refusal or the way to the login as closed, and nothing else", async () => {
    await asked(403);
    await asked(302, "https://jupyter.example.com/hub/api/oauth2/authorize?client_id=x");
    await asked(302, "/hub/login?next=x");
    await assert.rejects(asked(200), /was to be refused: 200/);
    await assert.rejects(asked(302, "/user/somebody/lab"), /was to be refused: 302/);
  });

  const has = (...services: readonly ServiceName[]) => ({ prefix: "t", services });
  it("asks from a notebook what the stack has, and what must be closed", () => {
    const all = program(has("trino", "spark", "minio"), "7");
    for (const word of ["tpch.tiny.nation", "SparkSession", "lakehouse.bucket()", "start_run(experiment_id='7')"]) {
      assert.ok(all.includes(word), word);
    }
    const least = program(has());
    for (const input of [all, least])
      execFileSync("python3", ["-c", "import ast, sys; ast.parse(sys.stdin.read())"], { input });
    assert.doesNotMatch(least, /Trino|Spark|S3|mlflow/);
    assert.match(least, /'postgresql\.t-storage\.svc\.cluster\.local', 5432/);
  });

  it("believes the answers only", () => {
    assert.match(
      judge(
        "smoke: Trino 25\nWARNING: old\nsmoke: Spark 1000\nsmoke: S3 smoke\nsmoke: MLflow logged\nsmoke: PostgreSQL closed\n",
      ),
      /asked Trino, Spark, S3, MLflow/,
    );
    assert.match(judge("smoke: PostgreSQL closed\n"), /asked nobody/);
    assert.throws(() => judge("smoke: Trino 24\nsmoke: PostgreSQL closed\n"), /Trino answers "24" instead of "25"/);
    assert.throws(() => judge("smoke: Trino 25\nsmoke: PostgreSQL reached\n"), /PostgreSQL answers "reached"/);
    assert.throws(() => judge("smoke: Trino 25\n"), /the kernel printed smoke: Trino 25/);
  });
});

describe("JupyterLab's check", () => {
  const listed = (jupyterhub: string, pyspark: string) =>
    [
      `jupyterhub-${jupyterhub}.dist-info`,
      "jupyterlab-4.6.6.dist-info",
      `pyspark_client-${pyspark}.dist-info`,
      "trino-0.340.0.dist-info",
      "mlflow_skinny-3.16.1.dist-info",
      "boto3-1.44.8.dist-info",
    ].join("\n");

  it("wants the hub's version and Spark's", () => {
    const services: readonly ServiceName[] = ["spark"];
    assert.match(judgeImage(listed("5.5.4", "4.0.4"), { services }), /JupyterLab 4\.6\.6, PySpark 4\.0\.4/);
    assert.throws(() => judgeImage(listed("5.4.0", "4.0.4"), { services }), /jupyterhub 5\.4\.0 instead of 5\.5\.4/);
    assert.throws(
      () => judgeImage(listed("5.5.4", "4.1.0"), { services }),
      /pyspark_client 4\.1\.0 instead of 4\.0\.4/,
    );
    assert.match(judgeImage(listed("5.5.4", "4.1.0"), { services: [] }), /PySpark 4\.1\.0/);
    assert.throws(() => judgeImage("jupyterhub-5.5.4.dist-info", { services: [] }), /has no jupyterlab/);
  });
});
