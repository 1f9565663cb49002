import * as assert from "node:assert/strict";
import { RegistryError, SchemaRegistry } from "../../scripts/lib/clients/schema-registry";
import { type Request, tlsServer } from "./smoke.support";

const host = "schema-registry.test-control.svc.cluster.local";
const login = { username: "check", password: "correct" };

async function against(
  respond: (request: Request) => { readonly status?: number; readonly body: unknown },
  use: (registry: SchemaRegistry, requests: readonly Request[]) => Promise<void>,
): Promise<void> {
  const fake = await tlsServer(host, (request, response) => {
    const { status = 200, body } = respond(request);
    response.statusCode = status;
    response.end(JSON.stringify(body));
  });
  try {
    await use(new SchemaRegistry(fake.server, login), fake.requests);
  } finally {
    await fake.close();
  }
}

describe("Schema Registry client", () => {
  it("registers, reads and removes, with its login on each request", () =>
    against(
      ({ method }) => ({ body: method === "POST" ? { id: 7 } : { schema: '{"type":"string"}' } }),
      async (registry, requests) => {
        assert.equal(await registry.register("a/b", { type: "string" }), 7);
        assert.deepEqual(await registry.schema(7), { type: "string" });
        await registry.remove("a/b");
        assert.deepEqual(
          requests.map(({ method, url }) => `${method} ${url}`),
          [
            "POST /subjects/a%2Fb/versions",
            "GET /schemas/ids/7",
            "DELETE /subjects/a%2Fb",
            "DELETE /subjects/a%2Fb?permanent=true",
          ],
        );
        assert.equal(requests[0]?.body, '{"schema":"{\\"type\\":\\"string\\"}"}');
        for (const { headers } of requests) {
          assert.equal(headers.authorization, `Basic ${Buffer.from("check:correct").toString("base64")}`);
        }
      },
    ));

  it("tells what was refused, and with which status", () =>
    against(
      () => ({ status: 401, body: { error_code: 401, message: "Unauthorized" } }),
      (registry) =>
        assert.rejects(registry.schema(7), (error) => {
          assert.ok(error instanceof RegistryError);
          assert.equal(error.status, 401);
          assert.equal(error.message, 'GET /schemas/ids/7: 401 {"error_code":401,"message":"Unauthorized"}');
          return true;
        }),
    ));
});
