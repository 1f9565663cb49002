import * as fs from "node:fs";
import * as path from "node:path";
import { webhookAddress } from "./controlplane";
import { dnsAddress } from "./network";
import { hostResolvers } from "./nodes";
import { pkiPath, sources, stateDir } from "./paths";
import { run } from "./run";
import { stored } from "./store";

const openshiftModule = path.join(sources, "go", "openshift");
const openshiftApi = "github.com/openshift/api";
const openshiftCrds = [
  "route/v1/zz_generated.crd-manifests/routes.crd.yaml",
  "security/v1/zz_generated.crd-manifests/0000_03_config-operator_01_securitycontextconstraints.crd.yaml",
];

/** Folder with OpenShift's own definitions of Route and SecurityContextConstraints, taken from the pinned module. */
export function openshiftDefinitions(): Promise<string> {
  const pin = fs.readFileSync(path.join(openshiftModule, "go.mod"), "utf8").match(/openshift\/api \S+/)?.[0] ?? "";
  return stored("openshift-crds", [pin, ...openshiftCrds], async (out) => {
    await run("go", ["mod", "download", openshiftApi], { cwd: openshiftModule });
    const dir = (await run("go", ["list", "-m", "-f", "{{.Dir}}", openshiftApi], { cwd: openshiftModule })).trim();
    for (const file of openshiftCrds) fs.copyFileSync(path.join(dir, file), path.join(out, path.basename(file)));
  });
}

/** The sandbox's own kubectl, as cluster administrator. */
export function kubectl(args: readonly string[], input?: string): Promise<string> {
  return run(stateDir("bin", "kubectl"), [`--kubeconfig=${pkiPath("admin.kubeconfig")}`, ...args], { input });
}

/** Brings definitions, security, DNS, StorageClass and `nodes` into the new cluster. */
export async function applyManifests(
  definitions: string,
  corednsImage: string,
  nodes: readonly object[],
): Promise<void> {
  const { addresses } = hostResolvers();
  const values: Record<string, string> = {
    WEBHOOK_ADDRESS: webhookAddress,
    CA_BUNDLE: fs.readFileSync(pkiPath("ca.crt")).toString("base64"),
    DNS_ADDRESS: dnsAddress,
    COREDNS_IMAGE: corednsImage,
    FORWARD: addresses.length > 0 ? `forward . ${addresses.join(" ")}` : "",
  };
  const render = (file: string) =>
    fs
      .readFileSync(path.join(sources, "manifests", file), "utf8")
      .replace(/\$\{(\w+)\}/g, (_, name: string) => values[name] ?? fail(`manifests/${file}: no value for ${name}`));
  const apply = ["apply", "--server-side", "--filename=-"];
  const crds = fs.readdirSync(definitions).map((file) => fs.readFileSync(path.join(definitions, file), "utf8"));
  await kubectl(apply, [...crds, render("crds.yaml")].join("\n---\n"));
  await kubectl(["wait", "crd", "--all", "--for=condition=Established", "--timeout=30s"]);
  await kubectl(apply, [render("security.yaml"), render("cluster.yaml")].join("\n---\n"));
  // Created, not applied: an apply leaves the status out, and with it the nodes' capacity.
  if (nodes.length > 0)
    await kubectl(["create", "--filename=-"], JSON.stringify({ apiVersion: "v1", kind: "List", items: nodes }));
}

function fail(message: string): never {
  throw new Error(message);
}
