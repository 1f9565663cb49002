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
export function matrix(manifests: readonly Manifest[], addresses?: Partial<Addresses>): Connection[] {
  const net = network(manifests, addresses);
  const outside = [dns, internet, registry, monitoring].map(net.peer);
  const everywhere = [...net.pods, ...outside].flatMap((peer) => peer.ports).concat(unserved);
  const connections = (from: Peer, to: Peer): Connection[] => {
    const ports = [...everywhere, ...to.ports].map(
      ({ containerPort, protocol = "TCP" }) => `${containerPort}/${protocol}`,
    );
    return [...new Set(ports)].map((name) => {
      const [port, protocol = ""] = [Number.parseInt(name, 10), name.split("/")[1]];
      const served = findPort(to.ports, port, protocol) !== undefined;
      return { from: from.id, to: to.id, port, protocol, served, ...net.decide(from, to, port, protocol) };
    });
  };
  return [
    ...net.pods.flatMap((from) =>
      [...net.pods, ...outside, net.peer(apiServer)]
        .filter((to) => to.id !== from.id || from.replicas > 1)
        .flatMap((to) => connections(from, to)),
    ),
    ...net.pods.flatMap((to) => connections(net.peer(router), to)),
  ];
}

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
  const connections = matrix(manifests, addresses);
  const expected = [...declared, ...expectedAround(manifests, atRunTime)].map((flow) => ({
    flow,
    fits: (c: Connection) =>
      named(flow.from, c.from) &&
      named(flow.to, c.to) &&
      flow.port === c.port &&
      (flow.protocol ?? "TCP") === c.protocol,
  }));
  const toInternet = expected.filter(({ flow }) => flow.to === internet).map(({ flow }) => flow);
  const own = workloads(manifests);
  const single = new Set(own.filter((w) => w.replicas <= 1).map((w) => w.id));
  const isOwn = (id: string) => own.some((workload) => workload.id === id);
  const arrow = ({ from, to, port, protocol = "TCP" }: Flow) => `${from} -> ${to}:${port}/${protocol}`;
  return [
    ...expected
      .filter(
        ({ flow, fits }) =>
          !(flow.from === flow.to && single.has(flow.from)) && !connections.some((c) => c.served && fits(c)),
      )
      .map(({ flow }) => ({
        object: arrow(flow),
        message: "declared, but there is no such workload or container port",
      })),
    ...connections.flatMap((connection) => {
      const wanted = expected.some(({ fits }) => fits(connection));
      const { allowed, opened, why } = connection;
      const byPortAlone = toInternet.some(({ from, port }) => named(from, connection.from) && port === connection.port);
      const harmless = byPortAlone ? !allowed || !isOwn(connection.to) : !allowed && opened.length === 0;
      if (wanted ? allowed : harmless) return [];
      const message = wanted
        ? `must pass, but is refused: ${why}`
        : allowed
          ? `is allowed, but nobody declared it: ${why}`
          : `is refused by one side only, and nobody declared it: ${opened.join("; ")}`;
      return [{ object: arrow(connection), message }];
    }),
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
