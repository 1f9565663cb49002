import * as fs from "node:fs";
import { standIns } from "../images/standins";
import { clusterValues, components, render } from "./components";
import { anythingLeft, down } from "./down";
import { prepareEngine } from "./engine";
import { writeEnvironment } from "./environment";
import { goBinary, programs } from "./gobuild";
import { dnsAnswers, startAll, waitHealthy, waitUntil } from "./health";
import { prepareImages, programImage } from "./images";
import { fail, info, step, timed } from "./log";
import { applyManifests, openshiftDefinitions } from "./manifests";
import { createNetwork, kernelSettings } from "./network";
import { nodeImages, plantImages } from "./nodeimages";
import { nodeValues, simulations, type Topology } from "./nodes";
import { pkiPath, runDir, stateDir } from "./paths";
import { createPki } from "./pki";
import { preflight } from "./preflight";
import { loadSandbox, saveSandbox } from "./state";
import { componentStatus, nodeStatus } from "./status";

/** Starts the sandbox, or finds that it is up as asked. What is left of a broken one is removed first. */
export async function up(topology: Topology): Promise<void> {
  if (await isUp(topology)) {
    writeEnvironment(await prepareEngine()); // the checkout, where the stand-ins' packages are, may have moved
    step(`the sandbox is up with ${describe(topology)}; nothing to do`);
    return;
  }
  if (anythingLeft()) await timed("remove what is left of an earlier run", down);
  await preflight(!topology.simulate);
  for (const dir of [runDir(), stateDir("log")]) fs.mkdirSync(dir, { recursive: true, mode: 0o700 });

  const parts = await prepare(topology);
  writeEnvironment(parts.engine);
  fs.mkdirSync(stateDir("bin"));
  fs.symlinkSync(parts.binaries.KUBE ?? "", stateDir("bin", "kubectl"));

  const nodes = nodeValues(topology);
  const [real, simulated] = topology.simulate ? [[], nodes] : [nodes, []];
  const imageNames = { PAUSE_IMAGE: programImage("pause"), COREDNS_IMAGE: programImage("coredns") };
  const values = { ...clusterValues(), ...parts.binaries, ...imageNames };
  await createPki(values, real);
  const [first = [], second = [], third = []] = components(topology, values);
  const all = [...first, ...second, ...third];
  saveSandbox({ ...topology, components: all, kernel: kernelSettings() });
  const addresses = real.map(({ ADDRESS = "" }) => ADDRESS);
  await createNetwork(render("config/network.conflist", values), parts.binaries.OPENSHIFT, addresses);
  for (const { NODE = "" } of real) plantImages(parts.images, NODE);

  await timed("API server and container runtimes", () => startAll(first));
  await timed("controllers, kubelets and cluster objects", async () => {
    const objects = { ...values, CA_BUNDLE: fs.readFileSync(pkiPath("ca.crt")).toString("base64") };
    const capacity = topology.simulate && simulations[topology.simulate];
    const created = simulated.map((node) => ({ ...node, ...capacity }));
    await Promise.all([startAll(second), applyManifests(parts.definitions, objects, created)]);
    await startAll(third);
  });
  await timed(`nodes ready: ${nodes.length}`, () =>
    waitUntil("nodes are ready", "Read the log of the node's kubelet, see `sandbox status`.", async () => {
      const ready = (await nodeStatus()).filter((node) => node.ready).length;
      return ready === nodes.length ? "ok" : `ready: ${ready} of ${nodes.length}`;
    }),
  );
  if (real.length > 0) {
    const cure = "Look at `kubectl -n openshift-dns describe pods`.";
    await timed("cluster DNS answers", () => waitUntil("cluster DNS answers", cure, dnsAnswers));
  }
  step('the sandbox is up: eval "$(sandbox/sandbox env)" gives kubectl and pulumi');
}

/** Builds what is not in the store: Go programs one after the other (each uses all cores), images beside them. */
async function prepare({ simulate, images }: Topology) {
  const build = async () => {
    const KUBE = await goBinary("kube", programs.kube);
    const OPENSHIFT = await goBinary("openshift", programs.openshift);
    const KWOK = simulate ? await goBinary("kwok", programs.kwok) : "";
    return {
      binaries: { KUBE, OPENSHIFT, KWOK },
      definitions: await openshiftDefinitions(),
      engine: await prepareEngine(),
    };
  };
  const [built, archives] = await Promise.all([build(), simulate ? [] : prepareImages(images)]);
  return { ...built, images: simulate ? "" : await nodeImages(archives) };
}

/** Whether the sandbox is up and healthy as asked; stops when it is up, but otherwise than asked. */
async function isUp(topology: Topology): Promise<boolean> {
  const sandbox = loadSandbox();
  if (!sandbox) return false;
  const gone = (await componentStatus(sandbox)).filter(({ pid }) => !pid);
  if (gone.length > 0) {
    info(`an earlier sandbox is broken; not running: ${gone.map(({ name }) => name).join(", ")}`);
    return false;
  }
  const [is, asked] = [describe(sandbox), describe(topology)];
  if (is !== asked) fail(`the sandbox is already up with ${is}`, `Run \`sandbox down\` first to have ${asked}.`);
  const { images } = sandbox;
  const missing = images && (topology.images ?? Object.keys(standIns)).filter((image) => !images.includes(image));
  if (missing?.length) {
    fail(
      `the sandbox is already up, without the images ${missing.join(", ")}`,
      "Run `sandbox down` first to have them.",
    );
  }
  await Promise.all(sandbox.components.map(waitHealthy));
  return true;
}

function describe({ nodes, simulate }: Topology): string {
  return simulate ? `--simulate ${simulate}` : `--nodes ${nodes}`;
}
