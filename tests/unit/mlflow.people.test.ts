import * as assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { createSign, generateKeyPairSync } from "node:crypto";
import * as fs from "node:fs";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { peopleArguments } from "../../components/analytics/mlflow/door";
import { tool } from "../support/tools";
import { tlsServer } from "./smoke.support";

/** oauth2-proxy itself with the platform's arguments, between a Keycloak and an MLflow that are this test. */

const host = "mlflow.example.com";
const issuer = "https://keycloak.example.com/realms/datalyptica";
const keys = generateKeyPairSync("rsa", { modulusLength: 2048 });
const base64 = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

function signed(claims: object): string {
  const text = `${base64({ alg: "RS256", kid: "k1", typ: "JWT" })}.${base64(claims)}`;
  return `${text}.${createSign("RSA-SHA256").update(text).sign(keys.privateKey).toString("base64url")}`;
}

const free = (): Promise<number> =>
  new Promise((resolve) => {
    const server = http.createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

describe("people at MLflow's door", function () {
  // oauth2-proxy is built at the first time on a machine.
  this.timeout(1_200_000);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "people-"));
  let keycloak: Awaited<ReturnType<typeof tlsServer>>;
  let mlflow: http.Server;
  let proxy: ChildProcess;
  let address: string;
  let said = "";
  /** What the next token says of somebody. */
  let person: { readonly groups: readonly string[]; readonly nonce: string };
  const asked: URLSearchParams[] = [];

  before(async () => {
    const program = await tool("oauth2-proxy", "oauth2-proxy");
    keycloak = await tlsServer("localhost", ({ url, body }, response) => {
      if (url === "/certs") {
        const key = { ...keys.publicKey.export({ format: "jwk" }), kid: "k1", alg: "RS256", use: "sig" };
        response.setHeader("content-type", "application/json");
        return void response.end(JSON.stringify({ keys: [key] }));
      }
      asked.push(new URLSearchParams(body));
      const now = Math.floor(Date.now() / 1000);
      const claims = { iss: issuer, aud: "mlflow", sub: "1", preferred_username: "ada", iat: now, exp: now + 300 };
      response.setHeader("content-type", "application/json");
      response.end(
        JSON.stringify({
          access_token: "a",
          refresh_token: "r",
          id_token: signed({ ...claims, ...person }),
          token_type: "Bearer",
          expires_in: 300,
        }),
      );
    });
    mlflow = http.createServer((request, response) => {
      response.end(JSON.stringify({ url: request.url, headers: request.headers }));
    });
    await new Promise<void>((resolve) => mlflow.listen(0, "127.0.0.1", resolve));
    const { localPort, ca = "" } = keycloak.server;
    const files = { "etc/mlflow-oidc/clientSecret": "s".repeat(32), "etc/mlflow-session/cookie": "c".repeat(32) };
    for (const [name, text] of Object.entries({ ...files, "etc/platform-ca/ca.crt": ca })) {
      fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      fs.writeFileSync(path.join(folder, name), text);
    }
    const port = await free();
    address = `http://127.0.0.1:${port}`;
    const given = peopleArguments(host, {
      clientId: "mlflow",
      issuer,
      authorizationUrl: `${issuer}/auth`,
      tokenUrl: `https://localhost:${localPort}/token`,
      jwksUrl: `https://localhost:${localPort}/certs`,
    });
    const here = given.map((each) =>
      each
        .replace("=/etc/", `=${folder}/etc/`)
        .replace("0.0.0.0:4180", `127.0.0.1:${port}`)
        .replace("127.0.0.1:5000", `127.0.0.1:${(mlflow.address() as AddressInfo).port}`),
    );
    proxy = spawn(program, here, { stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [proxy.stdout, proxy.stderr]) stream?.on("data", (text: Buffer) => (said += text));
    for (let i = 0; i < 100; i++) {
      if (proxy.exitCode !== null) break;
      if (
        await fetch(`${address}/ping`).then(
          ({ ok }) => ok,
          () => false,
        )
      )
        return;
      await sleep(100);
    }
    assert.fail(`oauth2-proxy did not start: ${said}`);
  });

  after(async () => {
    proxy?.kill();
    await keycloak?.close();
    mlflow?.closeAllConnections();
    mlflow?.close();
    fs.rmSync(folder, { recursive: true });
  });

  const ask = (url: string, cookies = "", more: Readonly<Record<string, string>> = {}) =>
    fetch(`${address}${url}`, {
      redirect: "manual",
      headers: { "x-forwarded-proto": "https", "x-forwarded-host": host, cookie: cookies, ...more },
    });
  const cookiesOf = (response: Response) => response.headers.getSetCookie();
  const sent = (cookies: readonly string[]) => cookies.map((each) => each.split(";")[0]).join("; ");

  /** Logs somebody in. @returns the answer to what Keycloak sends the browser back with */
  async function login(...groups: readonly string[]) {
    const first = await ask("/#/experiments");
    const to = new URL(first.headers.get("location") ?? "");
    person = { groups, nonce: to.searchParams.get("nonce") ?? "" };
    const back = `/oauth2/callback?code=c1&state=${encodeURIComponent(to.searchParams.get("state") ?? "")}`;
    return { to, cookies: cookiesOf(first), answer: await ask(back, sent(cookiesOf(first))) };
  }

  it("are led to Keycloak, with a challenge, and back to the Route", async () => {
    const { to, cookies } = await login("admin");
    assert.equal(to.origin + to.pathname, `${issuer}/auth`);
    const parameters = Object.fromEntries(to.searchParams);
    assert.equal(parameters.client_id, "mlflow");
    assert.equal(parameters.redirect_uri, `https://${host}/oauth2/callback`);
    assert.equal(parameters.scope, "openid");
    assert.equal(parameters.code_challenge_method, "S256");
    assert.equal(cookies.length, 1);
    assert.match(cookies[0] ?? "", /^__Host-mlflow_csrf.*; HttpOnly; Secure; SameSite=Lax/);
    const token = asked.at(-1);
    assert.deepEqual([token?.get("code"), token?.get("redirect_uri")], ["c1", `https://${host}/oauth2/callback`]);
    assert.ok((token?.get("code_verifier") ?? "").length >= 43);
  });

  it("get in with a group that may, and MLflow learns nothing that it would believe", async () => {
    const { answer } = await login("viewer", "data_scientist");
    assert.equal(answer.status, 302, said);
    const cookies = cookiesOf(answer).filter((cookie) => /^__Host-mlflow(_\d+)?=[^;]/.test(cookie));
    for (const cookie of cookies) assert.match(cookie, /; Path=\/;.*HttpOnly; Secure; SameSite=Lax/i);
    const page = await ask("/api/2.0/mlflow/experiments/search", sent(cookies));
    assert.equal(page.status, 200);
    const { headers } = (await page.json()) as { readonly headers: Readonly<Record<string, string>> };
    assert.equal(headers.authorization, undefined);
    assert.equal(headers["x-forwarded-user"], undefined);
  });

  it("stay outside without such a group", async () => {
    for (const groups of [["analyst", "viewer"], ["administrator"], []]) {
      const { answer } = await login(...groups);
      assert.equal(answer.status, 403, groups.join());
      assert.ok(!cookiesOf(answer).some((cookie) => /^__Host-mlflow(_\d+)?=[^;]/.test(cookie)));
    }
  });

  it("are refused, not led away, where a program asks", async () => {
    for (const url of ["/api/2.0/mlflow/runs/search", "/ajax-api/2.0/mlflow/runs/search", "/graphql"]) {
      assert.equal((await ask(url)).status, 401, url);
    }
    assert.equal((await ask("/", "", { authorization: "Bearer x" })).status, 302);
  });

  it("show no token of another login", async () => {
    const first = await ask("/");
    const to = new URL(first.headers.get("location") ?? "");
    person = { groups: ["admin"], nonce: "another" };
    const state = encodeURIComponent(to.searchParams.get("state") ?? "");
    const answer = await ask(`/oauth2/callback?code=c1&state=${state}`, sent(cookiesOf(first)));
    assert.ok(answer.status >= 400, `${answer.status}`);
  });
});
