import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import type { Manifest } from "../../policies/objects/manifest";
import { network, takesPeer } from "../../policies/objects/netpol";
import { selects } from "../../policies/objects/selectors";
import { namespace, pods, policy } from "./checks.world";

const key = fc.constantFrom("a", "b");
const value = fc.constantFrom("x", "y");
const labels = fc.dictionary(key, value, { maxKeys: 2 });
const expression = fc.oneof(
  fc.record({ key, operator: fc.constantFrom("In", "NotIn"), values: fc.array(value, { minLength: 1, maxLength: 2 }) }),
  fc.record({ key, operator: fc.constantFrom("Exists", "DoesNotExist") }),
);
const selector = fc.record(
  { matchLabels: labels, matchExpressions: fc.array(expression, { maxLength: 2 }) },
  { requiredKeys: [] },
);
const peer = fc.oneof(
  fc.record({ podSelector: selector, namespaceSelector: selector }, { requiredKeys: [] }),
  fc.record({ ipBlock: fc.constantFrom({ cidr: "10.128.0.0/16" }, { cidr: "0.0.0.0/0", except: ["10.128.0.0/16"] }) }),
);
const rule = (side: "from" | "to") =>
  fc.record(
    {
      [side]: fc.array(peer, { maxLength: 2 }),
      ports: fc.array(fc.record({ port: fc.constantFrom<string | number>("web", 8080, 1) }), { maxLength: 2 }),
    },
    { requiredKeys: [] },
  );
const policyTypes = fc.subarray(["Ingress", "Egress"]);
const anyPolicy = fc
  .record({
    ns: fc.constantFrom("one", "two"),
    podSelector: selector,
    policyTypes,
    ingress: fc.array(rule("from"), { maxLength: 2 }),
    egress: fc.array(rule("to"), { maxLength: 2 }),
  })
  .map(({ ns, ...spec }) => policy(ns, "any", spec));
const anyWorld = fc
  .record({ first: labels, second: labels, third: labels })
  .map(({ first, second, third }) => [
    namespace("one", first),
    namespace("two", second),
    pods("one", "client", first),
    pods("one", "server", second),
    pods("two", "client", third),
  ]);

const verdicts = (manifests: readonly Manifest[]) => {
  const { pods: all, decide } = network(manifests);
  return all.flatMap((from) => all.flatMap((to) => [8080, 1].map((port) => decide(from, to, port).allowed)));
};

describe("network policies, whatever they are", () => {
  const holds = (property: (around: Manifest[], policies: Manifest[], more: Manifest) => void) =>
    fc.assert(fc.property(anyWorld, fc.array(anyPolicy, { maxLength: 4 }), anyPolicy, property), { numRuns: 300 });

  it("their order does not matter", () =>
    holds((around, policies) =>
      assert.deepEqual(verdicts([...around, ...[...policies].reverse()]), verdicts([...around, ...policies])),
    ));

  it("a rule more never refuses what passed", () =>
    holds((around, policies, more) => {
      const widened = policies.map((p) =>
        policy(String(p.metadata.namespace), "any", {
          ...(p.spec as object),
          ingress: [...(p.spec as { ingress: object[] }).ingress, ...(more.spec as { ingress: object[] }).ingress],
        }),
      );
      const before = verdicts([...around, ...policies]);
      const after = verdicts([...around, ...widened]);
      assert.ok(before.every((through, index) => !through || after[index]));
    }));

  it("a policy that governs nothing anew only adds", () =>
    holds((around, policies, more) => {
      const deny = ["one", "two"].map((ns) =>
        policy(ns, "deny", { podSelector: {}, policyTypes: ["Ingress", "Egress"] }),
      );
      const before = verdicts([...around, ...deny, ...policies]);
      const after = verdicts([...around, ...deny, ...policies, more]);
      assert.ok(before.every((through, index) => !through || after[index]));
    }));

  it("nothing passes where both namespaces deny and nobody allows", () =>
    fc.assert(
      fc.property(anyWorld, (around) => {
        const deny = ["one", "two"].map((ns) =>
          policy(ns, "deny", { podSelector: {}, policyTypes: ["Ingress", "Egress"] }),
        );
        assert.ok(verdicts([...around, ...deny]).every((through) => !through));
      }),
    ));

  it("a selector and its negation never agree", () =>
    fc.assert(
      fc.property(labels, key, value, (own, k, v) => {
        const one = (operator: string) => selects({ matchExpressions: [{ key: k, operator, values: [v] }] }, own);
        assert.notEqual(one("In"), one("NotIn"));
        assert.notEqual(one("Exists"), one("DoesNotExist"));
        assert.equal(one("In"), selects({ matchLabels: { [k]: v } }, own));
      }),
    ));

  it("alternatives among peers are what each takes alone", () =>
    fc.assert(
      fc.property(anyWorld, fc.array(peer, { minLength: 1, maxLength: 3 }), (around, peers) => {
        for (const pod of network(around).pods) {
          assert.equal(
            takesPeer(peers, "one", pod),
            peers.some((one) => takesPeer([one], "one", pod)),
          );
        }
      }),
    ));
});
