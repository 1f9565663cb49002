import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as path from "node:path";
import { Kubectl } from "../../scripts/lib/kubectl";
import type { Rendered, Stack } from "../../scripts/lib/render";
import { checks, smoke } from "../../scripts/lib/smoke";
import { cleaningUp, refused, smokeCheck } from "../../scripts/lib/smoke/check";
import { table } from "../../scripts/lib/smoke/command";
import { Installation } from "../../scripts/lib/smoke/installation";
import { filesCollected, rendering } from "../support/stacks";
import { type FakeObject, fakeCluster } from "./smoke.support";

/** The objects of a stack as a cluster would return them: those that the program renders. */
const objectsOf = async (stack: Stack) => objectsIn((await rendering(stack)).manifests);

function objectsIn(manifests: Rendered["manifests"]): readonly FakeObject[] {
  return manifests.map(({ apiVersion, metadata, ...fields }) => ({
    ...fields,
    name: metadata.name,
    ...(metadata.namespace ? { namespace: metadata.namespace } : {}),
    ...(metadata.labels ? { labels: metadata.labels } : {}),
    ...("stringData" in fields ? { data: encoded(fields.stringData as Record<string, string>) } : {}),
  }));
}

const encoded = (values: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString("base64")]));

async function within(
  objects: readonly FakeObject[],
  use: (kubectl: Kubectl, folder: string) => Promise<void>,
): Promise<void> {
  const fake = fakeCluster(objects);
  try {
    await use(new Kubectl(fake.program), fake.folder);
  } finally {
    fake.remove();
  }
}

describe("installation", () => {
  let ha: readonly FakeObject[];
  let sandbox: readonly FakeObject[];
  before(async () => {
    ha = await objectsOf("ha");
    sandbox = await objectsOf("sandbox");
  });

  it("is known by its objects: prefix, mode, services, replicas", () =>
    within(ha, async (kubectl) => {
      const installation = await Installation.find(kubectl);
      assert.equal(installation.prefix, "datalyptica");
      assert.equal(installation.mode, "ha");
      assert.deepEqual(installation.services, Object.keys(checks));
      assert.equal(installation.replicas("postgresql"), 3);
      assert.equal(installation.replicas("trino-worker"), 3);
      assert.equal(installation.namespace("trino"), "datalyptica-data");
      assert.equal(installation.namespace("alloy"), "datalyptica-management");
      assert.deepEqual(await installation.urls(), [
        "https://airflow.apps.example.com",
        "https://grafana.apps.example.com",
        "https://jupyter.apps.example.com",
        "https://kafka-ui.apps.example.com",
        "https://keycloak.apps.example.com",
        "https://minio-console.apps.example.com",
        "https://mlflow.apps.example.com",
        "https://superset.apps.example.com",
        "https://trino.apps.example.com",
      ]);
    }));

  it("finds a service where its workloads are, not where its layer is", async () => {
    const { manifests } = await filesCollected();
    await within(objectsIn(manifests), async (kubectl) => {
      const installation = await Installation.find(kubectl);
      assert.equal(installation.namespace("alloy"), "datalyptica-logging");
      assert.equal(installation.namespace("loki"), "datalyptica-management");
    });
  });

  it("tells standalone from ha", () =>
    within(sandbox, async (kubectl) => {
      const installation = await Installation.find(kubectl);
      assert.equal(installation.mode, "standalone");
      assert.equal(installation.replicas("postgresql"), 1);
      assert.equal(installation.replicas("trino-worker"), 0);
    }));

  it("knows buckets and databases with the credentials of their owners", () =>
    within(ha, async (kubectl) => {
      const installation = await Installation.find(kubectl);
      const buckets = await installation.grants("bucket");
      assert.deepEqual(buckets.map(({ owner, name }) => `${owner} ${name}`).sort(), [
        "airflow airflow-dags",
        "airflow airflow-logs",
        "clickhouse clickhouse-backups",
        "clickhouse lakehouse",
        "dbt dbt",
        "flink flink",
        "flink lakehouse",
        "great-expectations data-docs",
        "jupyterlab notebooks",
        "loki loki-chunks",
        "mlflow mlflow",
        "nessie lakehouse",
        "postgresql postgres-backup",
        "prometheus thanos",
        "spark lakehouse",
        "spark landing",
        "spark spark-events",
        "trino lakehouse",
        "trino trino-exchange",
      ]);
      for (const { owner, name, values } of buckets) assert.equal(values.accessKey, `${owner}-${name}`);
      const databases = await installation.grants("database");
      assert.equal(databases.find(({ owner }) => owner === "nessie")?.values.username, "nessie");
    }));

  it("finds fault with replicas that the mode does not allow", () => {
    const scaled = ha.map((each) =>
      each.name === "postgresql" && each.spec ? { ...each, spec: { replicas: 1 } } : each,
    );
    return within(scaled, async (kubectl) => {
      const installation = await Installation.find(kubectl);
      assert.throws(() => installation.replicas("postgresql"), /postgresql: 1 replicas in mode ha; allowed: 3 or 5/);
    });
  });

  it("must be chosen when there are several, and must be there", async () => {
    await within([...ha, ...sandbox], async (kubectl) => {
      assert.equal((await Installation.find(kubectl, "datalyptica")).prefix, "datalyptica");
      await assert.rejects(Installation.find(kubectl), {
        message: "--prefix: not given; allowed, since this cluster has them: datalyptica, datalyptica-sandbox",
      });
      await assert.rejects(Installation.find(kubectl, "other"), /--prefix: "other"; allowed, .*: datalyptica, /);
    });
    await within([], (kubectl) =>
      assert.rejects(Installation.find(kubectl), /no stack in this cluster: .*part-of=datalyptica/),
    );
  });

  it("has its services checked, and each says why it cannot be reached", () =>
    within(sandbox, async (kubectl) => {
      const installation = await Installation.find(kubectl);
      const results = await smoke(installation, ["trino", "minio"]);
      assert.deepEqual(
        results.map(({ service, ok }) => [service, ok]),
        [
          ["minio", false],
          ["trino", false],
        ],
      );
      for (const { detail } of results) assert.match(detail, /^port-forward to service\/.* Current status=Pending$/);
      const [postgresql] = await smoke(installation, ["postgresql"]);
      assert.match(postgresql?.detail ?? "", /endpoints postgresql .*not found/);
    }));

  it("is not asked for a service it does not have", () =>
    within(
      sandbox.filter(({ labels }) => labels?.["app.kubernetes.io/name"] !== "trino"),
      async (kubectl) => {
        const installation = await Installation.find(kubectl);
        await assert.rejects(
          smoke(installation, ["trino"]),
          /the stack has no trino; allowed: minio, postgresql, .*nessie/,
        );
      },
    ));

  it("is checked by a command with exit codes and JSON on stdout", () =>
    within(sandbox, async (_, folder) => {
      const run = (...args: string[]) => {
        const root = path.resolve(__dirname, "../..");
        return spawnSync(process.execPath, ["-r", "ts-node/register/transpile-only", "scripts/smoke.ts", ...args], {
          cwd: root,
          encoding: "utf8",
          env: { ...process.env, PATH: `${folder}:${process.env.PATH}`, TS_NODE_PROJECT: "tsconfig.json" },
        });
      };
      const failed = run("-o", "json", "--services", "nessie");
      assert.equal(failed.status, 1, failed.stderr);
      const { ok, mode, services } = JSON.parse(failed.stdout);
      assert.deepEqual([ok, mode, services[0].service, services[0].ok], [false, "standalone", "nessie", false]);
      const wrong = run("--services", "nesie");
      assert.equal(wrong.status, 2);
      assert.match(wrong.stderr, /"nesie" is none of: minio, postgresql, .*trino/);
      assert.equal(run("--prefix", "other").status, 2);
    })).timeout(60_000);
});

