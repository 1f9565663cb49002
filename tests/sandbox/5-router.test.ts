import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import { routerAddress } from "../../sandbox/lib/network";
import {
  apply,
  ask,
  folder,
  host,
  lowered,
  namespace,
  other,
  route,
  routes,
  type Said,
  selfSigned,
  server,
  verdicts,
} from "./support/routes";
import { eventually, inSandbox, ownSandbox, realNodes } from "./support/sandbox";

describe("the router", () => {
  ownSandbox(...realNodes(1));
  const own = selfSigned(host("own"));
  const pods = selfSigned("pods");
  const reencrypt = (destinationCACertificate?: string) => ({
    spec: { port: { targetPort: 8443 } },
    tls: { termination: "reencrypt", ...(destinationCACertificate ? { destinationCACertificate } : {}) },
  });

  before(async () => {
    apply(...[namespace, other].map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } })));
    apply(
      {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "tls", namespace },
        stringData: { "tls.crt": pods.certificate, "tls.key": pods.key },
      },
      ...server("one", 1),
      ...server("two", 2),
    );
    for (const name of ["one", "two"]) {
      inSandbox("kubectl", "rollout", "status", `deployment/${name}`, "-n", namespace, "--timeout=120s");
    }
    await routes(
      route("edge", { annotations: { hsts_header: "max-age=31536000", timeout: "1s" } }),
      route("redirect", { tls: { insecureEdgeTerminationPolicy: "Redirect" } }),
      route("allow", { tls: { insecureEdgeTerminationPolicy: "Allow" } }),
      route("plain", { tls: null }),
      route("below", { spec: { host: host("edge"), path: "/below", to: { kind: "Service", name: "two" } } }),
      route("own", { tls: { key: own.key, certificate: own.certificate } }),
      route("verified", reencrypt(pods.certificate)),
      route("mistrusted", reencrypt(own.certificate)),
      route("unknown-authority", reencrypt()),
      route("passthrough", { spec: { port: { targetPort: "https" } }, tls: { termination: "passthrough" } }),
      route("two", { spec: { to: { kind: "Service", name: "two" } } }),
      route("free", { spec: { to: { kind: "Service", name: "two" } }, annotations: { disable_cookies: "true" } }),
    );
  });
  after(() => fs.rmSync(folder, { recursive: true }));

  it("ends TLS with the sandbox's certificate and tells the pod who asked for what", async () => {
    const { status, headers, certificate, said } = await ask(`https://${host("edge")}/a?0`);
    assert.equal(status, 200);
    assert.equal(certificate, host("*"));
    assert.equal(headers["strict-transport-security"], "max-age=31536000");
    assert.equal(said.path, "/a?0");
    assert.equal(said.from, routerAddress);
    const { forwarded, ...seen } = lowered(said.headers);
    assert.equal(seen["x-forwarded-for"], "127.0.0.1");
    assert.equal(seen["x-forwarded-host"], host("edge"));
    assert.equal(seen["x-forwarded-port"], "443");
    assert.equal(seen["x-forwarded-proto"], "https");
    assert.equal(forwarded, `for=127.0.0.1;host=${host("edge")};proto=https`);
  });

  it("does with plain HTTP what the Route says", async () => {
    const redirected = await ask(`http://${host("redirect")}/a/b?c=d`);
    assert.equal(redirected.status, 302);
    assert.equal(redirected.headers.location, `https://${host("redirect")}/a/b?c=d`);
    for (const name of ["allow", "plain"]) {
      const { said } = await ask(`http://${host(name)}/`);
      assert.equal(lowered(said.headers)["x-forwarded-proto"], "http", name);
    }
    assert.equal((await ask(`http://${host("edge")}/`)).status, 503);
    assert.equal((await ask(`https://${host("plain")}/`)).status, 503);
  });

  it("prefers the Route with the longer path, and cuts paths at slashes only", async () => {
    const pod = async (where: string) => (await ask(`https://${host("edge")}${where}`)).said.pod.split("-")[0];
    const found = await Promise.all(["/", "/below", "/below/", "/below/x", "/belows"].map(pod));
    assert.deepEqual(found, ["one", "two", "two", "two", "one"]);
  });

  it("says that there is no such application", async () => {
    for (const url of [`http://${host("nobody")}/`, `https://${host("nobody")}/`]) {
      const { status, headers, text } = await ask(url);
      assert.equal(status, 503);
      assert.equal(headers["content-type"], "text/html");
      assert.match(text, /Application is not available/);
    }
  });

  it("speaks TLS to pods whose certificate it can verify, and to no others", async () => {
    const { status, certificate, said } = await ask(`https://${host("verified")}/`);
    assert.deepEqual([status, certificate, said.path], [200, host("*"), "/"]);
    assert.equal((await ask(`https://${host("mistrusted")}/`)).status, 503);
    assert.equal((await ask(`https://${host("unknown-authority")}/`)).status, 503);
  });

  it("leaves TLS to the pods of a passthrough Route", async () => {
    await assert.rejects(ask(`https://${host("passthrough")}/`), /self-signed certificate/);
    await assert.rejects(ask(`https://${host("passthrough")}/`, {}, [pods.certificate]), /does not match/);
  });

  it("shows a Route's own certificate", async () => {
    const { status, certificate } = await ask(`https://${host("own")}/`, {}, [own.certificate]);
    assert.deepEqual([status, certificate], [200, host("own")]);
  });

  it("waits for a pod as long as the Route says", async () => {
    assert.equal((await ask(`https://${host("edge")}/?3`)).status, 504);
    assert.equal((await ask(`https://${host("redirect")}/?3`)).status, 200);
  });

  it("spreads clients over the pods and keeps each with its own, unless the Route says otherwise", async () => {
    const pod = async (name: string, cookie = "") => {
      const { headers, said } = await ask(`https://${host(name)}/`, { cookie });
      return { pod: said.pod, cookie: headers["set-cookie"]?.[0] };
    };
    const first = await pod("two");
    assert.match(first.cookie ?? "", /; HttpOnly; Secure; SameSite=None/i);
    const kept = Array.from({ length: 10 }, () => pod("two", first.cookie?.split(";")[0]));
    assert.deepEqual(new Set((await Promise.all(kept)).map((each) => each.pod)), new Set([first.pod]));
    const free = await Promise.all(Array.from({ length: 30 }, () => pod("free")));
    assert.equal(new Set(free.map((each) => each.pod)).size, 2);
    assert.ok(free.every(({ cookie }) => cookie === undefined));
  });

  it("gives a host to its oldest Route, and to the next when that goes", async () => {
    const words = await routes(
      route("late", { spec: { host: host("edge") } }),
      route("stranger", { namespace: other, spec: { host: host("two"), path: "/x" } }),
      route("wild", { spec: { wildcardPolicy: "Subdomain" } }),
      route("torn", { tls: { certificate: own.certificate, key: pods.key } }),
    );
    assert.equal(words[`${namespace}/late`], "HostAlreadyClaimed");
    assert.equal(words[`${other}/stranger`], "HostAlreadyClaimed");
    assert.equal(words[`${namespace}/wild`], "RouteNotAdmitted");
    assert.equal(words[`${namespace}/torn`], "ExtendedValidationFailed");
    inSandbox("kubectl", "delete", "route/two", "-n", namespace);
    await eventually("the host is given on", 30, () => verdicts()[`${other}/stranger`] === "True");
    assert.equal(verdicts()[`${namespace}/late`], "HostAlreadyClaimed");
  });

  it("is found by pods under the same names", () => {
    const program = `import urllib.request; print(urllib.request.urlopen("http://${host("allow")}/").read().decode())`;
    const words = ["exec", "-n", namespace, "deployment/one", "--", "python3", "-c", program];
    const said = JSON.parse(inSandbox("kubectl", ...words).stdout) as Said;
    assert.match(lowered(said.headers)["x-forwarded-for"] ?? "", /^10\.128\.1\./);
  });

  it("drops no request while pods are replaced, nor a long one while it reloads", async () => {
    const names = () =>
      inSandbox("kubectl", "get", "pods", "-n", namespace, "-l", "app=two", "-o", "name").stdout.trim().split("\n");
    const old = names();
    const long = ask(`https://${host("redirect")}/?10`);
    inSandbox("kubectl", "rollout", "restart", "deployment/two", "-n", namespace);
    const pods = new Set<string>();
    await eventually("both pods are replaced", 120, async () => {
      for (let i = 0; i < 50; i++) {
        const { status, said } = await ask(`https://${host("free")}/`);
        assert.equal(status, 200);
        pods.add(said.pod);
      }
      const now = names();
      return now.length === 2 && !now.some((name) => old.includes(name));
    });
    assert.ok(pods.size >= 4, [...pods].join(", "));
    assert.equal((await long).status, 200);
  });
});
