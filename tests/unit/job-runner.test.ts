import * as assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import * as fs from "node:fs";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const script = path.join(__dirname, "../../components/core/job-runner/runner.py");

interface Job {
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly { readonly kind: string; readonly name: string; readonly uid?: string }[];
  };
  readonly spec?: unknown;
  status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

const template = {
  metadata: { labels: { part: "run-demo" } },
  spec: { backoffLimit: 0, template: { spec: { containers: [{ name: "dbt", image: "dbt:1" }] } } },
};

/** As much of Kubernetes' API as the runner asks. */
class Api {
  readonly jobs = new Map<string, Job>();
  readonly asked: string[] = [];
  broken = false;
  private readonly server = http.createServer((request, response) => {
    const answer = (status: number, body: unknown) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(typeof body === "string" ? body : JSON.stringify(body));
    };
    let text = "";
    request.on("data", (part: Buffer) => {
      text += part;
    });
    request.on("end", () => {
      const { method, url = "" } = request;
      this.asked.push(`${method} ${url}`);
      assert.equal(request.headers.authorization, "Bearer of-the-account");
      if (this.broken) return answer(500, {});
      if (url.endsWith("/cronjobs/dbt-demo"))
        return answer(200, { metadata: { name: "dbt-demo", uid: "u1" }, spec: { jobTemplate: template } });
      if (url.includes("/pods?"))
        return answer(200, {
          items: [
            {
              metadata: { name: "p", creationTimestamp: "2026-11-26T04:00:00Z" },
              spec: { containers: [{ name: "dbt" }] },
              status: {},
            },
          ],
        });
      if (url.includes("/pods/p/log")) return answer(200, "first\nlast\n");
      if (method === "POST") {
        const job = JSON.parse(text) as Job;
        if (this.jobs.has(job.metadata.name)) return answer(409, {});
        this.jobs.set(job.metadata.name, job);
        return answer(201, job);
      }
      if (url.endsWith("/jobs")) return answer(200, { items: [...this.jobs.values()] });
      const job = this.jobs.get(url.split("/").at(-1) ?? "");
      return job ? answer(200, job) : answer(404, {});
    });
  });

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}

const ended = (type: "Complete" | "Failed") => ({ conditions: [{ type, status: "True" }] });

