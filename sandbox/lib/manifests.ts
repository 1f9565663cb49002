import * as fs from "node:fs";
import * as path from "node:path";
import { render, type Values } from "./components";
import { waitUntil } from "./health";
import { logPath, pkiPath, sources, stateDir } from "./paths";
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
  const pins = fs.readFileSync(path.join(openshiftModule, "go.mod"));
  return stored("openshift-crds", [pins, ...openshiftCrds], async (out) => {
    await run("go", ["mod", "download", openshiftApi], { cwd: openshiftModule });
    const dir = (await run("go", ["list", "-m", "-f", "{{.Dir}}", openshiftApi], { cwd: openshiftModule })).trim();
    for (const file of openshiftCrds) fs.copyFileSync(path.join(dir, file), path.join(out, path.basename(file)));
  });
}

/** Where kubectl keeps what it knows of this cluster; the next one has the same address. */
export const kubectlCache = () => stateDir("kubectl-cache");

/** The sandbox's own kubectl, as cluster administrator. */
export function kubectl(args: readonly string[], input?: string): Promise<string> {
  const env = { KUBECONFIG: pkiPath("admin.kubeconfig"), KUBECACHEDIR: kubectlCache() };
  return run(stateDir("bin", "kubectl"), args, { env, input });
}

/** Brings definitions, security, DNS, StorageClass and `nodes` into the new cluster. */
export async function applyManifests(definitions: string, values: Values, nodes: readonly object[]): Promise<void> {
  const apply = (texts: readonly string[]) =>
    kubectl(["apply", "--server-side", "--filename=-"], texts.join("\n---\n"));
  const rendered = (name: string) => render(path.join("manifests", `${name}.yaml`), values);
  const crds = fs.readdirSync(definitions).map((file) => fs.readFileSync(path.join(definitions, file), "utf8"));
  await apply([...crds, rendered("definitions")]);
  const defined = await kubectl(["get", "crd", "--output=jsonpath={.items[*].metadata.name}"]);
  const list = ["get", defined.replaceAll(" ", ","), "--all-namespaces"];
  await waitUntil("definitions are served", `Read ${logPath("kube-apiserver")}.`, () =>
    kubectl(list).then(
      () => true,
      () => false,
    ),
  );
  await apply([rendered("security"), rendered("cluster")]);
  if (nodes.length === 0) return;
  // Created, not applied: an apply leaves the status out, and with it the nodes' capacity.
  await kubectl(["create", "--filename=-"], JSON.stringify({ apiVersion: "v1", kind: "List", items: nodes }));
}
