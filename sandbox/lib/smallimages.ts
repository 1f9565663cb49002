import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { run } from "./run";
import { hashFiles, stored } from "./store";

/** An image that a node can import: the name pods ask for, and its archive (OCI or Docker format). */
export interface ImageArchive {
  readonly name: string;
  readonly archive: string;
}

/** Holds a pod's namespaces. */
export const pauseImage = "sandbox.local/pause:1";

/** An image with one static program in it and nothing else, as a Docker archive. */
export async function programImage(name: string, binary: string): Promise<ImageArchive> {
  const program = path.basename(binary);
  const dir = await stored(`image-${program}`, [name, hashFiles([binary])], async (out) => {
    const fixed = ["--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--mtime=@0", "--mode=0755"];
    await run("tar", ["-cf", `${out}/layer.tar`, ...fixed, "-C", path.dirname(binary), program]);
    const layer = createHash("sha256")
      .update(fs.readFileSync(`${out}/layer.tar`))
      .digest("hex");
    const config = {
      architecture: process.arch === "x64" ? "amd64" : process.arch,
      os: "linux",
      config: { Entrypoint: [`/${program}`], User: "65532:0", WorkingDir: "/" },
      rootfs: { type: "layers", diff_ids: [`sha256:${layer}`] },
    };
    const manifest = [{ Config: "config.json", RepoTags: [name], Layers: ["layer.tar"] }];
    fs.writeFileSync(`${out}/config.json`, JSON.stringify(config));
    fs.writeFileSync(`${out}/manifest.json`, JSON.stringify(manifest));
    await run("tar", ["-cf", "image.tar", "manifest.json", "config.json", "layer.tar"], { cwd: out });
    for (const file of ["manifest.json", "config.json", "layer.tar"]) fs.rmSync(path.join(out, file));
  });
  return { name, archive: path.join(dir, "image.tar") };
}