describe("the runner of Jobs", function () {
  this.timeout(60_000);
  const api = new Api();
  let runner: ChildProcess;
  let folder: string;
  let url: string;
  before(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "runner-"));
    fs.writeFileSync(path.join(folder, "token"), "of-the-account");
    fs.writeFileSync(path.join(folder, "tokens"), JSON.stringify({ airflow: "secret" }));
    const free = http.createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => free.once("listening", resolve));
    const { port } = free.address() as AddressInfo;
    await new Promise((resolve) => free.close(resolve));
    url = `http://127.0.0.1:${port}`;
    const env = {
      PATH: process.env.PATH,
      API: await api.listen(),
      ACCOUNT: folder,
      TOKENS: path.join(folder, "tokens"),
      NAMESPACE: "data",
      JOBS: "dbt-demo dbt-sales",
    };
    runner = spawn("python3", [script, `${port}`], { env, stdio: ["ignore", "inherit", "inherit"] });
    for (let left = 100; ; left--) {
      const answer = await fetch(`${url}/healthz`).catch(() => undefined);
      if (answer?.ok) break;
      assert.ok(left > 0, "it does not answer");
      await sleep(100);
    }
  });
  after(() => {
    runner.kill();
    api.close();
    fs.rmSync(folder, { recursive: true });
  });
  beforeEach(() => {
    api.jobs.clear();
    api.asked.length = 0;
    api.broken = false;
  });

  const ask = async (method: "PUT" | "GET", route: string, token = "secret") => {
    const response = await fetch(`${url}${route}`, { method, headers: { authorization: `Bearer ${token}` } });
    return {
      status: response.status,
      body: (await response.json()) as { job?: string; state?: string; log?: string; error?: string },
    };
  };

  it("makes a Job of what the CronJob says, and of nothing that it is told", async () => {
    assert.deepEqual(await ask("PUT", "/jobs/dbt-demo/runs/a1"), { status: 201, body: { job: "dbt-demo-a1" } });
    const job = api.jobs.get("dbt-demo-a1");
    assert.deepEqual(job?.spec, template.spec);
    assert.deepEqual(job?.metadata.labels, template.metadata.labels);
    assert.equal(job?.metadata.annotations?.["datalyptica.io/started-by"], "airflow");
    assert.deepEqual(
      job?.metadata.ownerReferences?.map(({ kind, name, uid }) => [kind, name, uid]),
      [["CronJob", "dbt-demo", "u1"]],
    );
  });

  it("starts the same run once, however often it is asked", async () => {
    await ask("PUT", "/jobs/dbt-demo/runs/a1");
    assert.equal((await ask("PUT", "/jobs/dbt-demo/runs/a1")).status, 200);
    assert.equal(api.jobs.size, 1);
  });

  it("refuses a second run while one is under way, and not after it", async () => {
    await ask("PUT", "/jobs/dbt-demo/runs/a1");
    const refused = await ask("PUT", "/jobs/dbt-demo/runs/a2");
    assert.equal(refused.status, 409);
    assert.match(refused.body.error ?? "", /dbt-demo-a1 is under way/);
    for (const job of api.jobs.values()) job.status = ended("Failed");
    assert.equal((await ask("PUT", "/jobs/dbt-demo/runs/a2")).status, 201);
  });

  it("tells how a run ends, with the end of its log", async () => {
    await ask("PUT", "/jobs/dbt-demo/runs/a1");
    assert.deepEqual((await ask("GET", "/jobs/dbt-demo/runs/a1")).body, {
      job: "dbt-demo-a1",
      state: "running",
      log: "",
    });
    for (const [type, state] of [
      ["Complete", "succeeded"],
      ["Failed", "failed"],
    ] as const) {
      for (const job of api.jobs.values()) job.status = ended(type);
      const { body } = await ask("GET", "/jobs/dbt-demo/runs/a1");
      assert.deepEqual(body, { job: "dbt-demo-a1", state, log: "first\nlast\n" });
    }
  });

  it("takes a Job that is no run of the CronJob for none", async () => {
    api.jobs.set("dbt-demo-a1", { metadata: { name: "dbt-demo-a1" }, status: ended("Complete") });
    assert.equal((await ask("GET", "/jobs/dbt-demo/runs/a1")).status, 404);
  });

  it("asks Kubernetes nothing for strangers, nor for what is not on its list", async () => {
    for (const token of ["", "secre", "secret2"]) {
      assert.equal((await ask("PUT", "/jobs/dbt-demo/runs/a1", token)).status, 401, token);
    }
    assert.equal((await ask("PUT", "/jobs/minio-provision/runs/a1")).status, 403);
    for (const route of [
      "/jobs/dbt-demo/runs/A",
      "/jobs/dbt-demo/runs/a-b",
      `/jobs/dbt-demo/runs/${"a".repeat(21)}`,
      "/jobs/dbt-demo/runs/a1/x",
      "/jobs/dbt-demo",
    ]) {
      const { status } = await ask("PUT", route);
      assert.ok(status === 404 || status === 403, `${route}: ${status}`);
    }
    assert.deepEqual(api.asked, []);
  });

  it("knows new tokens without a restart", async () => {
    fs.writeFileSync(path.join(folder, "tokens"), JSON.stringify({ airflow: "another" }));
    assert.equal((await ask("PUT", "/jobs/dbt-demo/runs/a1")).status, 401);
    assert.equal((await ask("PUT", "/jobs/dbt-demo/runs/a1", "another")).status, 201);
    fs.writeFileSync(path.join(folder, "tokens"), JSON.stringify({ airflow: "secret" }));
  });

  it("says so when Kubernetes does not answer", async () => {
    api.broken = true;
    const { status, body } = await ask("PUT", "/jobs/dbt-demo/runs/a1");
    assert.equal(status, 502);
    assert.match(body.error ?? "", /the Kubernetes API: HTTP Error 500/);
  });
});
