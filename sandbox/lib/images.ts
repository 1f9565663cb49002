import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { type Download, standIns } from "../images/standins";
import { type GoProgram, goBinary, programs } from "./gobuild";
import { fail } from "./log";
import { home, sources } from "./paths";
import { run } from "./run";
import { hashFiles, lock, stored } from "./store";

/** An image that a node can import: the name pods ask for, and its OCI archive. */
export interface ImageArchive {
  readonly name: string;
  readonly archive: string;
}

/** How a Containerfile in images/<folder> becomes an image. */
interface Recipe {
  readonly folder: string;
  readonly name?: string;
  /** Folder in the store with the image that it is based on. */
  readonly base?: string;
  /** Folder in the store with what it copies; default: its own folder. */
  readonly context?: string;
  /** Folders in the store by where they are while it runs. */
  readonly mounts?: Readonly<Record<string, string>>;
}

const mavenPlugin = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1";
const wheels = ["--only-binary=:all:"];
const pythonOf = (version: string) => [
  `--python-version=${version}`,
  "--implementation=cp",
  "--platform=manylinux_2_28_x86_64",
  "--platform=manylinux2014_x86_64",
];
const debootstrapped = "ca-certificates,curl,procps";

/** A step of a build: its mounts vanish with it, however it ends. */
const isolated = (args: readonly string[], logFile: string) => run("unshare", ["--mount", ...args], { logFile });
const folderOf = (image: string) => path.join(sources, "images", image);
const archiveIn = (dir: string) => path.join(dir, "image.tar");

/** The name of the image with nothing but one of the sandbox's own programs. */
export const programImage = (program: "pause" | "coredns") => `sandbox.local/${program}:sandbox`;

/** The stand-ins whose names occur in rendered manifests: files, or folders of files. @throws SandboxError when one is not there */
export function imagesNamedIn(manifests: readonly string[]): readonly string[] {
  const files = manifests.flatMap((place) => {
    const found = fs.statSync(place, { throwIfNoEntry: false });
    if (!found) fail(`--images-of ${place}: there is no such file or folder`, "`make render` writes manifests.");
    return found.isDirectory() ? fs.readdirSync(place).map((file) => path.join(place, file)) : [place];
  });
  const texts = files.map((file) => fs.readFileSync(file, "utf8"));
  return Object.keys(standIns).filter((name) => texts.some((text) => text.includes(name)));
}

/**
 * Builds the images that are not in the store yet, one after the other: the sandbox's own and stand-ins.
 *
 * @param names of the stand-ins to build; what they are based on is built too. Default all.
 * @returns for each the OCI archive whose only image bears exactly that name, ready for `ctr -n k8s.io images import`.
 * @throws SandboxError when a download does not have its checksum.
 */
export async function prepareImages(
  names: readonly string[] = Object.keys(standIns),
): Promise<readonly ImageArchive[]> {
  const prepared: ImageArchive[] = [];
  for (const folder of ["pause", "coredns"] as const) {
    const [name, context] = [programImage(folder), path.dirname(await goBinary(folder, programs[folder]))];
    prepared.push({ name, archive: archiveIn(await image({ folder, name, context })) });
  }
  const byFolder = new Map(Object.entries(standIns).map(([name, standIn]) => [standIn.folder, { name, ...standIn }]));
  const built = new Map([["trixie", await trixie()]]);
  const prepare = async (folder: string): Promise<string> => {
    const known = built.get(folder);
    if (known) return known;
    const { name, base = "trixie", downloads = {} } = byFolder.get(folder) ?? {};
    const mounts: Record<string, string> = {};
    for (const [key, download] of Object.entries(downloads)) mounts[`/mnt/${key}`] = await fetched(key, download);
    const dir = await image({ folder, name, base: await prepare(base), mounts });
    built.set(folder, dir);
    return dir;
  };
  for (const { folder, name } of byFolder.values()) {
    if (names.includes(name)) prepared.push({ name, archive: archiveIn(await prepare(folder)) });
  }
  return prepared;
}

