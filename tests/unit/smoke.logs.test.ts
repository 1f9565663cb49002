import * as assert from "node:assert/strict";
import type { Server } from "../../scripts/lib/clients/https";
import { checkWithin as alloyWithin } from "../../scripts/lib/smoke/alloy";
import type { SmokeCheck } from "../../scripts/lib/smoke/check";
import type { Installation } from "../../scripts/lib/smoke/installation";
import { checkWithin as lokiWithin } from "../../scripts/lib/smoke/loki";
import { type Request, tlsServer } from "./smoke.support";

interface Answer {
  readonly status?: number;
  readonly body?: unknown;
}

const daemonSet = (wanted: number, ready?: number) => ({
  metadata: { name: "alloy" },
  status: { desiredNumberScheduled: wanted, ...(ready === undefined ? {} : { numberReady: ready }) },
});

/** Runs a check against one server behind every port. */
async function run(
  check: SmokeCheck,
  respond: (request: Request, target: string) => Answer,
  sets: readonly unknown[] = [],
) {
  let target = "";
  const fake = await tlsServer("server.test", (request, response) => {
    const { status = 200, body } = respond(request, target);
    response.statusCode = status;
    response.end(body === undefined ? "" : JSON.stringify(body));
  });
  const installation = {
    prefix: "datalyptica",
    connect: (service: string, _port: number, use: (server: Server) => Promise<unknown>, to = `service/${service}`) => {
      target = to;
      return use(fake.server);
    },
    objects: async () => sets,
  };
  try {
    const result = await check.run(installation as unknown as Installation);
    return { ...result, requests: fake.requests };
  } finally {
    await fake.close();
  }
}

const streams = (...lines: readonly (readonly [labels: Record<string, string>, text: string])[]): Answer => ({
  body: { data: { result: lines.map(([stream, text]) => ({ stream, values: [["1", text]] })) } },
});
const query = ({ url }: Request) => new URL(url, "https://x").searchParams.get("query") ?? "";

describe("smoke check of Loki", () => {
  const loki = lokiWithin(0);
  const text = ({ body }: Request): string => JSON.parse(body).streams[0].values[0][1];

  /** Gives back what was written, so many times. */
  function store(times: number) {
    let written = "";
    return (request: Request, target: string): Answer => {
      if (request.method === "POST") {
        assert.equal(target, "service/loki-write");
        written = text(request);
        return { status: 204 };
      }
      assert.equal(target, "service/loki");
      assert.ok(query(request).includes(JSON.stringify(written)), query(request));
      return streams(...Array.from({ length: times }, () => [{ app: "platform-check" }, written] as const));
    };
  }

  it("writes a line through the writers and finds it through the readers", async () => {
    const { ok, detail, requests } = await run(loki, store(1));
    assert.ok(ok && /found/.test(detail), detail);
    const [{ streams: [stream] = [] } = { streams: [] }] = [JSON.parse(requests[0]?.body ?? "{}")];
    assert.match(stream.values[0][0], /^\d{19}$/);
  });

  it("finds fault with a line that is lost, one that is there twice, and one that is not taken", async () => {
    assert.match((await run(loki, store(0))).detail, /is not found after 0 s/);
    assert.match((await run(loki, store(2))).detail, /one line was written, and 2 were found/);
    const refused = await run(loki, () => ({ status: 500, body: { error: "at least 2 live replicas required" } }));
    assert.deepEqual(
      [refused.ok, /500 .*at least 2 live replicas/.test(refused.detail)],
      [false, true],
      refused.detail,
    );
  });

  it("writes another line each time", async () => {
    const first = (await run(loki, store(1))).requests[0];
    const second = (await run(loki, store(1))).requests[0];
    assert.ok(first && second);
    assert.notEqual(text(first), text(second));
  });
});

describe("smoke check of Alloy", () => {
  const alloy = alloyWithin(0);
  const labels = {
    ...{ cluster: "datalyptica-ha", namespace: "datalyptica-data", app: "trino", component: "worker" },
    ...{ container: "trino", pod: "trino-worker-0", detected_level: "info" },
  };

  it("is content with a pod on each node and a line with all its labels", async () => {
    const { ok, detail, requests } = await run(alloy, () => streams([labels, "x"]), [daemonSet(8, 8)]);
    assert.ok(ok, detail);
    assert.match(detail, /8 nodes; a line of trino \(trino-worker-0\)/);
    assert.equal(query(requests[0] as Request), '{namespace=~"datalyptica-.+"}');
  });

  it("finds fault with nodes without it, with silence, and with a line that lacks a label", async () => {
    const found = () => streams([labels, "x"]);
    assert.match((await run(alloy, found, [])).detail, /it is on no node/);
    assert.match((await run(alloy, found, [daemonSet(8, 7)])).detail, /ready on 7 of 8 nodes/);
    assert.match((await run(alloy, found, [daemonSet(8)])).detail, /ready on 0 of 8 nodes/);
    assert.match(
      (await run(alloy, () => streams(), [daemonSet(1, 1)])).detail,
      /no line of a platform pod came to Loki/,
    );
    const { pod: _, ...less } = labels;
    assert.match((await run(alloy, () => streams([less, "x"]), [daemonSet(1, 1)])).detail, /lacks pod; it has/);
  });
});
