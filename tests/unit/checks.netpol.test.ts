import * as assert from "node:assert/strict";
import type { Manifest } from "../../policies/objects/manifest";
import { evaluate, type PolicyPeer, type PolicyPort } from "../../policies/objects/netpol";
import { apiServer, dns, internet, router } from "../../policies/objects/peers";
import { namespace, pods, policy } from "./checks.world";

const world: readonly Manifest[] = [
  namespace("one", { team: "a" }),
  namespace("two", { team: "b" }),
  pods("one", "client", { app: "client" }),
  pods("one", "server", { app: "server" }),
  pods("two", "client", { app: "client" }),
];

const toServer = (spec: object) => [
  ...world,
  policy("one", "p", { podSelector: { matchLabels: { app: "server" } }, ...spec }),
];
const allowed = (manifests: readonly Manifest[], from: string, port = 8080, protocol = "TCP") =>
  evaluate(manifests, from, "one/server", port, protocol).allowed;
const ingress = (...from: PolicyPeer[]) => toServer({ ingress: [{ from }] });

describe("network policies, as Kubernetes reads them", () => {
  it("pods that no policy selects are open", () => assert.ok(allowed(world, "two/client")));

  it("a policy without rules closes the direction it governs, ingress by default", () => {
    const closed = toServer({});
    assert.ok(!allowed(closed, "one/client"));
    assert.ok(evaluate(closed, "one/server", "one/client", 8080).allowed);
    assert.ok(!evaluate(toServer({ policyTypes: ["Egress"] }), "one/server", "one/client", 8080).allowed);
    assert.ok(allowed(toServer({ policyTypes: ["Egress"] }), "one/client"));
  });

  it("egress rules govern egress even when policyTypes does not say so", () =>
    assert.ok(!evaluate(toServer({ egress: [{ ports: [{ port: 1 }] }] }), "one/server", "one/client", 8080).allowed));

  it("a connection needs both sides", () => {
    const open = toServer({ ingress: [{}] });
    const refusing = [...open, policy("two", "deny", { podSelector: {}, policyTypes: ["Egress"] })];
    assert.ok(allowed(open, "two/client"));
    const { allowed: through, why, opened } = evaluate(refusing, "two/client", "one/server", 8080);
    assert.ok(!through);
    assert.equal(why, "egress of two/client is refused by deny");
    assert.deepEqual(opened, ["ingress of one/server is allowed by p"]);
    assert.equal(
      evaluate(open, "two/client", "one/server", 8080).why,
      "egress of two/client is not restricted; ingress of one/server is allowed by p",
    );
  });

  it("a podSelector alone means the policy's namespace", () => {
    const same = ingress({ podSelector: { matchLabels: { app: "client" } } });
    assert.ok(allowed(same, "one/client"));
    assert.ok(!allowed(same, "two/client"));
  });

  it("both selectors in one peer must fit, in two peers either", () => {
    const podSelector = { matchLabels: { app: "client" } };
    const namespaceSelector = { matchLabels: { team: "b" } };
    assert.ok(!allowed(ingress({ podSelector, namespaceSelector }), "one/client"));
    assert.ok(allowed(ingress({ podSelector, namespaceSelector }), "two/client"));
    assert.ok(allowed(ingress({ podSelector }, { namespaceSelector }), "one/client"));
    assert.ok(!allowed(ingress({ podSelector: { matchLabels: { app: "x" } }, namespaceSelector }), "two/client"));
  });

  it("pods of a Job carry its name as a label", () => {
    const jobs = ingress({ podSelector: { matchLabels: { "job-name": "client" } } });
    assert.ok(!allowed(jobs, "one/client"));
    const asJob = jobs.map((m) => (m.metadata.name === "client" ? { ...m, kind: "Job" } : m));
    assert.ok(allowed(asJob, "one/client"));
  });

  it("namespaces carry their name as a label", () =>
    assert.ok(
      allowed(ingress({ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "two" } } }), "two/client"),
    ));

  it("selectors reach no hosts; blocks do, but for their exceptions", () => {
    const out = (to: PolicyPeer) => toServer({ policyTypes: ["Egress"], egress: [{ to: [to] }] });
    const reach = (manifests: readonly Manifest[], host: string) =>
      evaluate(manifests, "one/server", host, 6443).allowed;
    assert.ok(!reach(out({ namespaceSelector: {} }), apiServer));
    assert.ok(reach(out({ ipBlock: { cidr: "192.0.2.0/24" } }), apiServer));
    assert.ok(
      !reach(out({ ipBlock: { cidr: "192.0.2.0/24", except: ["192.0.2.99/32", "192.0.2.10/32"] } }), apiServer),
    );
    assert.ok(!reach(out({ ipBlock: { cidr: "192.0.2.0/24" } }), internet));
    assert.ok(reach(out({ ipBlock: { cidr: "0.0.0.0/0" } }), internet));
    assert.ok(!reach(out({ ipBlock: { cidr: "::/0" } }), internet));
    assert.ok(reach(out({ ipBlock: { cidr: "0.0.0.0/0" } }), "one/client"), "pods have addresses too");
  });

  it("a router on the host's network is selected by its namespace only", () => {
    const namespaceSelector = { matchLabels: { "policy-group.network.openshift.io/ingress": "" } };
    assert.ok(allowed(ingress({ namespaceSelector }), router));
    assert.ok(allowed(ingress({ namespaceSelector, podSelector: {} }), router));
    assert.ok(!allowed(ingress({ namespaceSelector, podSelector: { matchLabels: { app: "router" } } }), router));
  });

  it("DNS pods are pods", () => {
    const to = [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "openshift-dns" } } }];
    const asks = toServer({ policyTypes: ["Egress"], egress: [{ to, ports: [{ protocol: "UDP", port: "dns" }] }] });
    assert.ok(evaluate(asks, "one/server", dns, 5353, "UDP").allowed);
    assert.ok(!evaluate(asks, "one/server", dns, 5353).allowed);
  });

  const ports = (...list: PolicyPort[]) => toServer({ ingress: [{ ports: list }] });
  for (const [what, list, port, protocol, expected] of [
    ["a number", [{ port: 8080 }], 8080, "TCP", true],
    ["another number", [{ port: 8081 }], 8080, "TCP", false],
    ["TCP by default", [{ port: 514 }], 514, "UDP", false],
    ["a protocol", [{ port: 514, protocol: "UDP" }], 514, "UDP", true],
    ["a name", [{ port: "web" }], 8080, "TCP", true],
    ["a name of another protocol", [{ port: "syslog" }], 514, "TCP", false],
    ["an unknown name", [{ port: "https" }], 8080, "TCP", false],
    ["a protocol without port", [{ protocol: "TCP" }], 1, "TCP", true],
    ["the last port of a range", [{ port: 8000, endPort: 8080 }], 8080, "TCP", true],
    ["a port beyond a range", [{ port: 8000, endPort: 8079 }], 8080, "TCP", false],
    ["one of several", [{ port: 1 }, { port: 8080 }], 8080, "TCP", true],
  ] as const) {
    it(`ports: ${what}`, () => assert.equal(allowed(ports(...list), "two/client", port, protocol), expected));
  }

  it("refuses to guess what a peer is", () =>
    assert.throws(
      () => evaluate(world, "one/clinet", "one/server", 1),
      /"one\/clinet" is neither a workload nor one of openshift-dns/,
    ));
});
