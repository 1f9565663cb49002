import { BlockList } from "node:net";
import { field, listAt, type Manifest, ofKind } from "./manifest";
import { type Addresses, type Peer, podPeers, surroundings } from "./peers";
import { findPort } from "./pods";
import { isEmpty, type LabelSelector, selects } from "./selectors";

/**
 * What NetworkPolicies allow, after networking.k8s.io/v1: pods that no policy isolates are open; the policies that
 * select a pod add up; a connection needs the egress of its source and the ingress of its target.
 */
export interface PolicyPeer {
  readonly podSelector?: LabelSelector;
  readonly namespaceSelector?: LabelSelector;
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] };
}

export interface PolicyPort {
  readonly protocol?: string;
  readonly port?: string | number;
  readonly endPort?: number;
}

export interface PolicyRule {
  readonly peers: readonly PolicyPeer[];
  readonly ports: readonly PolicyPort[];
}

export type Direction = "ingress" | "egress";

export interface Policy {
  readonly name: string;
  readonly namespace: string;
  readonly podSelector: LabelSelector;
  /** Rules of each direction that the policy governs; a direction it does not govern is absent. */
  readonly rules: Readonly<Partial<Record<Direction, readonly PolicyRule[]>>>;
}

export interface Verdict {
  readonly allowed: boolean;
  /** The policies that decide, on both sides. */
  readonly why: string;
  /** Sides on which some policy lets it through, whatever the other side says. */
  readonly opened: readonly string[];
}

interface Side {
  readonly allowed: boolean;
  readonly why: string;
  readonly by?: Policy;
}

interface Request {
  readonly to: Peer;
  readonly port: number;
  readonly protocol: string;
}

export interface Connection extends Verdict {
  readonly from: string;
  readonly to: string;
  readonly port: number;
  readonly protocol: string;
  /** Whether a container of the target declares the port. */
  readonly served: boolean;
}

export interface Network {
  readonly pods: ReturnType<typeof podPeers>;
  readonly peer: (id: string) => Peer;
  readonly decide: (from: Peer, to: Peer, port: number, protocol?: string) => Verdict;
}

export function policiesOf(manifests: readonly Manifest[]): Policy[] {
  return ofKind(manifests, "NetworkPolicy").map((manifest) => {
    const { name, namespace = "" } = manifest.metadata;
    const rules = (direction: Direction, peers: "from" | "to"): PolicyRule[] =>
      listAt(manifest, "spec", direction).map((rule) => ({ peers: listAt(rule, peers), ports: listAt(rule, "ports") }));
    const ingress = rules("ingress", "from");
    const egress = rules("egress", "to");
    const stated = listAt<string>(manifest, "spec", "policyTypes");
    const types = stated.length > 0 ? stated : egress.length > 0 ? ["Ingress", "Egress"] : ["Ingress"];
    return {
      name,
      namespace,
      podSelector: field<LabelSelector>(manifest, "spec", "podSelector") ?? {},
      rules: {
        ...(types.includes("Ingress") ? { ingress } : {}),
        ...(types.includes("Egress") ? { egress } : {}),
      },
    };
  });
}

/** Reads the network once; `decide` then answers many questions about it. */
export function network(manifests: readonly Manifest[], addresses: Partial<Addresses> = {}): Network {
  const pods = podPeers(manifests);
  const around = surroundings({ apiServer: "192.0.2.10", internet: "203.0.113.10", ...addresses });
  const peers = new Map<string, Peer>([...pods, ...around].map((peer) => [peer.id, peer]));
  const policies = policiesOf(manifests);
  const governing = new Map(
    pods.map((pod) => [
      pod.id,
      policies.filter(
        (p) => p.namespace === pod.namespace && pod.reachedBy === "selectors" && selects(p.podSelector, pod.labels),
      ),
    ]),
  );
  const side = (direction: Direction, subject: Peer, other: Peer, { to, port, protocol }: Request): Side => {
    const relevant = (governing.get(subject.id) ?? []).filter((policy) => policy.rules[direction]);
    const by = relevant.find((policy) =>
      policy.rules[direction]?.some(
        (rule) => takesPeer(rule.peers, policy.namespace, other) && takesPort(rule.ports, to, port, protocol),
      ),
    );
    const what = `${direction} of ${subject.id}`;
    if (relevant.length === 0) return { allowed: true, why: `${what} is not restricted` };
    if (by) return { allowed: true, why: `${what} is allowed by ${by.name}`, by };
    return { allowed: false, why: `${what} is refused by ${relevant.map(({ name }) => name).join(", ")}` };
  };
  return {
    pods,
    peer: (id) => {
      const peer = peers.get(id);
      if (!peer) throw new Error(`"${id}" is neither a workload nor one of ${around.map((p) => p.id).join(", ")}`);
      return peer;
    },
    decide: (from, to, port, protocol = "TCP") => {
      const request = { to, port, protocol };
      const sides = [side("egress", from, to, request), side("ingress", to, from, request)];
      const refusing = sides.filter((one) => !one.allowed);
      return {
        allowed: refusing.length === 0,
        why: (refusing.length > 0 ? refusing : sides).map(({ why }) => why).join("; "),
        opened: sides.filter(({ by }) => by).map(({ why }) => why),
      };
    },
  };
}

/** Several peers are alternatives; the selectors inside one must both fit. */
export function takesPeer(peers: readonly PolicyPeer[], policyNamespace: string, peer: Peer): boolean {
  return (
    peers.length === 0 ||
    peers.some(({ podSelector, namespaceSelector, ipBlock }) => {
      if (ipBlock)
        return inBlock(ipBlock.cidr, peer.address) && !ipBlock.except?.some((cidr) => inBlock(cidr, peer.address));
      if (peer.reachedBy === "addresses") return false;
      if (peer.reachedBy === "namespace selectors" && podSelector && !isEmpty(podSelector)) return false;
      const namespaceFits = namespaceSelector
        ? selects(namespaceSelector, peer.namespaceLabels)
        : peer.namespace === policyNamespace;
      return namespaceFits && (!podSelector || selects(podSelector, peer.labels));
    })
  );
}

function takesPort(ports: readonly PolicyPort[], target: Peer, wanted: number, protocol: string): boolean {
  return (
    ports.length === 0 ||
    ports.some(({ port, endPort, protocol: allowed = "TCP" }) => {
      if (allowed !== protocol) return false;
      if (port === undefined) return true;
      if (typeof port === "string") return findPort(target.ports, port, protocol)?.containerPort === wanted;
      return wanted >= port && wanted <= (endPort ?? port);
    })
  );
}

function inBlock(cidr: string, address: string): boolean {
  const [prefix = "", length] = cidr.split("/");
  if (prefix.includes(":")) return false; // the cluster's addresses are IPv4
  const block = new BlockList();
  block.addSubnet(prefix, Number(length), "ipv4");
  return block.check(address, "ipv4");
}

/** Whether the policies let pods of `from` reach `port` of `to` (workload `namespace/name`, or one of the surroundings). */
export function evaluate(
  manifests: readonly Manifest[],
  from: string,
  to: string,
  port: number,
  protocol = "TCP",
): Verdict {
  const { peer, decide } = network(manifests);
  return decide(peer(from), peer(to), port, protocol);
}
