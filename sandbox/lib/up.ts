import * as fs from "node:fs";
import * as binaries from "./binaries";
import { type Component, clusterValues, components, render, type Values } from "./components";
import { anythingLeft, down } from "./down";
import { type Engine, prepareEngine } from "./engine";
import { writeEnvironment } from "./environment";
import { dnsAnswers, waitHealthy, waitUntil } from "./health";
import { prepareImages } from "./images";
import { fail, info, step, timed } from "./log";
import { applyManifests, openshiftDefinitions } from "./manifests";
import { createNetwork, forwardingSetting } from "./network";
import { nodeImages, plantImages } from "./nodeimages";
import { nodeIdentity, realNodes, simulatedNodes, simulations, type Topology } from "./nodes";
import { runDir, stateDir } from "./paths";
import { controlPlaneIdentities, createPki } from "./pki";
import { preflight } from "./preflight";
import { processOf, start } from "./processes";
import { pauseImage, programImage } from "./smallimages";
import { loadSandbox, saveSandbox } from "./state";
import { nodeStatus } from "./status";

const corednsImage = `sandbox.local/coredns:${binaries.pinnedVersion("coredns", "github.com/coredns/coredns")}`;

/** What `up` takes from the store. */
interface Parts {
  /** Paths of programs, names of images. */
  readonly programs: Values;
  readonly definitions: string;
  readonly engine: Engine;
  /** A containerd root folder with all images; none for simulated nodes. */
  readonly images: string;
}

/** Starts the sandbox, or finds that it is up as asked. What is left of a broken one is removed first. */
export async function up(topology: Topology): Promise<void> {
  if (await isUp(topology)) return;
  if (anythingLeft()) await timed("remove what is left of an earlier run", down);
  await preflight(topology.nodes > 0);
  for (const dir of [runDir(), stateDir("log")]) fs.mkdirSync(dir, { recursive: true, mode: 0o700 });

  const { programs, definitions, engine, images } = await prepare(topology);
  const nodes = realNodes(topology.nodes);
  await createPki([...controlPlaneIdentities, ...nodes.map(nodeIdentity)]);
  writeEnvironment(engine, programs.KUBE ?? "");
  const values = clusterValues(programs);
  const [first = [], second = [], third = []] = components(topology, values);
  const record = [...first, ...second, ...third].map(({ name, health }) => ({ name, health }));
  saveSandbox({ ...topology, components: record, forwarding: forwardingSetting() });
  const conflist = render("config/network.conflist", values);
  await createNetwork(conflist, ...nodes.map(({ address }) => address));
  for (const { name } of nodes) plantImages(images, name);

  await timed("API server and container runtimes", () => startAll(first));
  const simulated = topology.simulate ? simulatedNodes(topology.simulate) : [];
  await timed("controllers, kubelets and cluster objects", async () => {
    await Promise.all([startAll(second), applyManifests(definitions, values, simulated)]);
    await startAll(third);
  });
  const count = topology.simulate ? simulations[topology.simulate].nodes : topology.nodes;
  await waitUntil(`nodes ready: ${count}`, "Read the log of the node's kubelet, see `sandbox status`.", async () => {
    const states = await nodeStatus();
    return states.length === count && states.every(({ ready }) => ready);
  });
  const look = "Look at `kubectl -n openshift-dns describe pods`.";
  if (nodes.length > 0) await waitUntil("cluster DNS answers", look, dnsAnswers);
  step('the sandbox is up: eval "$(sandbox/sandbox env)" gives kubectl and pulumi');
}

async function startAll(all: readonly Component[]): Promise<void> {
  for (const { name, command } of all) start(name, command);
  await Promise.all(all.map(waitHealthy));
}

/** Builds what is not in the store: Go programs one after the other (each uses all cores), images beside them. */
async function prepare({ simulate, images }: Topology): Promise<Parts> {
  const build = async () => {
    const names = { PAUSE_IMAGE: pauseImage, COREDNS_IMAGE: corednsImage };
    const [KUBE, OPENSHIFT] = [await binaries.kube(), await binaries.openshift()];
    const KWOK = simulate ? await binaries.kwok() : "";
    const own = simulate ? [] : [await programImage(pauseImage, await binaries.pause())];
    if (!simulate) own.push(await programImage(corednsImage, await binaries.coredns()));
    const definitions = await openshiftDefinitions();
    return { own, programs: { ...names, KUBE, OPENSHIFT, KWOK }, definitions, engine: await prepareEngine() };
  };
  const [{ own, ...parts }, standIns] = await Promise.all([build(), prepareImages(images)]);
  return { ...parts, images: simulate ? "" : await nodeImages([...own, ...standIns]) };
}

/** Whether the sandbox is up and healthy as asked; stops when it is up, but otherwise than asked. */
async function isUp(topology: Topology): Promise<boolean> {
  const sandbox = loadSandbox();
  if (!sandbox) return false;
  const gone = sandbox.components.filter(({ name }) => !processOf(name));
  if (gone.length > 0) {
    info(`an earlier sandbox is broken; not running: ${gone.map(({ name }) => name).join(", ")}`);
    return false;
  }
  const [is, asked] = [describe(sandbox), describe(topology)];
  if (is !== asked) fail(`the sandbox is already up with ${is}`, `Run \`sandbox down\` first to have ${asked}.`);
  await Promise.all(sandbox.components.map(waitHealthy));
  step(`the sandbox is up with ${is}; nothing to do`);
  return true;
}

function describe({ nodes, simulate, images }: Topology): string {
  return simulate ? `--simulate ${simulate}` : `--nodes ${nodes} --images ${images.join(",") || "none"}`;
}
