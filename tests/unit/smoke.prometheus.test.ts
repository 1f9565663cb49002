import * as assert from "node:assert/strict";
import type { Server } from "../../scripts/lib/clients/https";
import { check as alertmanager } from "../../scripts/lib/smoke/alertmanager";
import type { Installation } from "../../scripts/lib/smoke/installation";
import { checkWithin } from "../../scripts/lib/smoke/prometheus";
import { type Request, tlsServer } from "./smoke.support";

/** An installation whose every TLS port is one server; a check is told by the path of what it asks. */
async function against<T>(
  replicas: number,
  respond: (request: Request, target: string) => { readonly status?: number; readonly body: unknown },
  use: (installation: Installation, requests: readonly Request[]) => Promise<T>,
): Promise<T> {
  let target = "";
  const fake = await tlsServer("server.test", (request, response) => {
    const { status = 200, body } = respond(request, target);
    response.statusCode = status;
    response.end(JSON.stringify(body));
  });
  const installation = {
    replicas: () => replicas,
    connect: (_service: string, _port: number, work: (server: Server) => Promise<unknown>, to = "own") => {
      target = to;
      return work(fake.server);
    },
  };
  try {
    return await use(installation as unknown as Installation, fake.requests);
  } finally {
    await fake.close();
  }
}

const samples = (...values: readonly (readonly [string, string])[]) => ({
  data: { result: values.map(([instance, value]) => ({ metric: { job: "kafka", instance }, value: [0, value] })) },
});
const isUp = ({ url }: Request) => url.includes("query=up%20and%20");

describe("smoke check of Prometheus", () => {
  const prometheus = checkWithin(0);
  /** Answers for jobs and their targets come first; the rest is what the test gives. */
  const withJobs =
    (jobs: readonly string[], respond: (request: Request, target: string) => { readonly body: unknown }) =>
    (request: Request, target: string) => {
      if (request.url.endsWith("/scrape_pools")) return { body: { data: { scrapePools: jobs } } };
      if (request.url.includes("count%20by")) return { body: samples(["", "1"]) };
      return respond(request, target);
    };

  it("counts targets, once through Thanos too", async () => {
    const respond = (request: Request) => ({
      body: isUp(request) ? samples(["kafka-0", "1"], ["kafka-1", "1"]) : samples(["", "1"]),
    });
    const result = await against(2, withJobs(["kafka"], respond), (installation) => prometheus.run(installation));
    assert.deepEqual([result.ok, /^2 targets answer/.test(result.detail)], [true, true], result.detail);
  });

  it("names targets that do not answer", async () => {
    const respond = (request: Request) => ({
      body: isUp(request) ? samples(["kafka-0", "1"], ["kafka-1", "0"]) : samples(["", "1"]),
    });
    const { ok, detail } = await against(1, withJobs(["kafka"], respond), (installation) =>
      prometheus.run(installation),
    );
    assert.deepEqual([ok, detail], [false, "these targets do not answer: kafka kafka-1"]);
  });

  it("names jobs that have found no target", async () => {
    const respond = () => ({ body: samples(["kafka-0", "1"]) });
    const { ok, detail } = await against(1, withJobs(["redis", "kafka"], respond), (each) => prometheus.run(each));
    assert.deepEqual([ok, detail], [false, "these jobs have no target: redis"]);
  });

  it("sees when rules are not evaluated, and when Thanos shows targets twice", async () => {
    const idle = (request: Request) => ({ body: isUp(request) ? samples(["kafka-0", "1"]) : samples() });
    assert.match(
      (await against(1, withJobs(["kafka"], idle), (each) => prometheus.run(each))).detail,
      /Watchdog fires 0 times/,
    );
    const twice = (request: Request, target: string) => ({
      body: !isUp(request)
        ? samples(["", "1"])
        : target === "own"
          ? samples(["kafka-0", "1"])
          : samples(["kafka-0", "1"], ["kafka-0", "1"]),
    });
    assert.match(
      (await against(2, withJobs(["kafka"], twice), (each) => prometheus.run(each))).detail,
      /Thanos Query has 2 targets, Prometheus 1/,
    );
  });
});

describe("smoke check of Alertmanager", () => {
  it("makes a silence, finds it at every member, and ends it", async () => {
    const respond = ({ method }: Request) => ({ body: method === "POST" ? { silenceID: "s" } : [{ id: "s" }] });
    await against(3, respond, async (installation, requests) => {
      const { ok, detail } = await alertmanager.run(installation);
      assert.deepEqual([ok, detail], [true, "a silence made at one member is known to all 3"]);
      const seen = requests.map(({ method, url }) => `${method} ${url}`);
      const [read, path] = ["GET /api/v2/silences", "/api/v2/silences"];
      assert.deepEqual(seen, [`POST ${path}`, read, read, read, "DELETE /api/v2/silence/s"]);
    });
  });

  it("tells what was refused", async () => {
    const { ok, detail } = await against(
      1,
      () => ({ status: 400, body: "bad" }),
      (each) => alertmanager.run(each),
    );
    assert.deepEqual([ok, detail], [false, 'POST /api/v2/silences: 400 "bad"']);
  });
});
