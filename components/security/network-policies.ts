import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Endpoint, Flow, Peer } from "../core/flows";
import type { Space } from "../core/names";
import type { Platform } from "../core/platform";

type Rule = k8s.types.input.networking.v1.NetworkPolicyIngressRule &
  k8s.types.input.networking.v1.NetworkPolicyEgressRule;
type PolicySpec = k8s.types.input.networking.v1.NetworkPolicySpec;

/**
 * Default deny in every namespace, then one policy per workload with exactly the recorded flows: ingress on the target,
 * egress on the source, both derived from the same record. Where people's notebooks reach a workload, a policy beside its
 * own says so: all that people's code may reach is among the notebooks' objects, and a server's stay as they are without.
 */
export function networkPolicies(platform: Platform): void {
  new NetworkPolicies(platform);
}

class NetworkPolicies extends pulumi.ComponentResource {
  constructor(private readonly platform: Platform) {
    super("datalyptica:security:NetworkPolicies", "network-policies", {}, platform.options());
    for (const space of platform.spaces) {
      const labels = platform.labels("platform", "network");
      this.policy(space, `${space}-default-deny`, "default-deny", labels, {
        podSelector: {},
        policyTypes: ["Ingress", "Egress"],
      });
      this.policy(space, `${space}-allow-dns`, "allow-dns", labels, {
        podSelector: {},
        policyTypes: ["Egress"],
        egress: [dns],
      });
    }
    for (const peer of platform.flows.all()) this.workload(peer);
  }

  private workload(peer: Peer): void {
    const { flows, spaces } = this.platform;
    const space = spaces.find((each) => this.platform.namespace(each) === peer.namespace);
    if (!space) throw new Error(`${peer.namespace} is no namespace of the platform`);

    const notebooks = this.platform.namespace("notebooks");
    const into = flows.into(peer);
    const fromServices = into.filter(({ from }) => from.namespace !== notebooks);
    const fromNotebooks = into.filter(({ from }) => from.namespace === notebooks);
    const ingress = ingressOf(fromServices);
    for (const port of flows.outsideOf(peer, "router")) ingress.push({ from: [router], ports: [tcp(port)] });
    const egress: Rule[] = grouped(
      flows.outOf(peer).map(({ to }) => [`${to.peer.namespace}/${to.peer.name}`, { to: [pods(to.peer)] }, to]),
    );
    // The API server's addresses are the control plane's hosts, which no selector reaches; hence by port alone.
    for (const port of flows.outsideOf(peer, "apiserver")) egress.push({ ports: [tcp(port)] });
    for (const port of flows.outsideOf(peer, "internet")) egress.push({ to: [anywhere], ports: [tcp(port)] });
    for (const port of flows.outsideOf(peer, "registry")) egress.push({ to: [registry], ports: [tcp(port)] });
    for (const port of flows.outsideOf(peer, "monitoring")) egress.push({ to: [monitoring], ports: [tcp(port)] });
    for (const { cidr, port } of flows.blocksOf(peer)) egress.push({ to: [{ ipBlock: { cidr } }], ports: [tcp(port)] });

    this.policy(space, `${space}-${peer.name}`, peer.name, peer.labels, {
      podSelector: { matchLabels: peer.selector },
      policyTypes: ["Ingress", "Egress"],
      ...(ingress.length > 0 ? { ingress } : {}),
      ...(egress.length > 0 ? { egress } : {}),
    });
    if (fromNotebooks.length === 0) return;
    const name = `${peer.name}-from-notebooks`;
    this.policy(space, `${space}-${name}`, name, this.platform.labels("jupyterlab", "notebook"), {
      podSelector: { matchLabels: peer.selector },
      policyTypes: ["Ingress"],
      ingress: ingressOf(fromNotebooks),
    });
  }

  private policy(space: Space, logicalName: string, name: string, labels: Peer["labels"], spec: PolicySpec): void {
    const { namespaces } = this.platform;
    new k8s.networking.v1.NetworkPolicy(
      logicalName,
      { metadata: { name, namespace: namespaces.nameOf(space), labels: { ...labels } }, spec },
      { parent: this, deletedWith: namespaces.of(space) },
    );
  }
}

type Port = Pick<Endpoint, "port" | "protocol">;
const policyPort = ({ port, protocol }: Port) => ({ protocol: protocol ?? "TCP", port });
const tcp = (port: number) => policyPort({ port });

const ingressOf = (flows: readonly Flow[]): Rule[] =>
  grouped(flows.map(({ from, to }) => [`${from.namespace}/${from.name}`, { from: [pods(from)] }, to]));

/** One peer item with both selectors: as two items they would mean "or". */
const pods = (peer: Peer) => ({
  namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": peer.namespace } },
  podSelector: { matchLabels: peer.selector },
});

/** No podSelector here: routers on the host network are only matched without one. */
const router = { namespaceSelector: { matchLabels: { "policy-group.network.openshift.io/ingress": "" } } };

/** OpenShift's own Prometheus. */
const monitoring = { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "openshift-monitoring" } } };

const anywhere = { ipBlock: { cidr: "0.0.0.0/0" } };

/** OpenShift's own, which builds push to; nodes pull from it themselves. */
const registry = { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "openshift-image-registry" } } };

/** OpenShift's DNS pods listen on 5353; policies see that port, not the Service's 53. */
const dns: Rule = {
  to: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "openshift-dns" } } }],
  ports: [
    { protocol: "UDP", port: 5353 },
    { protocol: "TCP", port: 5353 },
  ],
};

/** One rule per peer, with all its ports. */
function grouped(entries: (readonly [string, Rule, Port])[]): Rule[] {
  const rules = new Map<string, { rule: Rule; ports: Port[] }>();
  for (const [id, rule, port] of entries) {
    const known = rules.get(id);
    if (known) known.ports.push(port);
    else rules.set(id, { rule, ports: [port] });
  }
  return [...rules.values()].map(({ rule, ports }) => ({
    ...rule,
    ports: ports.sort((a, b) => a.port - b.port).map(policyPort),
  }));
}
