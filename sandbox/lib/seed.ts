import * as fs from "node:fs";
import * as path from "node:path";
import { waitHealthy } from "./health";
import { runDir, storeDir } from "./paths";
import { processOf, sleep, start } from "./processes";
import { run } from "./run";
import type { ImageArchive } from "./smallimages";
import { stored } from "./store";

const prefix = "node-images";
const keptSeeds = 2;

/**
 * A containerd root folder with the images imported and unpacked, built once and then shared by every node of every
 * cluster: importing some gigabytes for each of them would be most of the time that `up` takes.
 */
export async function imageSeed(images: readonly ImageArchive[]): Promise<string> {
  const inputs = images.map(({ name, archive }) => `${name} ${archive}`).sort();
  const seed = await stored(prefix, inputs, async (out) => {
    const socket = runDir("seed.sock");
    const config = path.join(out, "containerd.toml");
    fs.mkdirSync(runDir(), { recursive: true, mode: 0o700 });
    fs.writeFileSync(
      config,
      `version = 2
root = "${out}/root"
state = "${runDir("seed")}"
oom_score = 0
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt"]
[grpc]
  address = "${socket}"
`,
    );
    const component = { name: "containerd-seed", command: ["containerd", "--config", config], health: socket };
    start(component.name, component.command);
    await waitHealthy(component, 30_000);
    for (const { name, archive } of images) await importImage(socket, name, archive);
    const containerd = processOf(component.name);
    if (containerd) process.kill(containerd.pid, "SIGTERM");
    while (processOf(component.name)) await sleep(50);
  });
  const old = fs
    .readdirSync(storeDir())
    .filter((entry) => entry.startsWith(`${prefix}-`) && path.join(storeDir(), entry) !== seed)
    .map((entry) => ({ entry, time: fs.statSync(path.join(storeDir(), entry)).mtimeMs }))
    .sort((a, b) => b.time - a.time)
    .slice(keptSeeds - 1);
  for (const { entry } of old) fs.rmSync(path.join(storeDir(), entry), { recursive: true, force: true });
  return seed;
}

/**
 * Gives a node's containerd the seed's images. Its databases are copied; layers and blobs, which nobody changes, are
 * links: deleting an image on a node deletes links.
 */
export function plantSeed(seed: string, containerdRoot: string): void {
  const plant = (from: string, to: string) => {
    fs.mkdirSync(to, { recursive: true, mode: 0o700 });
    for (const entry of fs.readdirSync(from, { withFileTypes: true })) {
      const [source, target] = [path.join(from, entry.name), path.join(to, entry.name)];
      const shared = /\/(snapshots|blobs\/sha256)$/.test(from);
      if (shared) fs.symlinkSync(source, target);
      else if (entry.isDirectory()) plant(source, target);
      else fs.copyFileSync(source, target);
    }
  };
  plant(path.join(seed, "root"), containerdRoot);
}

async function importImage(socket: string, name: string, archive: string): Promise<void> {
  const ctr = (...args: string[]) => run("ctr", ["--address", socket, "--namespace", "k8s.io", ...args]);
  await ctr("images", "import", "--snapshotter", "overlayfs", archive);
  const names = (await ctr("images", "list", "--quiet")).split("\n");
  if (!names.includes(name)) throw new Error(`${archive} holds ${names.join(", ") || "no image"}, not ${name}`);
}
