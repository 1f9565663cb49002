import * as fs from "node:fs";
import { corednsBinary, kubeBinary, kwokBinary, openshiftBinary, pauseBinary, pinnedVersion } from "./binaries";
import { type Component, controlPlane, identities, openshift } from "./controlplane";
import { anythingLeft, down } from "./down";
import { type Engine, prepareEngine } from "./engine";
import { writeEnvironment } from "./environment";
import { dnsAnswers, waitHealthy, waitUntil } from "./health";
import { prepareImages } from "./images";
import { fail, info, step, timed } from "./log";
import { applyManifests, openshiftDefinitions } from "./manifests";
import { createNetwork, forwardingSetting } from "./network";
import { containerd, containerdRoot, kubelet, kubeProxy, nodeIdentity, realNodes } from "./nodes";
import { runDir, stateDir } from "./paths";
import { createPki } from "./pki";
import { preflight } from "./preflight";
import { start } from "./processes";
import { imageSeed, plantSeed } from "./seed";
import { kwok, simulatedNodes, simulations } from "./simulated";
import { pauseImage, programImage } from "./smallimages";
import { loadSandbox, saveSandbox, type Topology } from "./state";
import { componentStatus, nodeStatus } from "./status";

/** What `up` takes from the store. */
interface Parts {
  readonly kube: string;
  readonly openshift: string;
  readonly kwok: string;
  readonly definitions: string;
  readonly engine: Engine;
  /** A containerd root folder with all images. */
  readonly seed: string;
}

const corednsImage = `sandbox.local/coredns:${pinnedVersion("coredns", "github.com/coredns/coredns")}`;

/** Starts the sandbox, or finds that it is up as asked. What is left of a broken one is removed first. */
export async function up(topology: Topology): Promise<void> {
  if (await isUp(topology)) return;
  if (anythingLeft()) await timed("remove what is left of an earlier run", down);
  fs.mkdirSync(stateDir("log"), { recursive: true, mode: 0o700 });
  await preflight(topology.nodes > 0);
  fs.mkdirSync(runDir(), { recursive: true, mode: 0o700 });

  const parts = await prepare(topology);
  const nodes = realNodes(topology.nodes);
  fs.mkdirSync(stateDir("bin"));
  fs.symlinkSync(parts.kube, stateDir("bin", "kubectl"));
  await createPki([...identities, ...nodes.map(nodeIdentity)]);
  writeEnvironment(parts.engine);

  const [etcd, apiServer, ...controllers] = controlPlane(parts.kube);
  const first = [etcd, apiServer, ...nodes.map(containerd)].filter((component) => component !== undefined);
  const second = [...controllers, openshift(parts.openshift), ...agents(topology, parts.kube)];
  // kwok needs the resources of its stages to be defined when it starts.
  const third = topology.simulate ? [kwok(parts.kwok)] : [];
  const components = [...first, ...second, ...third].map(({ name, health }) => ({ name, health }));
  saveSandbox({ ...topology, components, forwarding: forwardingSetting() });
  await createNetwork(topology.nodes);

  for (const node of nodes) plantSeed(parts.seed, containerdRoot(node));
  await timed("API server and container runtimes", () => startAll(first));
  const simulated = topology.simulate ? simulatedNodes(topology.simulate) : [];
  await timed("controllers, nodes and cluster objects", () =>
    Promise.all([startAll(second), applyManifests(parts.definitions, corednsImage, simulated)]),
  );
  await startAll(third);
  const expected = topology.simulate ? simulations[topology.simulate].nodes : topology.nodes;
  await timed(`nodes ready: ${expected}`, () =>
    waitUntil("nodes ready", "Read the kubelets' logs: `sandbox status`.", 60_000, async () => {
      const states = await nodeStatus();
      return states.length === expected && states.every(({ ready }) => ready);
    }),
  );
  if (topology.nodes > 0) {
    const look = "Look at `kubectl -n openshift-dns describe pods`.";
    await timed("cluster DNS answers", () => waitUntil("cluster DNS answers", look, 60_000, dnsAnswers));
  }
  step('the sandbox is up: eval "$(sandbox/sandbox env)" gives kubectl and pulumi');
}

/** The kubelets, and one kube-proxy for the machine. */
function agents({ nodes }: Topology, kube: string): Component[] {
  const kubelets = realNodes(nodes).map((node) => kubelet(kube, node));
  return kubelets.length > 0 ? [...kubelets, kubeProxy(kube)] : [];
}

async function startAll(components: readonly Component[]): Promise<void> {
  for (const { name, command } of components) start(name, command);
  await Promise.all(components.map((component) => waitHealthy(component)));
}

/** Builds what is not in the store: Go programs one after the other (each uses all cores), images beside them. */
async function prepare({ simulate, images }: Topology): Promise<Parts> {
  const programs = async () => {
    const kube = await kubeBinary();
    const own = [await programImage(pauseImage, await pauseBinary())];
    if (!simulate) own.push(await programImage(corednsImage, await corednsBinary()));
    const built = { kube, openshift: await openshiftBinary(), kwok: simulate ? await kwokBinary() : "" };
    return { ...built, own, definitions: await openshiftDefinitions(), engine: await prepareEngine() };
  };
  const [{ own, ...parts }, standIns] = await Promise.all([programs(), prepareImages(simulate ? [] : images)]);
  return { ...parts, seed: simulate ? "" : await imageSeed([...own, ...standIns]) };
}

/** Whether the sandbox is up and healthy as asked; stops when it is up, but otherwise than asked. */
async function isUp(topology: Topology): Promise<boolean> {
  const sandbox = loadSandbox();
  if (!sandbox) return false;
  const sick = (await componentStatus(sandbox)).filter(({ health }) => health !== "ok");
  if (sick.length > 0) {
    info(`an earlier sandbox is broken: ${sick.map(({ name, health }) => `${name} ${health}`).join(", ")}`);
    return false;
  }
  if (describe(sandbox) !== describe(topology)) {
    fail(
      `the sandbox is already up with ${describe(sandbox)}`,
      `Run \`sandbox down\` first to have ${describe(topology)}.`,
    );
  }
  step(`the sandbox is up with ${describe(sandbox)}; nothing to do`);
  return true;
}

function describe({ nodes, simulate, images }: Topology): string {
  return simulate ? `--simulate ${simulate}` : `--nodes ${nodes} --images ${images.join(",") || "none"}`;
}
