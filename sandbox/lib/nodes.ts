import * as fs from "node:fs";
import * as path from "node:path";
import type { Component } from "./controlplane";
import { bridge, cniDir, dnsAddress, gateway, nodeAddress, podNetwork } from "./network";
import { pkiPath, runDir, stateDir } from "./paths";
import type { Identity } from "./pki";
import { read } from "./processes";
import { pauseImage } from "./smallimages";

/** A real node of this machine: containerd and a kubelet of its own; the machine's capacity is counted once per node. */
export interface RealNode {
  readonly name: string;
  readonly address: string;
  readonly zone: string;
}

const networkPlugins = "/usr/lib/cni";
const certificate = (name: string) => [pkiPath(`${name}.crt`), pkiPath(`${name}.key`)] as const;

/** node-1 … node-<count>, spread over three zones. */
export function realNodes(count: number): RealNode[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `node-${index + 1}`,
    address: nodeAddress(index + 1),
    zone: zoneOf(index),
  }));
}

export function zoneOf(index: number): string {
  return `zone-${"abc"[index % 3]}`;
}

/** The kubelet's identity; the same certificate serves its API and is its client certificate. */
export function nodeIdentity({ name, address }: RealNode): Identity {
  return { name, user: `system:node:${name}`, group: "system:nodes", addresses: [address, name] };
}

/** Folder of what containerd keeps (images, snapshots) for a node. */
export function containerdRoot(node: RealNode): string {
  return stateDir("nodes", node.name, "containerd");
}

/** containerd for one node, with root, state and socket of its own; another containerd on the machine is untouched. */
export function containerd(node: RealNode): Component {
  const socket = runDir(`${node.name}.sock`);
  const config = `version = 2
root = "${containerdRoot(node)}"
state = "${runDir(node.name)}"
oom_score = 0
disabled_plugins = ["io.containerd.internal.v1.opt", "io.containerd.tracing.processor.v1.otlp", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.aufs"]
[grpc]
  address = "${socket}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pauseImage}"
  # Machines without CAP_SYS_RESOURCE cannot lower an OOM score.
  restrict_oom_score_adj = true
  disable_apparmor = true
  netns_mounts_under_state_dir = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${networkPlugins}"
    conf_dir = "${cniDir()}"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
        Root = "${runDir("runc", node.name)}"
`;
  const file = write(stateDir("nodes", node.name, "containerd.toml"), config);
  return { name: `containerd-${node.name}`, command: ["containerd", "--config", file], health: socket };
}

export function kubelet(kube: string, node: RealNode): Component {
  const [tlsCertFile, tlsPrivateKeyFile] = certificate(node.name);
  const config = {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    address: node.address,
    healthzBindAddress: node.address,
    tlsCertFile,
    tlsPrivateKeyFile,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: pkiPath("ca.crt") },
    },
    authorization: { mode: "Webhook" },
    clusterDNS: [dnsAddress],
    clusterDomain: "cluster.local",
    resolvConf: hostResolvers().file,
    containerRuntimeEndpoint: `unix://${runDir(`${node.name}.sock`)}`,
    podLogsDir: stateDir("nodes", node.name, "pod-logs"),
    maxPods: 250,
    // What a plain machine allows: no systemd, cgroups of either version, no CAP_SYS_RESOURCE, swap as it is.
    cgroupDriver: "cgroupfs",
    cgroupsPerQOS: false,
    enforceNodeAllocatable: [],
    failSwapOn: false,
    oomScoreAdj: 0,
    makeIPTablesUtilChains: false,
    // The disk is the developer's: evict only when it is really full, and never delete an image that cannot be pulled.
    evictionHard: { "memory.available": "100Mi", "nodefs.available": "1%", "imagefs.available": "1%" },
    imageGCHighThresholdPercent: 100,
  };
  const dir = stateDir("nodes", node.name);
  const file = write(path.join(dir, "kubelet.json"), JSON.stringify(config, null, 2));
  return {
    name: `kubelet-${node.name}`,
    command: [
      kube,
      "kubelet",
      `--config=${file}`,
      `--kubeconfig=${pkiPath(`${node.name}.kubeconfig`)}`,
      `--root-dir=${path.join(dir, "kubelet")}`,
      `--cert-dir=${path.join(dir, "kubelet", "pki")}`,
      `--hostname-override=${node.name}`,
      `--node-ip=${node.address}`,
      `--node-labels=topology.kubernetes.io/zone=${node.zone}`,
    ],
    health: `http://${node.address}:10248/healthz`,
  };
}

/** One kube-proxy serves all real nodes: they share the machine's network. */
export function kubeProxy(kube: string): Component {
  const config = {
    apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
    kind: "KubeProxyConfiguration",
    mode: "iptables",
    clientConnection: { kubeconfig: pkiPath("kube-proxy.kubeconfig") },
    hostnameOverride: "node-1",
    bindAddress: gateway,
    healthzBindAddress: "127.0.0.1:10256",
    metricsBindAddress: "127.0.0.1:10249",
    nodePortAddresses: ["primary"],
    detectLocalMode: "BridgeInterface",
    detectLocal: { bridgeInterface: bridge },
    clusterCIDR: podNetwork,
    iptables: { localhostNodePorts: false },
    conntrack: { maxPerCore: 0, min: 0 },
    oomScoreAdj: 0,
  };
  const file = write(stateDir("kube-proxy.json"), JSON.stringify(config, null, 2));
  return {
    name: "kube-proxy",
    command: [kube, "kube-proxy", `--config=${file}`],
    health: "http://127.0.0.1:10256/healthz",
  };
}

/** The machine's resolvers that pods can reach: never a local stub, whose upstreams systemd lists elsewhere. */
export function hostResolvers(): { readonly file: string; readonly addresses: readonly string[] } {
  const found = ["/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"].map((file) => ({
    file,
    addresses: [...read(file).matchAll(/^nameserver\s+(\S+)/gm)].map((match) => match[1] ?? ""),
  }));
  const usable = found.find(({ addresses }) => addresses.some((address) => !address.startsWith("127.")));
  return usable ?? { file: "", addresses: [] };
}

function write(file: string, content: string): string {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, content);
  return file;
}
