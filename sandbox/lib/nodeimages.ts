import * as fs from "node:fs";
import * as path from "node:path";
import { waitHealthy } from "./health";
import { runDir, stateDir, storeDir } from "./paths";
import { processOf, sleep, start } from "./processes";
import { run } from "./run";
import type { ImageArchive } from "./smallimages";
import { stored } from "./store";

const folder = "node-images";
/** So that one can go from one set of images to another and back without importing anything. */
const keptFolders = 2;

/**
 * A containerd root folder with the images imported and unpacked, built once and then shared by all nodes of all
 * clusters: importing gigabytes for each of them would be most of the time that `up` takes.
 */
export async function nodeImages(images: readonly ImageArchive[]): Promise<string> {
  const inputs = images.map(({ name, archive }) => `${name} ${archive}`).sort();
  const result = await stored(folder, inputs, async (out) => {
    const [name, socket, config] = ["containerd-images", runDir("images.sock"), path.join(out, "containerd.toml")];
    const settings = [
      "version = 2",
      `root = "${out}/root"`,
      `state = "${runDir("images")}"`,
      "oom_score = 0",
      'disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt"]',
      `[grpc]\n  address = "${socket}"`,
    ];
    fs.writeFileSync(config, settings.join("\n"));
    start(name, ["containerd", "--config", config]);
    await waitHealthy({ name, health: socket });
    for (const image of images) await importImage(socket, image);
    process.kill(processOf(name)?.pid ?? 0, "SIGTERM");
    while (processOf(name)) await sleep(50);
  });
  fs.utimesSync(result, new Date(), new Date());
  const all = fs.readdirSync(storeDir()).filter((entry) => entry.startsWith(`${folder}-`));
  const byAge = all.map((entry) => path.join(storeDir(), entry)).sort((a, b) => age(a) - age(b));
  for (const old of byAge.slice(keptFolders)) fs.rmSync(old, { recursive: true });
  return path.join(result, "root");
}

/**
 * Gives a node's containerd the images. Its databases are copied; layers and blobs, which nobody changes, are links,
 * and what a node deletes are its links.
 */
export function plantImages(images: string, node: string): void {
  const plant = (from: string, to: string) => {
    fs.mkdirSync(to, { recursive: true, mode: 0o700 });
    for (const entry of fs.readdirSync(from, { withFileTypes: true })) {
      const [source, target] = [path.join(from, entry.name), path.join(to, entry.name)];
      if (/\/(snapshots|blobs\/sha256)$/.test(from)) fs.symlinkSync(source, target);
      else if (entry.isDirectory()) plant(source, target);
      else fs.copyFileSync(source, target);
    }
  };
  plant(images, stateDir("nodes", node, "containerd"));
}

async function importImage(socket: string, { name, archive }: ImageArchive): Promise<void> {
  const ctr = (...args: string[]) => run("ctr", ["--address", socket, "--namespace", "k8s.io", "images", ...args]);
  await ctr("import", "--snapshotter", "overlayfs", archive);
  const names = (await ctr("list", "--quiet")).split("\n");
  if (!names.includes(name)) throw new Error(`${archive} holds ${names.join(", ")}, not ${name}`);
}

function age(file: string): number {
  return Date.now() - fs.statSync(file).mtimeMs;
}
