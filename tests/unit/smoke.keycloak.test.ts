import * as assert from "node:assert/strict";
import { generateKeyPairSync, sign } from "node:crypto";
import type { Server } from "../../scripts/lib/clients/https";
import { clientToken, discover, TokenError, verifiedClaims } from "../../scripts/lib/clients/oidc";
import { type Request, tlsServer } from "./smoke.support";

const host = "keycloak.test-infrastructure.svc.cluster.local";
const certs = "/realms/r/certs";

const pair = () => generateKeyPairSync("rsa", { modulusLength: 2048 });
const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

function tokenOf(key: ReturnType<typeof pair>["privateKey"], claims: object, header: object = {}): string {
  const text = `${encode({ alg: "RS256", kid: "k1", ...header })}.${encode(claims)}`;
  return `${text}.${sign("RSA-SHA256", Buffer.from(text), key).toString("base64url")}`;
}

async function against(
  respond: (request: Request) => { readonly status?: number; readonly body: object },
  use: (server: Server, requests: readonly Request[]) => Promise<void>,
): Promise<void> {
  const fake = await tlsServer(host, (request, response) => {
    const { status = 200, body } = respond(request);
    response.statusCode = status;
    response.end(JSON.stringify(body));
  });
  try {
    await use(fake.server, fake.requests);
  } finally {
    await fake.close();
  }
}

describe("OpenID Connect client", () => {
  const credentials = { clientId: "provisioner", clientSecret: "a+b&c" };

  it("reads what the realm offers", () =>
    against(
      ({ url }) => ({ body: { issuer: url } }),
      async (server) =>
        assert.equal((await discover(server, "/realms/r")).issuer, "/realms/r/.well-known/openid-configuration"),
    ));

  it("asks for a token with the secret in the body, encoded", () =>
    against(
      () => ({ body: { access_token: "t" } }),
      async (server, requests) => {
        assert.equal(await clientToken(server, "/token", credentials), "t");
        assert.equal(requests[0]?.url, "/token");
        assert.deepEqual(Object.fromEntries(new URLSearchParams(requests[0]?.body)), {
          grant_type: "client_credentials",
          client_id: "provisioner",
          client_secret: "a+b&c",
        });
      },
    ));

  it("tells a refused secret, without repeating it", () =>
    against(
      () => ({ status: 401, body: { error: "unauthorized_client" } }),
      (server) =>
        assert.rejects(clientToken(server, "/token", credentials), (error) => {
          assert.ok(error instanceof TokenError);
          assert.equal(error.status, 401);
          assert.equal(error.message, 'no token for client provisioner: 401 {"error":"unauthorized_client"}');
          return true;
        }),
    ));

  it("takes the claims of a token that the realm's key signed, and of no other", async () => {
    const { publicKey, privateKey } = pair();
    const keys = [{ ...publicKey.export({ format: "jwk" }), kid: "k1" }];
    await against(
      ({ url }) => ({ body: url === certs ? { keys } : {} }),
      async (server) => {
        const claims = { iss: "https://keycloak.example.com/realms/r", azp: "provisioner" };
        assert.deepEqual(await verifiedClaims(server, certs, tokenOf(privateKey, claims)), claims);
        const [header, , signature] = tokenOf(privateKey, claims).split(".");
        const wrong = {
          "another key": tokenOf(pair().privateKey, claims),
          "an unknown key": tokenOf(privateKey, claims, { kid: "k2" }),
          "no signature": tokenOf(privateKey, claims, { alg: "none" }),
          "other claims": [header, encode({ ...claims, azp: "other" }), signature].join("."),
        };
        for (const [what, token] of Object.entries(wrong)) {
          await assert.rejects(verifiedClaims(server, certs, token), /signed with none of the keys/, what);
        }
      },
    );
  });
});
