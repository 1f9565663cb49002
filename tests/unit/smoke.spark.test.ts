import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { Kubectl } from "../../scripts/lib/kubectl";
import type { Installation } from "../../scripts/lib/smoke/installation";
import { clientJob, runClient } from "../../scripts/lib/smoke/spark-client";
import { fakeKubectl } from "./smoke.support";

const cronJob = {
  metadata: { name: "spark-check" },
  spec: {
    jobTemplate: {
      metadata: { labels: { component: "check" } },
      spec: {
        backoffLimit: 2,
        template: {
          metadata: { labels: { component: "check" } },
          spec: {
            restartPolicy: "OnFailure",
            serviceAccountName: "spark",
            containers: [
              {
                name: "check",
                env: [
                  { name: "SPARK_REMOTE", value: "sc://spark" },
                  { name: "RUN", valueFrom: {} },
                  { name: "TABLE", value: "drop" },
                ],
              },
            ],
          },
        },
      },
    },
  },
};

/** A cluster in which the Job ends as given. */
async function within(
  { status, log }: { readonly status: object; readonly log: string },
  use: (installation: Installation, calls: () => readonly string[]) => Promise<void>,
): Promise<void> {
  const fake = fakeKubectl(`
folder="$(dirname "$0")"
echo "$*" >> "$folder/calls"
case "$1 $2" in
  "get cronjob") cat "$folder/cronjob" ;;
  "get job") cat "$folder/job" ;;
  "logs "*) cat "$folder/log" ;;
  "create "*) cat > "$folder/created" ;;
esac`);
  const file = (name: string) => path.join(fake.folder, name);
  fs.writeFileSync(file("cronjob"), JSON.stringify(cronJob));
  fs.writeFileSync(file("job"), JSON.stringify({ metadata: { name: "j" }, status }));
  fs.writeFileSync(file("log"), log);
  const installation = { kubectl: new Kubectl(fake.program), namespace: () => "p-data" } as unknown as Installation;
  try {
    await use(installation, () => fs.readFileSync(file("calls"), "utf8").trim().split("\n"));
  } finally {
    fake.remove();
  }
}

describe("the client of Spark Connect", () => {
  it("is the CronJob's pod, tried once, with the run's name and what becomes of the table", () => {
    const job = clientJob(cronJob, "run-1", "keep");
    assert.deepEqual(job.metadata, { labels: { component: "check" }, name: "run-1" });
    assert.equal(job.spec.backoffLimit, 0);
    const { spec, metadata } = job.spec.template as (typeof cronJob)["spec"]["jobTemplate"]["spec"]["template"];
    assert.deepEqual(metadata, { labels: { component: "check" } });
    assert.equal(spec.restartPolicy, "Never");
    assert.equal(spec.serviceAccountName, "spark");
    assert.deepEqual(spec.containers[0]?.env, [
      { name: "SPARK_REMOTE", value: "sc://spark" },
      { name: "RUN", value: "run-1" },
      { name: "TABLE", value: "keep" },
    ]);
  });

  it("tells what it saw, and its Job is taken away", () =>
    within(
      {
        status: { succeeded: 1 },
        log: "noise\nintruder: UNAUTHENTICATED\nversion: 4.0.4\nrows: 100\nfile: s3://b/t\n",
      },
      async (installation, calls) => {
        const { run, seen } = await runClient(installation, "keep");
        assert.deepEqual(seen, { intruder: "UNAUTHENTICATED", version: "4.0.4", rows: "100", file: "s3://b/t" });
        assert.deepEqual(
          calls().map((call) => call.replaceAll(run, "RUN")),
          [
            "get cronjob spark-check --namespace p-data --output json",
            "create --namespace p-data --filename -",
            "get job RUN --namespace p-data --output json",
            "logs job/RUN --namespace p-data",
            "delete job RUN --namespace p-data --ignore-not-found",
          ],
        );
      },
    ));

  it("that fails is an error with its last words, and its Job is taken away too", () =>
    within(
      { status: { failed: 1 }, log: "Traceback\n  line 1\nAnalysisException: no such table\n" },
      async (installation, calls) => {
        await assert.rejects(runClient(installation, "drop"), /the client failed: .*AnalysisException: no such table/);
        assert.match(calls().at(-1) ?? "", /^delete job/);
      },
    ));
});