/** The folder in the store with an image's archive. */
function image(recipe: Recipe): Promise<string> {
  const { folder, name, base, context, mounts = {} } = recipe;
  const inputs = [name, base, context, ...Object.entries(mounts).flat()].filter((input) => input !== undefined);
  const keys = inputs.map((input) => path.basename(input));
  return stored(`image-${folder}`, [...keys, hashFiles([folderOf(folder)])], (dir) => build(dir, recipe));
}

function trixie(): Promise<string> {
  return stored("image-trixie", [debootstrapped, hashFiles([folderOf("trixie")])], async (dir) => {
    const mirror = (await debianMirrors()).get("trixie");
    if (!mirror) fail("apt has no index of a Debian mirror", "Run `apt-get update` (the sandbox needs Debian).");
    const root = path.join(dir, "root");
    const settings = ["--variant=minbase", `--include=${debootstrapped}`];
    await isolated(["debootstrap", ...settings, "trixie", root, mirror], path.join(dir, "build.log"));
    const caches = ["./var/cache/apt/*", "./var/lib/apt/lists/*"].map((cache) => `--exclude=${cache}`);
    await run("tar", ["-C", root, ...caches, "--numeric-owner", "-cf", path.join(dir, "root.tar"), "."]);
    await build(dir, { folder: "trixie", context: dir });
    for (const left of ["root", "root.tar"]) fs.rmSync(path.join(dir, left), { recursive: true });
  });
}

/** Runs a Containerfile and leaves `image.tar`, an OCI archive with zstd layers, in `dir`. */
async function build(dir: string, recipe: Recipe): Promise<void> {
  const { folder, name = `localhost/${folder}`, base, context = folderOf(folder), mounts = {} } = recipe;
  const storage = path.join(dir, "storage");
  const buildah = (...args: string[]) =>
    isolated(["buildah", "--root", storage, "--runroot", `${storage}-run`, ...args], path.join(dir, "build.log"));
  const release = await lock(home("apt.lock")); // one build at a time: they share apt's cache, and two cores
  try {
    const volumes = Object.entries({ ...mounts, ...(await aptMounts()) }).map(([to, from]) => `--volume=${from}:${to}`);
    const file = path.join(folderOf(folder), "Containerfile");
    const from = base ? [`--build-arg=BASE=oci-archive:${archiveIn(base)}`] : [];
    await buildah("bud", "--isolation=chroot", `--file=${file}`, `--tag=${name}`, ...from, ...volumes, context);
    await buildah("push", "--compression-format=zstd", name, `oci-archive:${archiveIn(dir)}:${name}`);
  } finally {
    await release();
  }
  for (const left of [storage, `${storage}-run`]) fs.rmSync(left, { recursive: true });
}

/** The mirrors that this machine's apt uses, by the trixie suite that corresponds to the machine's. */
async function debianMirrors(): Promise<ReadonlyMap<string, string>> {
  const format = "$(SITE) $(CODENAME)";
  const lines = await run("apt-get", ["indextargets", "--format", format, "Identifier: Packages", "Origin: Debian"]);
  const mirrors = new Map<string, string>();
  for (const [, uri = "", rest = ""] of lines.matchAll(/^(\S+) [a-z]+(|-updates|-security)$/gm)) {
    mirrors.set(`trixie${rest}`, uri);
  }
  return mirrors;
}

/** apt inside a build uses the machine's mirrors, proxy and cache; nothing of them stays in the image. */
async function aptMounts(): Promise<Record<string, string>> {
  const folder = (...parts: string[]) => {
    const dir = home("apt", ...parts);
    fs.mkdirSync(dir, { recursive: true });
    return dir;
  };
  const signed = "[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]";
  const sites = [...(await debianMirrors())].map(([suite, uri]) => `deb ${signed} ${uri} ${suite} main\n`);
  fs.writeFileSync(path.join(folder("sources"), "trixie.list"), sites.join(""));
  const acquire = await run("apt-config", ["dump", "Acquire"]);
  const settings = [...(acquire.match(/^Acquire::(https?|Retries|ForceIPv).*$/gm) ?? [])];
  settings.push('APT::Keep-Downloaded-Packages "false";', "");
  fs.writeFileSync(path.join(folder("settings"), "machine"), settings.join("\n"));
  folder("cache", "archives", "partial");
  return {
    "/etc/apt/sources.list.d": folder("sources"),
    "/etc/apt/apt.conf.d": folder("settings"),
    "/var/lib/apt/lists": folder("lists"),
    "/var/cache/apt": folder("cache"),
  };
}

