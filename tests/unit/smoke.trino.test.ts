import * as assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { Trino, TrinoError } from "../../scripts/lib/clients/trino";
import { issue, type Request, tlsServer } from "./smoke.support";

const host = "trino.test-data.svc.cluster.local";
const login = { user: "admin", password: "correct" };

type Respond = (
  request: Request,
) => { readonly status?: number; readonly page?: object; readonly text?: string } | undefined;

/** Runs `use` against a server that speaks for Trino. */
async function against(
  respond: Respond,
  use: (trino: Trino, server: Awaited<ReturnType<typeof tlsServer>>) => Promise<void>,
): Promise<void> {
  const fake = await tlsServer(host, (request, response: ServerResponse) => {
    const answer = respond(request);
    if (!answer) return;
    response.statusCode = answer.status ?? 200;
    response.end(answer.text ?? JSON.stringify(answer.page));
  });
  try {
    await use(new Trino(fake.server, login, "test"), fake);
  } finally {
    await fake.close();
  }
}

/** As Trino writes it: an address that only exists inside the cluster. */
const next = (page: number) => ({ nextUri: `https://${host}:8443/v1/statement/executing/q1/token/${page}?slug=x` });
const columns = [
  { name: "id", type: "bigint" },
  { name: "word", type: "varchar" },
];

describe("Trino client", () => {
  it("collects the rows of all pages, through the forwarded port, with the password on each request", () =>
    against(
      ({ method, url }) => {
        if (method === "POST") return { page: next(1) };
        if (url.endsWith("/1?slug=x")) return { page: { ...next(2), columns, data: [[1, "a"]] } };
        return { page: { columns, data: [[2, "b"]], updateCount: 2 } };
      },
      async (trino, { requests }) => {
        assert.deepEqual(await trino.query("SELECT 1"), {
          columns: ["id", "word"],
          rows: [
            [1, "a"],
            [2, "b"],
          ],
          updateCount: 2,
        });
        assert.deepEqual(
          requests.map(({ method, url }) => `${method} ${url}`),
          [
            "POST /v1/statement",
            "GET /v1/statement/executing/q1/token/1?slug=x",
            "GET /v1/statement/executing/q1/token/2?slug=x",
          ],
        );
        assert.equal(requests[0]?.body, "SELECT 1");
        for (const { headers } of requests) {
          assert.equal(headers.authorization, `Basic ${Buffer.from("admin:correct").toString("base64")}`);
          assert.equal(headers["x-trino-user"], "admin");
          assert.equal(headers["x-trino-source"], "test");
          assert.equal(headers.host, `${host}:8443`);
        }
      },
    ));

  it("reports an error by Trino's name for it", () =>
    against(
      () => ({ page: { error: { message: "line 1:15: Table 'x' does not exist", errorName: "TABLE_NOT_FOUND" } } }),
      (trino) =>
        assert.rejects(trino.query("SELECT * FROM x"), (error) => {
          assert.ok(error instanceof TrinoError);
          assert.equal(error.errorName, "TABLE_NOT_FOUND");
          assert.match(error.message, /^TABLE_NOT_FOUND: line 1:15: .*SELECT \* FROM x/);
          return true;
        }),
    ));

  it("tells a refused password from everything else", () =>
    against(
      () => ({ status: 401, text: "Access Denied: Invalid credentials" }),
      (trino) =>
        assert.rejects(trino.query("SELECT 1"), (error) => {
          assert.ok(error instanceof TrinoError);
          assert.equal(error.status, 401);
          assert.equal(error.message, "Trino refuses user admin: 401 Access Denied: Invalid credentials");
          return true;
        }),
    ));

  it("asks again after 503, as the protocol wants, and not after 500", async () => {
    let busy = 2;
    await against(
      () => (busy-- > 0 ? { status: 503, text: "busy" } : { page: { columns, data: [[1, "a"]] } }),
      async (trino, { requests }) => {
        assert.equal(await trino.value("SELECT 1"), 1);
        assert.equal(requests.length, 3);
      },
    );
    await against(
      () => ({ status: 500, text: "broken\nat line" }),
      async (trino, { requests }) => {
        await assert.rejects(trino.query("SELECT 1"), { message: "Trino: POST /v1/statement: 500 broken" });
        assert.equal(requests.length, 1);
      },
    );
  });

  it("cancels the query when the time is over, between two pages", () =>
    against(
      ({ method }) => (method === "DELETE" ? { status: 204, text: "" } : { page: next(1) }),
      async (trino, { requests }) => {
        await assert.rejects(trino.query("SELECT slow", 200), /no result within 0.2 s: SELECT slow|no answer within/);
        assert.equal(requests.at(-1)?.method, "DELETE");
        assert.equal(requests.at(-1)?.url, "/v1/statement/executing/q1/token/1?slug=x");
      },
    ));

  it("cancels the query when a page does not come", () =>
    against(
      ({ method }) =>
        method === "POST" ? { page: next(1) } : method === "DELETE" ? { status: 204, text: "" } : undefined,
      async (trino, { requests }) => {
        await assert.rejects(
          trino.query("SELECT slow", 300),
          /GET https:\/\/trino\.test-data.*: no answer within 0\.\d+ s/,
        );
        assert.equal(requests.at(-1)?.method, "DELETE");
      },
    ));

  it("refuses a bigint that JSON rounded", () =>
    against(
      () => ({ text: `{"columns":[{"name":"snapshot_id","type":"bigint"}],"data":[[8954597067493422955]]}` }),
      (trino) => assert.rejects(trino.query("SELECT snapshot_id"), /column snapshot_id: .* cast it to varchar/),
    ));

  it("does not talk to a server with another name or of another authority", () =>
    against(
      () => ({ page: { columns, data: [] } }),
      async (_, { server, requests }) => {
        const elsewhere = new Trino({ ...server, host: "other.test-data.svc.cluster.local" }, login, "test");
        await assert.rejects(elsewhere.query("SELECT 1"), /does not match certificate's altnames/);
        const { ca } = issue(host);
        await assert.rejects(new Trino({ ...server, ca }, login, "test").query("SELECT 1"), /certificate/);
        assert.equal(requests.length, 0);
      },
    ));
});
