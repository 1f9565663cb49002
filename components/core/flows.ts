import type { Labels } from "./names";

/** A set of pods as NetworkPolicies see them. */
export interface Peer {
  readonly namespace: string;
  /** The workload's name, unique in its namespace; also the name of its NetworkPolicy. */
  readonly name: string;
  readonly selector: Labels;
  /** All labels of objects that belong to these pods. */
  readonly labels: Labels;
}

/** Pods that serve, and the container port they serve on: policies act after load balancing, so never a Service's port. */
export interface Endpoint {
  readonly peer: Peer;
  readonly port: number;
  /** Default TCP. */
  readonly protocol?: "UDP";
}

export interface Flow {
  readonly from: Peer;
  readonly to: Endpoint;
}

/** What lies outside the platform's own pods. DNS is not here: every pod gets it. */
export type Outside = "router" | "apiserver" | "registry" | "monitoring" | "internet";

/** Addresses outside the cluster. */
export interface AddressBlock {
  readonly cidr: string;
  readonly port: number;
}

/**
 * The record of who talks to whom. It is filled while services are wired, and is the one source of NetworkPolicies,
 * of the platform's diagram and of the flow proof in the tests.
 */
export class Flows {
  private readonly peers = new Map<string, Peer>();
  private readonly recorded = new Map<string, Flow>();
  private readonly outside = new Map<string, { peer: Peer; outside: Outside; port: number }>();
  private readonly blocks = new Map<string, { peer: Peer; block: AddressBlock }>();

  /** Makes pods known: they get a policy even when nothing may reach them. */
  register(peer: Peer): void {
    this.peers.set(id(peer), peer);
  }

  allow(from: Peer, to: Endpoint): void {
    this.register(from);
    this.register(to.peer);
    this.recorded.set(`${id(from)} ${id(to.peer)}:${to.port}${to.protocol ?? ""}`, { from, to });
  }

  /** `router`: ingress from the Route's router to a port; the others: egress to a port of theirs. */
  allowOutside(peer: Peer, outside: Outside, port: number): void {
    this.register(peer);
    this.outside.set(`${id(peer)} ${outside}:${port}`, { peer, outside, port });
  }

  /** Egress to addresses as the stack config names them: `<address block>:<port>`. */
  allowBlocks(peer: Peer, blocks: readonly string[]): void {
    this.register(peer);
    for (const block of blocks) {
      const [cidr = "", port] = block.split(":");
      this.blocks.set(`${id(peer)} ${block}`, { peer, block: { cidr, port: Number(port) } });
    }
  }

  blocksOf(peer: Peer): readonly AddressBlock[] {
    return [...this.blocks.values()].filter((entry) => id(entry.peer) === id(peer)).map(({ block }) => block);
  }

  /** All pods, in a stable order. */
  all(): readonly Peer[] {
    return [...this.peers.values()].sort((a, b) => (id(a) < id(b) ? -1 : 1));
  }

  into(peer: Peer): readonly Flow[] {
    return this.sorted().filter((flow) => id(flow.to.peer) === id(peer));
  }

  outOf(peer: Peer): readonly Flow[] {
    return this.sorted().filter((flow) => id(flow.from) === id(peer));
  }

  outsideOf(peer: Peer, outside: Outside): readonly number[] {
    return [...this.outside.values()]
      .filter((entry) => id(entry.peer) === id(peer) && entry.outside === outside)
      .map((entry) => entry.port)
      .sort((a, b) => a - b);
  }

  /** Every flow between pods of the platform, in a stable order. */
  sorted(): readonly Flow[] {
    return [...this.recorded.keys()].sort().map((key) => this.recorded.get(key) as Flow);
  }
}

const id = (peer: Peer): string => `${peer.namespace}/${peer.name}`;
