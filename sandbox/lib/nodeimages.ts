import * as fs from "node:fs";
import * as path from "node:path";
import { render } from "./components";
import { waitHealthy, waitUntil } from "./health";
import type { ImageArchive } from "./images";
import { runDir, stateDir } from "./paths";
import { hasEnded, processOf, start } from "./processes";
import { run } from "./run";
import { stored } from "./store";

/**
 * A containerd root folder with the images imported and unpacked, built once and then shared by all nodes of all
 * clusters: importing gigabytes for each of them would be most of the time that `up` takes.
 */
export async function nodeImages(images: readonly ImageArchive[]): Promise<string> {
  const inputs = images.map(({ name, archive }) => `${name} ${path.basename(path.dirname(archive))}`);
  // Of 14 GiB, two would fill a machine.
  const kept = 1;
  const unpack = async (out: string) => {
    const [name, socket, config] = ["containerd-images", runDir("images.sock"), path.join(out, "containerd.toml")];
    fs.writeFileSync(config, render("config/containerd-images.toml", { OUT: out, RUN: runDir() }));
    start(name, ["containerd", "--config", config]);
    await waitHealthy({ name, health: socket });
    for (const image of images) await importImage(socket, image);
    await run("kill", [String(processOf(name)?.pid)]);
    await waitUntil(`${name} ends`, "Run `sandbox down`.", async () => (hasEnded(name) ? "ok" : "it runs"));
  };
  return path.join(await stored("node-images", inputs, unpack, kept), "root");
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
