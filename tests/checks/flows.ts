import { type Finding, field, finder, type Manifest, ofKind } from "../../policies/objects/manifest";
import { type Connection, network } from "../../policies/objects/netpol";
import {
  type Addresses,
  apiServer,
  dns,
  internet,
  monitoring,
  type Peer,
  registry,
  router,
} from "../../policies/objects/peers";
import { findPort, hasApiToken, portsOf, workloads } from "../../policies/objects/pods";
import { type AtRunTime, behind, nothingAtRunTime, servicePorts } from "./connections";

/** A flow the program declares. `from` and `to` are `namespace/workload`; a final `*` stands for any rest, as in Job names. */
export interface Flow {
  readonly from: string;
  readonly to: string;
  readonly port: number;
  /** Default TCP. */
  readonly protocol?: string;
}

/** A port that nothing serves: whoever may reach it may reach every port. */
export const unserved = { containerPort: 9, protocol: "TCP" };

/**
 * Every ordered pair of workloads, and what each reaches outside and the router reaches of it, with every port that some
 * workload serves (a policy may open more of a pod than the pod serves) and one that none does; the API server with its
 * own port only. A workload of one pod has no pair with itself.
 */
export function* matrix(manifests: readonly Manifest[], addresses?: Partial<Addresses>): Generator<Connection> {
  const net = network(manifests, addresses);
  const outside = [dns, internet, registry, monitoring].map(net.peer);
  const ports = [...net.pods, ...outside].flatMap((peer) => peer.ports).concat(unserved);
  const everywhere = ports.map(nameOf);
  function* connections(from: Peer, to: Peer): Generator<Connection> {
    for (const name of new Set([...everywhere, ...to.ports.map(nameOf)])) {
      const [port, protocol = ""] = [Number.parseInt(name, 10), name.split("/")[1]];
      const served = findPort(to.ports, port, protocol) !== undefined;
      yield { from: from.id, to: to.id, port, protocol, served, ...net.decide(from, to, port, protocol) };
    }
  }
  for (const from of net.pods) {
    for (const to of [...net.pods, ...outside, net.peer(apiServer)]) {
      if (to.id !== from.id || from.replicas > 1) yield* connections(from, to);
    }
  }
  for (const to of net.pods) yield* connections(net.peer(router), to);
}

const nameOf = ({ containerPort, protocol = "TCP" }: { readonly containerPort: number; readonly protocol?: string }) =>
  `${containerPort}/${protocol}`;

/**
 * The rendered policies allow exactly what they must: the declared flows between workloads; DNS for all; the API server
 * for pods with a token; the router to the pods behind a Route; the internet and the cluster's registry for builds.
 * Everything else is refused, the internet included, and not by one side alone: the egress of the source and the ingress
 * of the target are each as narrow as the flows. But egress to the internet is to a port, wherever it is: the platform's
 * own pods refuse it.
 */
export function provenFlows(
  manifests: readonly Manifest[],
  declared: readonly Flow[],
  atRunTime: AtRunTime = nothingAtRunTime,
  addresses?: Partial<Addresses>,
): Finding[] {
  const expected = [...declared, ...expectedAround(manifests, atRunTime)];
  // There are more than a million connections: each is compared with the flows to its port only.
  const toPort = new Map<string, Flow[]>();
  for (const flow of expected) {
    const name = `${flow.port}/${flow.protocol ?? "TCP"}`;
    toPort.set(name, [...(toPort.get(name) ?? []), flow]);
  }
  const toInternet = expected.filter(({ to }) => to === internet);
  const own = workloads(manifests);
  const ids = new Set(own.map(({ id }) => id));
  const single = new Set(own.filter((w) => w.replicas <= 1).map((w) => w.id));
  const arrow = ({ from, to, port, protocol = "TCP" }: Flow) => `${from} -> ${to}:${port}/${protocol}`;
  const served = new Set<Flow>();
  const findings: Finding[] = [];
  for (const connection of matrix(manifests, addresses)) {
    const { from, to, port, protocol, allowed, opened, why } = connection;
    const wanted = (toPort.get(`${port}/${protocol}`) ?? []).filter(
      (flow) => named(flow.from, from) && named(flow.to, to),
    );
    if (connection.served) for (const flow of wanted) served.add(flow);
    const byPortAlone = toInternet.some((flow) => port === flow.port && named(flow.from, from));
    const harmless = byPortAlone ? !allowed || !ids.has(to) : !allowed && opened.length === 0;
    if (wanted.length > 0 ? allowed : harmless) continue;
    const message =
      wanted.length > 0
        ? `must pass, but is refused: ${why}`
        : allowed
          ? `is allowed, but nobody declared it: ${why}`
          : `is refused by one side only, and nobody declared it: ${opened.join("; ")}`;
    findings.push({ object: arrow(connection), message });
  }
  const missing = expected.filter((flow) => !served.has(flow) && !(flow.from === flow.to && single.has(flow.from)));
  return [
    ...missing.map((flow) => ({
      object: arrow(flow),
      message: "declared, but there is no such workload or container port",
    })),
    ...findings,
  ];
}

const named = (pattern: string, id: string) =>
  pattern.endsWith("*") ? id.startsWith(pattern.slice(0, -1)) : id === pattern;

const httpsPort = 443;
const buildsOf = (manifests: readonly Manifest[]) =>
  ofKind(manifests, "Build").map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);

/** Flows with the cluster around, read off the objects that need them. */
function expectedAround(manifests: readonly Manifest[], atRunTime: AtRunTime): Flow[] {
  const all = workloads(manifests);
  const find = finder(manifests);
  const routed = ofKind(manifests, "Route").flatMap((route) => {
    const service = find("Service", route.metadata.namespace, field<string>(route, "spec", "to", "name"));
    const wanted = field<string | number>(route, "spec", "port", "targetPort");
    const ports = service ? servicePorts(service) : [];
    const port =
      wanted === undefined ? ports[0] : ports.find((p) => wanted === p.name || wanted === (p.targetPort ?? p.port));
    if (!service || !port) return [];
    return behind(service, all, atRunTime).flatMap((workload) => {
      const target = findPort(portsOf(workload), port.targetPort ?? port.port);
      return target ? [{ from: router, to: workload.id, port: target.containerPort }] : [];
    });
  });
  const builds = buildsOf(manifests);
  return [
    ...[...all.map(({ id }) => id), ...builds].flatMap((id) =>
      ["UDP", "TCP"].map((protocol) => ({ from: id, to: dns, port: 5353, protocol })),
    ),
    ...builds.flatMap((from) => [
      { from, to: internet, port: httpsPort },
      { from, to: registry, port: 5000 },
      { from, to: apiServer, port: 6443 },
    ]),
    ...all.filter(({ pod }) => hasApiToken(pod)).map(({ id }) => ({ from: id, to: apiServer, port: 6443 })),
    ...routed,
  ];
}
