import { type Finding, finding, type Manifest, ofKind } from "../objects/manifest";
import {
  type Direction,
  type PolicyPort,
  type PolicyRule,
  policiesOf,
  network as read,
  takesPeer,
} from "../objects/netpol";
import type { Peer } from "../objects/peers";
import { apiServer, dns, internet, monitoring, registry, router } from "../objects/peers";
import { findPort } from "../objects/pods";
import { isEmpty, selects } from "../objects/selectors";

/**
 * NetworkPolicies mean something: each selects pods, each peer is some workload or a known part of the cluster, each
 * port is a container port of what it opens; and every namespace with pods denies by default, both ways.
 */
export function network(manifests: readonly Manifest[]): Finding[] {
  const { pods, peer } = read(manifests);
  const peers: readonly Peer[] = [...pods, peer(dns), peer(router), peer(registry), peer(monitoring)];
  const all = policiesOf(manifests);
  const objects = ofKind(manifests, "NetworkPolicy");
  const closed = (namespace: string, direction: Direction) =>
    all.some((p) => p.namespace === namespace && isEmpty(p.podSelector) && p.rules[direction]?.length === 0);
  return [
    ...[...new Set(pods.map(({ namespace }) => namespace))].flatMap((namespace) =>
      (["ingress", "egress"] as const)
        .filter((direction) => !closed(namespace, direction))
        .map((direction) => ({
          object: `Namespace ${namespace}`,
          message: `no policy denies ${direction} by default`,
        })),
    ),
    ...all.flatMap((policy, index) => {
      const selected = pods.filter(
        (pod) => pod.namespace === policy.namespace && selects(policy.podSelector, pod.labels),
      );
      const problems = [
        ...(selected.length === 0 ? ["selects no pods"] : []),
        ...(policy.rules.ingress ?? []).flatMap((rule) => [
          ...peerProblems(rule, policy.namespace, peers),
          ...portProblems(rule.ports, selected),
        ]),
        ...(policy.rules.egress ?? []).flatMap((rule) => [
          ...peerProblems(rule, policy.namespace, peers),
          ...portProblems(rule.ports, targetsOf(rule, policy.namespace, [...peers, peer(apiServer), peer(internet)])),
        ]),
      ];
      const object = objects[index];
      return object ? problems.map((problem) => finding(object, problem)) : [];
    }),
  ];
}

const targetsOf = (rule: PolicyRule, namespace: string, peers: readonly Peer[]) =>
  peers.filter((peer) => takesPeer(rule.peers, namespace, peer));

function peerProblems(rule: PolicyRule, namespace: string, peers: readonly Peer[]): string[] {
  return rule.peers
    .filter((item) => !item.ipBlock && !peers.some((peer) => takesPeer([item], namespace, peer)))
    .map((item) => `no pod fits its peer ${JSON.stringify(item)}`);
}

/** Ports of a rule against the pods they open; an address block serves whatever it serves. */
function portProblems(ports: readonly PolicyPort[], targets: readonly Peer[]): string[] {
  if (targets.length === 0) return [];
  const declared = (item: PolicyPort) =>
    targets.some(({ ports: own }) => {
      if (item.port === undefined) return own.length > 0;
      if (typeof item.port === "string" || item.endPort === undefined) return findPort(own, item.port, item.protocol);
      const { port: first, endPort: last } = item;
      return own.some(({ containerPort }) => containerPort >= Number(first) && containerPort <= last);
    });
  return ports
    .filter((item) => !declared(item))
    .map((item) => `opens port ${item.port}/${item.protocol ?? "TCP"}, which none of the pods it means declares`);
}
