import { field, type Labels, type Manifest, ofKind } from "./manifest";
import { type ContainerPort, portsOf, workloads } from "./pods";

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
export const registry = "openshift-image-registry/image-registry";
export const monitoring = "openshift-monitoring/prometheus-k8s";
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
    around(registry, "selectors", "10.127.0.12", { ports: [{ containerPort: 5000 }] }),
    around(monitoring, "selectors", "10.127.0.13", { ports: [{ containerPort: 9091 }] }),
    around(apiServer, "addresses", api, { ports: [{ containerPort: 6443 }] }),
    // Not 6443: without a known address of the API server that port must be open to everywhere.
    around(internet, "addresses", outside, { ports: [{ containerPort: 80 }, { containerPort: 443 }] }),
  ];
}

/** The pods of a workload, or of a build. */
export interface PodPeer extends Peer {
  /** Pods at the same time. */
  readonly replicas: number;
}

/** The pods of everything that has some; each stands for its pods with one address of OpenShift's default pod network. */
export function podPeers(manifests: readonly Manifest[]): PodPeer[] {
  const namespaces = new Map(
    ofKind(manifests, "Namespace").map(({ metadata }) => [
      metadata.name,
      { ...metadata.labels, "kubernetes.io/metadata.name": metadata.name },
    ]),
  );
  const builds = ofKind(manifests, "Build").map(({ metadata: { name, namespace = "" } }) => ({
    id: `${namespace}/${name}`,
    namespace,
    replicas: 1,
    labels: { "openshift.io/build.name": name },
    ports: [],
    reachedBy: "selectors" as const,
  }));
  const pods = workloads(manifests).map((workload) => ({
    id: workload.id,
    namespace: workload.namespace,
    replicas: workload.replicas,
    labels: { ...workload.labels, ...(workload.kind === "Job" ? { "job-name": workload.name } : {}) },
    ports: portsOf(workload),
    reachedBy: field<boolean>(workload.pod, "hostNetwork") ? ("addresses" as const) : ("selectors" as const),
  }));
  return [...pods, ...builds].map((pod, index) => ({
    ...pod,
    namespaceLabels: namespaces.get(pod.namespace) ?? { "kubernetes.io/metadata.name": pod.namespace },
    address: `10.128.${index >> 8}.${index & 255}`,
  }));
}
