import * as fs from "node:fs";
import { apiServer, gateway, serviceNetwork } from "./network";
import { pkiPath } from "./paths";
import { run } from "./run";

/** Who a certificate speaks for; with addresses it also serves under them. */
export interface Identity {
  /** File name and kubeconfig name. */
  readonly name: string;
  readonly user: string;
  readonly group?: string;
  readonly addresses?: readonly string[];
}

/** All but the nodes'. */
export const controlPlaneIdentities: readonly Identity[] = [
  {
    name: "serving",
    user: "kube-apiserver",
    addresses: [
      gateway,
      "127.0.0.1",
      serviceNetwork.replace("0.0/16", "0.1"),
      "localhost",
      ...["", ".default", ".default.svc", ".default.svc.cluster.local"].map((rest) => `kubernetes${rest}`),
    ],
  },
  { name: "admin", user: "kubernetes-admin", group: "system:masters" },
  { name: "openshift", user: "sandbox:openshift", group: "system:masters" },
  { name: "kubelet-client", user: "kube-apiserver-kubelet-client" },
  ...["kube-controller-manager", "kube-scheduler", "kube-proxy"].map((name) => ({ name, user: `system:${name}` })),
];

const lifetimeDays = 365;
const newKey = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

/** Makes a new CA, the key that signs ServiceAccount tokens, and a certificate and kubeconfig for each identity. */
export async function createPki(identities: readonly Identity[]): Promise<void> {
  fs.mkdirSync(pkiPath(""), { mode: 0o700 });
  await certificate("ca", "/CN=datalyptica-sandbox", [
    "basicConstraints=critical,CA:TRUE",
    "keyUsage=critical,keyCertSign,cRLSign",
  ]);
  const tokenKey = pkiPath("service-accounts.key");
  await run("openssl", ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", tokenKey]);
  await run("openssl", ["pkey", "-in", tokenKey, "-pubout", "-out", pkiPath("service-accounts.pub")]);
  await Promise.all(identities.map(issue));
}

async function issue({ name, user, group, addresses }: Identity): Promise<void> {
  const extensions = [
    "basicConstraints=critical,CA:FALSE",
    "keyUsage=critical,digitalSignature",
    `extendedKeyUsage=clientAuth${addresses ? ",serverAuth" : ""}`,
  ];
  const names = addresses?.map((address) => `${/^[\d.]+$/.test(address) ? "IP" : "DNS"}:${address}`);
  if (names) extensions.push(`subjectAltName=${names.join(",")}`);
  const signer = ["-CA", pkiPath("ca.crt"), "-CAkey", pkiPath("ca.key")];
  await certificate(name, `${group ? `/O=${group}` : ""}/CN=${user}`, extensions, signer);
  writeKubeconfig(name);
}

function certificate(name: string, subject: string, extensions: string[], signer: string[] = []): Promise<string> {
  const files = ["-keyout", pkiPath(`${name}.key`), "-out", pkiPath(`${name}.crt`)];
  const added = extensions.flatMap((extension) => ["-addext", extension]);
  // An empty configuration: the machine's own would add extensions.
  const settings = ["-config", "/dev/null", "-days", String(lifetimeDays), "-subj", subject];
  return run("openssl", [...newKey, ...settings, ...added, ...signer, ...files]);
}

function writeKubeconfig(name: string): void {
  const data = (file: string) => fs.readFileSync(pkiPath(file)).toString("base64");
  const cluster = { server: apiServer, "certificate-authority-data": data("ca.crt") };
  const user = { "client-certificate-data": data(`${name}.crt`), "client-key-data": data(`${name}.key`) };
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "sandbox", cluster }],
    users: [{ name, user }],
    contexts: [{ name: "sandbox", context: { cluster: "sandbox", user: name } }],
    "current-context": "sandbox",
  };
  fs.writeFileSync(pkiPath(`${name}.kubeconfig`), JSON.stringify(config, null, 2), { mode: 0o600 });
}
