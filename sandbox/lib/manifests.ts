import * as fs from "node:fs";
import * as path from "node:path";
import { render, type Values } from "./components";
import { dependencyDir } from "./gobuild";
import { waitUntil } from "./health";
import { logPath, pkiPath, stateDir } from "./paths";
import { run } from "./run";

const openshiftCrds = [
  "route/v1/zz_generated.crd-manifests/routes.crd.yaml",
  "security/v1/zz_generated.crd-manifests/0000_03_config-operator_01_securitycontextconstraints.crd.yaml",
];

/** OpenShift's own definitions of Route and SecurityContextConstraints, from the pinned module. */
export async function openshiftDefinitions(): Promise<string[]> {
  const dir = await dependencyDir("openshift", "github.com/openshift/api");
  return openshiftCrds.map((file) => fs.readFileSync(path.join(dir, file), "utf8"));
}

/** What kubectl needs to be this cluster's administrator; the next cluster has the same address, hence its own cache. */
export const kubectlEnv = () => ({ KUBECONFIG: pkiPath("admin.kubeconfig"), KUBECACHEDIR: stateDir("kubectl-cache") });

/** The sandbox's own kubectl, as cluster administrator. */
export function kubectl(args: readonly string[], input?: string): Promise<string> {
  return run(stateDir("bin", "kubectl"), args, { env: kubectlEnv(), input });
}

/** Brings definitions, security, DNS, StorageClass and simulated nodes into the new cluster. */
export async function applyManifests(definitions: readonly string[], values: Values, nodes: Values[]): Promise<void> {
  const rendered = (name: string, own = values) => render(`manifests/${name}.yaml`, own);
  const send = (how: string[], texts: readonly string[]) => kubectl([...how, "--filename=-"], texts.join("\n---\n"));
  const apply = ["apply", "--server-side"];
  await send(apply, [...definitions, rendered("definitions")]);
  const defined = await kubectl(["get", "crd", "--output=jsonpath={.items[*].metadata.name}"]);
  const list = ["get", defined.replaceAll(" ", ","), "--all-namespaces"];
  const served = () => kubectl(list).then(() => "ok", String);
  await waitUntil("definitions are served", `Read ${logPath("kube-apiserver")}.`, served);
  await send(apply, [rendered("security"), rendered("cluster")]);
  // Created, not applied: an apply leaves the status out, and with it the nodes' capacity.
  const created = nodes.map((node) => rendered("node", node));
  if (created.length > 0) await send(["create"], created);
}
