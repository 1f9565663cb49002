import * as assert from "node:assert/strict";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { metric } from "../../scripts/lib/clients/metrics";
import { within } from "../../scripts/lib/smoke/check";

const page = `# HELP up Whether it is.
# TYPE up gauge
up 1
lag{group="a",topic="t"} 20
lag{group="ab",topic="t"} 3
lag_sum{group="a",topic="t"} 23
told{message="OK 3 usable, of 3",name="m"} 1.5e+02
`;

describe("metrics of an exporter", () => {
  let server: http.Server;
  let port: number;
  before(async () => {
    server = http.createServer((request, response) => {
      const known = request.url === "/scrape?target=rediss://localhost:26379" || request.url === "/metrics";
      response.writeHead(known ? 200 : 400).end(known ? page : "'target' parameter must be specified");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    port = (server.address() as AddressInfo).port;
  });
  after(() => server.close());

  it("are found by name and labels, and nothing like them", async () => {
    assert.deepEqual(await metric(port, "/metrics", "up"), [1]);
    assert.deepEqual(await metric(port, "/metrics", "lag"), [20, 3]);
    assert.deepEqual(await metric(port, "/metrics", "lag", { group: "a" }), [20]);
    assert.deepEqual(await metric(port, "/metrics", "lag", { topic: "t", group: "b" }), []);
    assert.deepEqual(await metric(port, "/metrics", "told", { name: "m" }), [150]);
    assert.deepEqual(await metric(port, "/metrics", "u"), []);
  });

  it("are asked for with the query, and a refusal is told", async () => {
    assert.deepEqual(await metric(port, "/scrape?target=rediss://localhost:26379", "up"), [1]);
    await assert.rejects(metric(port, "/scrape", "up"), /^Error: \/scrape answered 400: 'target' parameter/);
  });

  it("are waited for, but not for ever", async () => {
    assert.equal(await within(0, async () => 0, "nothing"), 0);
    await assert.rejects(
      within(-1, async () => undefined, "nothing came"),
      { message: "nothing came" },
    );
  });
});
