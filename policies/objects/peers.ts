import { field, type Labels, type Manifest, ofKind } from "./manifest";
import { type ContainerPort, portsOf, type Workload, workloads } from "./pods";

/** One end of a connection: the pods of a workload, or something of the cluster around the platform. */
export interface Peer {
  readonly id: string;
  readonly namespace: string;
  readonly namespaceLabels: Labels;
  readonly labels: Labels;
  readonly address: string;
  readonly ports: readonly ContainerPort[];
  /** A pod on the node's network is reached by namespaceSelectors only, and only without podSelector (OVN-Kubernetes). */
  readonly reachedBy: "selectors" | "namespace selectors" | "addresses";
}

/** Addresses that policies may name; the defaults are documentation addresses, inside no cluster. */
export interface Addresses {
  readonly apiServer: string;
  readonly internet: string;
}

export const dns = "openshift-dns/dns-default";
export const router = "openshift-ingress/router-default";
export const apiServer = "kubernetes/api-server";
export const internet = "internet/host";

/** The cluster around the platform, as OpenShift labels it. */
export function surroundings({ apiServer: api, internet: outside }: Addresses): Peer[] {
  const around = (id: string, reachedBy: Peer["reachedBy"], address: string, rest: Partial<Peer>): Peer => {
    const namespace = id.split("/")[0] ?? "";
    const named = { "kubernetes.io/metadata.name": namespace, ...rest.namespaceLabels };
    return { id, namespace, labels: {}, ports: [], address, reachedBy, ...rest, namespaceLabels: named };
  };
  return [
    around(dns, "selectors", "10.127.0.10", {
      labels: { "dns.operator.openshift.io/daemonset-dns": "default" },
      ports: [
        { name: "dns", containerPort: 5353, protocol: "UDP" },
        { name: "dns-tcp", containerPort: 5353, protocol: "TCP" },
      ],
    }),
    around(router, "namespace selectors", "10.127.0.11", {
      namespaceLabels: {
        "policy-group.network.openshift.io/ingress": "",
        "network.openshift.io/policy-group": "ingress",
      },
    }),
    around(apiServer, "addresses", api, { ports: [{ containerPort: 6443 }] }),
    // Not 6443: without a known address of the API server that port must be open to everywhere.
    around(internet, "addresses", outside, { ports: [{ containerPort: 80 }, { containerPort: 443 }] }),
  ];
}

/** The pods of every workload; each workload stands for its pods with one address of OpenShift's default pod network. */
export function podPeers(manifests: readonly Manifest[]): (Peer & { readonly workload: Workload })[] {
  const namespaces = new Map(
    ofKind(manifests, "Namespace").map(({ metadata }) => [
      metadata.name,
      { ...metadata.labels, "kubernetes.io/metadata.name": metadata.name },
    ]),
  );
  return workloads(manifests).map((workload, index) => ({
    workload,
    id: workload.id,
    namespace: workload.namespace,
    namespaceLabels: namespaces.get(workload.namespace) ?? { "kubernetes.io/metadata.name": workload.namespace },
    labels: { ...workload.labels, ...(workload.kind === "Job" ? { "job-name": workload.name } : {}) },
    address: `10.128.${index >> 8}.${index & 255}`,
    ports: portsOf(workload),
    reachedBy: field<boolean>(workload.pod, "hostNetwork") ? "addresses" : "selectors",
  }));
}
