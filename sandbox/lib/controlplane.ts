import * as fs from "node:fs";
import { apiServer, gateway, serviceNetwork } from "./network";
import { pkiPath, runDir, stateDir } from "./paths";
import type { Identity } from "./pki";

/** One long-running process of the sandbox. */
export interface Component {
  readonly name: string;
  readonly command: readonly string[];
  /** What tells that it works: an http(s) URL that answers 200, or a socket that accepts a connection. */
  readonly health: string;
}

/** Where the OpenShift controllers' admission webhook listens. */
export const webhookAddress = "127.0.0.1:9443";

/** Who the control plane's certificates are made for. */
export const identities: readonly Identity[] = [
  {
    name: "serving",
    user: "kube-apiserver",
    addresses: [
      gateway,
      "127.0.0.1",
      serviceNetwork.replace("0.0/16", "0.1"),
      "localhost",
      "kubernetes",
      "kubernetes.default",
      "kubernetes.default.svc",
      "kubernetes.default.svc.cluster.local",
    ],
  },
  { name: "admin", user: "kubernetes-admin", group: "system:masters" },
  { name: "openshift", user: "sandbox:openshift", group: "system:masters" },
  { name: "kubelet-client", user: "kube-apiserver-kubelet-client" },
  { name: "kube-controller-manager", user: "system:kube-controller-manager" },
  { name: "kube-scheduler", user: "system:kube-scheduler" },
  { name: "kube-proxy", user: "system:kube-proxy" },
];

/** etcd, API server, controller manager and scheduler, in the order in which they are started. */
export function controlPlane(kube: string): Component[] {
  const etcd = `unix://${runDir("etcd.sock")}`;
  // Advertised only: the one member calls nobody, and nobody looks it up.
  const peer = "http://localhost:2380";
  const tls = [`--tls-cert-file=${pkiPath("serving.crt")}`, `--tls-private-key-file=${pkiPath("serving.key")}`];
  const client = (name: string) =>
    ["--kubeconfig", "--authentication-kubeconfig", "--authorization-kubeconfig"].map(
      (flag) => `${flag}=${pkiPath(`${name}.kubeconfig`)}`,
    );
  return [
    {
      name: "etcd",
      // A socket instead of a port: only root reaches it, without certificates of its own.
      command: [
        kube,
        "etcd",
        `--data-dir=${stateDir("etcd")}`,
        `--listen-client-urls=${etcd}`,
        "--advertise-client-urls=http://localhost:2379",
        `--listen-peer-urls=unix://${runDir("etcd-peer.sock")}`,
        `--initial-advertise-peer-urls=${peer}`,
        `--initial-cluster=default=${peer}`,
        "--unsafe-no-fsync",
      ],
      health: runDir("etcd.sock"),
    },
    {
      name: "kube-apiserver",
      command: [
        kube,
        "kube-apiserver",
        `--etcd-servers=${etcd}`,
        `--bind-address=${gateway}`,
        `--advertise-address=${gateway}`,
        "--secure-port=6443",
        `--service-cluster-ip-range=${serviceNetwork}`,
        ...tls,
        `--client-ca-file=${pkiPath("ca.crt")}`,
        `--kubelet-certificate-authority=${pkiPath("ca.crt")}`,
        `--kubelet-client-certificate=${pkiPath("kubelet-client.crt")}`,
        `--kubelet-client-key=${pkiPath("kubelet-client.key")}`,
        "--kubelet-preferred-address-types=InternalIP",
        "--service-account-issuer=https://kubernetes.default.svc",
        `--service-account-key-file=${pkiPath("service-accounts.pub")}`,
        `--service-account-signing-key-file=${pkiPath("service-accounts.key")}`,
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction,PodSecurity",
        "--allow-privileged=true",
      ],
      health: `${apiServer}/readyz`,
    },
    {
      name: "kube-controller-manager",
      command: [
        kube,
        "kube-controller-manager",
        ...client("kube-controller-manager"),
        "--bind-address=127.0.0.1",
        ...tls,
        "--use-service-account-credentials",
        // OpenShift's own values; with upstream's the controllers start one per 150 ms.
        "--kube-api-qps=150",
        "--kube-api-burst=300",
        "--leader-elect=false",
        `--root-ca-file=${pkiPath("ca.crt")}`,
        `--service-account-private-key-file=${pkiPath("service-accounts.key")}`,
      ],
      health: "https://127.0.0.1:10257/healthz",
    },
    {
      name: "kube-scheduler",
      command: [
        kube,
        "kube-scheduler",
        ...client("kube-scheduler"),
        "--bind-address=127.0.0.1",
        ...tls,
        "--leader-elect=false",
      ],
      health: "https://127.0.0.1:10259/healthz",
    },
  ];
}

/** The controllers that make a Kubernetes behave like an OpenShift (sandbox/go/openshift). */
export function openshift(binary: string): Component {
  const volumes = stateDir("volumes");
  fs.mkdirSync(volumes, { recursive: true });
  return {
    name: "openshift",
    command: [
      binary,
      `--kubeconfig=${pkiPath("openshift.kubeconfig")}`,
      `--webhook-address=${webhookAddress}`,
      `--webhook-cert=${pkiPath("serving.crt")}`,
      `--webhook-key=${pkiPath("serving.key")}`,
      `--volumes=${volumes}`,
    ],
    health: `https://${webhookAddress}/healthz`,
  };
}