/** The path on this machine of a Go program that a stand-in carries, for checks without a cluster; the first call builds it. */
export async function tool(name: string): Promise<string> {
  const download = Object.values(standIns).flatMap(({ downloads }) => downloads[name] ?? [])[0];
  if (!download || !("go" in download)) throw new Error(`no stand-in has a Go program ${name}`);
  return goBinary(name, download.go);
}

/** The folder in the store that holds the download and nothing else. */
async function fetched(key: string, download: Download): Promise<string> {
  if ("go" in download) return path.dirname(await goBinary(key, download.go));
  if ("npm" in download) return npm(download.npm);
  const [item, product] = identity(download);
  return stored(product, [item, download.sha256], async (dir) => {
    if ("maven" in download || "pom" in download) {
      const options = ["--batch-mode", "--quiet", "--strict-checksums", `-DoutputDirectory=${dir}`];
      const [goal, ...what] =
        "pom" in download
          ? ["copy-dependencies", "-DincludeScope=runtime", `--file=${folderOf(download.pom)}`]
          : ["copy", `-Dartifact=${item}`];
      await run("mvn", [...options, `${mavenPlugin}:${goal}`, ...what]);
    } else {
      const python = pythonOf(download.python ?? "3.13");
      if ("requirements" in download) await pip(dir, item, [...wheels, ...python]);
      else {
        const pinned = `${item} --hash=sha256:${download.sha256}\n`;
        await pip(dir, pinned, download.source ? [] : [...wheels, ...python]);
      }
    }
    const sums = await run("sha256sum", fs.readdirSync(dir).sort(), { cwd: dir });
    const several = "pom" in download || "requirements" in download;
    const found = several ? createHash("sha256").update(sums).digest("hex") : sums.split(" ")[0];
    if (found !== download.sha256) {
      fail(`${product} has sha256 ${found} instead of ${download.sha256}`, "Do not use it; ask why.");
    }
  });
}

/** Packages as the lock names them, with their checksums; none of their scripts is run. */
function npm(folder: string): Promise<string> {
  const files = ["package.json", "package-lock.json"].map((file) => path.join(folderOf(folder), file));
  return stored(`npm-${folder}`, [hashFiles(files)], async (dir) => {
    for (const file of files) fs.copyFileSync(file, path.join(dir, path.basename(file)));
    await run("npm", ["ci", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund"], { cwd: dir });
  });
}

/** Downloads what requirements name. A source archive is run for its name: after pip has seen the checksum, and in pinned setuptools. */
async function pip(dir: string, requirements: string, options: readonly string[]): Promise<void> {
  const file = path.join(dir, "requirements.txt");
  fs.writeFileSync(file, requirements);
  const settings = ["--no-deps", "--require-hashes", "--dest", dir, "--requirement", file];
  // Requirements that are wheels may name another setuptools, and nothing of them is run.
  const env: Record<string, string> =
    options.length > 0 ? {} : { PIP_CONSTRAINT: path.join(sources, "images", "python-build.txt") };
  await run("python3", ["-m", "pip", "download", ...settings, ...options], { env });
  fs.rmSync(file);
}

/** What a download is made from, and the name under which the store keeps it. */
function identity(
  download: Exclude<Download, { readonly go: GoProgram } | { readonly npm: string }>,
): readonly [string, string] {
  if ("pypi" in download) return [download.pypi, `pypi-${download.pypi.split("==")[0]}`];
  if ("maven" in download) return [download.maven, `maven-${download.maven.split(":")[1]}`];
  const [client, file] = "pom" in download ? ["maven", download.pom] : ["pypi", download.requirements];
  const folders = path
    .dirname(file)
    .split("/")
    .filter((folder) => folder !== "..");
  return [fs.readFileSync(folderOf(file), "utf8"), `${client}-${folders.join("-")}`];
}