describe("smoke check", () => {
  const installation = {} as Installation;

  it("turns a proof into a result, and a failure into another", async () => {
    const good = await smokeCheck("minio", async () => "seen").run(installation);
    assert.deepEqual({ ...good, seconds: 0 }, { service: "minio", ok: true, detail: "seen", seconds: 0 });
    const bad = await smokeCheck("minio", () => Promise.reject(new Error("no quorum"))).run(installation);
    assert.deepEqual({ ...bad, seconds: 0 }, { service: "minio", ok: false, detail: "no quorum", seconds: 0 });
  });

  it("reports the first failure, not that of cleaning up after it", async () => {
    const fail = (text: string) => () => Promise.reject(new Error(text));
    await assert.rejects(cleaningUp(fail("second"), fail("first")), { message: "first" });
    await assert.rejects(
      cleaningUp(fail("left behind"), async () => "done"),
      { message: "left behind" },
    );
    let clean = false;
    const cleanUp = async () => {
      clean = true;
    };
    await assert.rejects(cleaningUp(cleanUp, fail("first")), { message: "first" });
    assert.ok(clean);
  });

  it("sees to it that what is forbidden is refused, and for the right reason", async () => {
    const byPassword = (error: unknown) => (error as Error).message === "401";
    await refused(() => Promise.reject(new Error("401")), byPassword, "a wrong password");
    await assert.rejects(
      refused(async () => 1, byPassword, "a wrong password"),
      /a wrong password .* was allowed/,
    );
    await assert.rejects(
      refused(() => Promise.reject(new Error("gone")), byPassword, "a wrong password"),
      /failed otherwise: gone/,
    );
  });

  it("is shown in a table", () => {
    assert.equal(
      table(
        ["service", "seconds"],
        [
          ["minio", "1.0"],
          ["postgresql", "10.5"],
        ],
      ),
      "SERVICE      SECONDS\nminio            1.0\npostgresql      10.5",
    );
  });
});
