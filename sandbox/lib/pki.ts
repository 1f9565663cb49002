import * as fs from "node:fs";
import { render, type Values } from "./components";
import { appsDomain, gateway, serviceNetwork } from "./network";
import { pkiPath } from "./paths";
import { run } from "./run";

/** Who a certificate speaks for; with addresses it also serves under them. */
interface Identity {
  /** File name and kubeconfig name. */
  readonly name: string;
  readonly user: string;
  readonly group?: string;
  readonly addresses?: readonly string[];
}

const apiNames = ["kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"];
const apiAddresses = [gateway, "127.0.0.1", serviceNetwork.replace("0.0/16", "0.1"), "localhost"];

/** All but the nodes'. */
const controlPlane: readonly Identity[] = [
  { name: "serving", user: "kube-apiserver", addresses: [...apiAddresses, ...apiNames] },
  { name: "router", user: `*.${appsDomain}`, addresses: [`*.${appsDomain}`] },
  { name: "admin", user: "kubernetes-admin", group: "system:masters" },
  { name: "openshift", user: "sandbox:openshift", group: "system:masters" },
  { name: "kubelet-client", user: "kube-apiserver-kubelet-client" },
  { name: "service-accounts", user: "service-accounts" }, // its key signs their tokens
  ...["kube-controller-manager", "kube-scheduler", "kube-proxy"].map((name) => ({ name, user: `system:${name}` })),
];

const lifetimeDays = 365;
const newKey = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

/** Makes a new CA, and a key, a certificate and a kubeconfig for each part of the control plane and each real node. */
export async function createPki(values: Values, nodes: readonly Values[]): Promise<void> {
  fs.mkdirSync(pkiPath(""), { mode: 0o700 });
  const authority = ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign"];
  await certificate("ca", "/CN=datalyptica-sandbox", authority);
  const nodeIdentities = nodes.map(({ NODE: name = "", ADDRESS = "" }) => {
    return { name, user: `system:node:${name}`, group: "system:nodes", addresses: [ADDRESS, name] };
  });
  await Promise.all([...controlPlane, ...nodeIdentities].map((identity) => issue(identity, values)));
}

async function issue({ name, user, group, addresses }: Identity, values: Values): Promise<void> {
  const extensions = [
    "basicConstraints=critical,CA:FALSE",
    "keyUsage=critical,digitalSignature",
    `extendedKeyUsage=clientAuth${addresses ? ",serverAuth" : ""}`,
  ];
  const names = addresses?.map((address) => `${/^[\d.]+$/.test(address) ? "IP" : "DNS"}:${address}`);
  if (names) extensions.push(`subjectAltName=${names.join(",")}`);
  const signer = ["-CA", pkiPath("ca.crt"), "-CAkey", pkiPath("ca.key")];
  await certificate(name, `${group ? `/O=${group}` : ""}/CN=${user}`, extensions, signer);
  fs.writeFileSync(pkiPath(`${name}.kubeconfig`), render("config/kubeconfig.yaml", { ...values, NAME: name }));
}

function certificate(name: string, subject: string, extensions: string[], signer: string[] = []): Promise<string> {
  const files = ["-keyout", pkiPath(`${name}.key`), "-out", pkiPath(`${name}.crt`)];
  const added = extensions.flatMap((extension) => ["-addext", extension]);
  // An empty configuration: the machine's own would add extensions.
  const settings = ["-config", "/dev/null", "-days", String(lifetimeDays), "-subj", subject];
  return run("openssl", [...newKey, ...settings, ...added, ...signer, ...files]);
}
