import * as assert from "node:assert/strict";
import {
  connections,
  databaseUri,
  keyFiles,
  serverArguments,
  workersOf,
} from "../../components/analytics/mlflow/config";
import { doorConfig, peopleArguments, usersFile } from "../../components/analytics/mlflow/door";
import { startScript } from "../../components/analytics/mlflow/scripts";
import { runScript } from "../support/scripts";

describe("MLflow's processes", () => {
  it("are as many as memory carries, and never none", () => {
    assert.deepEqual(
      ["640Mi", "1Gi", "1536Mi", "4Gi"].map((memory) => workersOf({ memory })),
      [1, 1, 2, 5],
    );
  });

  it("open no more connections than their role may have, while pods are rolled too", () => {
    // Pools of 3 and 3 more, for runs and for models.
    assert.equal(connections({ replicas: 1, memory: "1Gi" }), 2 * (1 * 12 + 4) + 6);
    assert.equal(connections({ replicas: 2, memory: "1536Mi" }), 3 * (2 * 12 + 4) + 6);
  });

  it("verify the database's certificate and have no password in its address", () => {
    const uri = new URL(databaseUri({ host: "postgresql", port: 5432, database: "mlflow" }));
    assert.deepEqual([uri.username, uri.password, uri.pathname], ["mlflow", "", "/mlflow"]);
    assert.equal(uri.searchParams.get("sslmode"), "verify-full");
    assert.equal(uri.searchParams.get("passfile"), keyFiles.database);
  });

  it("serve artifacts themselves: a root of its own would send clients to the bucket", () => {
    const run = serverArguments("mlflow", 2);
    assert.ok(run.includes("--artifacts-destination=s3://mlflow/artifacts"));
    assert.ok(!run.some((argument) => argument.startsWith("--default-artifact-root")));
    assert.ok(run.includes("--host=127.0.0.1"));
  });

  it("find the secrets where libraries look for them, in files of their own", async () => {
    const here = startScript.replaceAll("/run/mlflow/", "/tmp/keys/");
    const mounted = { "etc/mlflow-database/password": "p1", "tmp/keys/.keep": "" };
    const show = "exec stat -c %a tmp/keys/pgpass";
    const server = await runScript(here.replace('exec "$@"', show), {
      ...mounted,
      "etc/mlflow-bucket/accessKey": "a1",
      "etc/mlflow-bucket/secretKey": "s1",
    });
    assert.equal(server.stderr, "");
    assert.equal(server.file("tmp/keys/pgpass"), "*:*:*:*:p1\n");
    assert.equal(server.file("tmp/keys/s3"), "[default]\naws_access_key_id=a1\naws_secret_access_key=s1\n");
    // libpq reads no password that others could read.
    assert.equal(server.stdout, "600\n");
    const job = await runScript(here.replace('exec "$@"', show), mounted);
    assert.equal(job.file("tmp/keys/s3"), undefined);
  });
});

describe("MLflow's door", () => {
  it("believes nothing that requests tell of where they are from", () => {
    for (const people of [true, false]) {
      const lines = doorConfig("mlflow.example.com", people, "/tls/server.pem")
        .split("\n")
        .map((line) => line.trim());
      const removed = lines.indexOf("http-request del-header X-Forwarded- -m beg");
      assert.ok(removed > 0 && removed < lines.indexOf("http-request set-header X-Forwarded-For %[src]"));
    }
  });

  it("lets nobody to MLflow who is no service, unless people can log in", () => {
    const alone = doorConfig("mlflow.example.com", false, "/tls/server.pem");
    assert.match(
      alone,
      /http-request auth realm MLflow unless \{ http_auth\(services\) \}\n {2}default_backend mlflow/,
    );
    assert.doesNotMatch(alone, /backend people/);
    const both = doorConfig("mlflow.example.com", true, "/tls/server.pem");
    assert.match(
      both,
      /auth realm MLflow if password !\{ http_auth\(services\) \}\n {2}use_backend mlflow if password\n/,
    );
    assert.match(both, /\n {2}default_backend people\nfrontend inside/);
  });

  it("shows on its plain port metrics and nothing else", () => {
    const [, inside = ""] = doorConfig("mlflow.example.com", true, "/tls/server.pem").split("frontend inside");
    assert.match(inside, /deny unless \{ path \/metrics \}/);
  });

  it("knows services by name and password", () => {
    const users = [
      { name: "admin", password: "a1" },
      { name: "airflow", password: "b2" },
    ];
    assert.equal(
      usersFile(users),
      "userlist services\n  user admin insecure-password a1\n  user airflow insecure-password b2\n",
    );
  });

  it("admits those who may build models, and no others", () => {
    const urls = { issuer: "i", authorizationUrl: "a", tokenUrl: "t", jwksUrl: "j" };
    const groups = peopleArguments("mlflow.example.com", { clientId: "mlflow", ...urls }).filter((argument) =>
      argument.startsWith("--allowed-group="),
    );
    assert.deepEqual(groups.map((argument) => argument.split("=")[1]).sort(), [
      "admin",
      "data_engineer",
      "data_scientist",
    ]);
  });
});
