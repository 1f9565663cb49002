import * as fs from "node:fs";
import * as path from "node:path";
import { fail } from "./log";
import { logPath, sources } from "./paths";
import { run } from "./run";
import { hashFiles, stored } from "./store";

export interface GoProgram {
  /** Folder in sandbox/go of the module whose go.mod and go.sum say what is built; with `sum` a published module, `path@version`. */
  readonly module: string;
  /** Checksum of a published module, as in a go.sum: its own go.mod with its replacements, and its own go.sum, say the rest. */
  readonly sum?: string;
  /** Files that a published module embeds but does not bring along (its releases generate them): empty ones. */
  readonly placeholders?: readonly string[];
  /** Default: the module's own. */
  readonly pkg?: string;
  /** Build tags. */
  readonly tags?: string;
  /** Added to `-s -w` (no debug information). */
  readonly ldflags?: string;
  /** Files in a dependency's folder that the program embeds as if they lay in its own module's folder. */
  readonly embed?: { readonly module: string; readonly folder: string; readonly files: readonly string[] };
}

/** The programs that a cluster consists of. */
export const programs = {
  /** etcd, control plane, kubelet, kube-proxy and kubectl in one; clients parse the version that it reports. */
  kube: { module: "kube", ldflags: stamp("kube", "k8s.io/kubernetes", "k8s.io/component-base/version.gitVersion") },
  openshift: { module: "openshift" },
  kwok: {
    module: "kwok",
    pkg: "sigs.k8s.io/kwok/cmd/kwok",
    ldflags: stamp("kwok", "sigs.k8s.io/kwok", "sigs.k8s.io/kwok/pkg/consts.Version"),
  },
  pause: { module: "kube", pkg: "./pause" },
  coredns: { module: "coredns", pkg: "github.com/coredns/coredns" },
} satisfies Readonly<Record<string, GoProgram>>;

/** The version of a Go module that one of sandbox/go's modules pins, with its `v`. */
export function pinnedVersion(module: string, dependency: string): string {
  const file = path.join(sources, "go", module, "go.mod");
  const line = fs.readFileSync(file, "utf8").match(new RegExp(`^\\s*(?:require )?${dependency} (v\\S+)`, "m"));
  if (!line?.[1]) throw new Error(`${file} does not pin ${dependency}`);
  return line[1];
}

/** The linker flag that tells a program its version: that of the dependency it is made of. */
export function stamp(module: string, dependency: string, variable: string): string {
  return `-X ${variable}=${pinnedVersion(module, dependency)}`;
}

/** The folder with the sources of a dependency of one of sandbox/go's modules, checked against go.sum. */
export async function dependencyDir(module: string, dependency: string): Promise<string> {
  const cwd = path.join(sources, "go", module);
  const answer = await run("go", ["mod", "download", "-json", dependency], { cwd });
  return (JSON.parse(answer) as { Dir: string }).Dir;
}

/** A program built statically; returns the path of the binary `name` in the store. */
export async function goBinary(name: string, program: GoProgram): Promise<string> {
  const { module, sum, placeholders = [], pkg = ".", tags, ldflags, embed } = program;
  const folder = path.join(sources, "go", module);
  const flags = ["-trimpath", "-ldflags", ["-s -w", ldflags].filter(Boolean).join(" ")];
  if (tags) flags.push("-tags", tags);
  const env = { CGO_ENABLED: "0", GOFLAGS: undefined, GOWORK: "off" };
  const compiler = await run("go", ["version"], { cwd: sum ? sources : folder });
  const inputs = [sum ?? hashFiles([folder]), pkg, JSON.stringify([flags, embed, ...placeholders]), compiler];
  const result = await stored(name, inputs, async (dir) => {
    const copy = path.join(dir, "source");
    const overlay = path.join(dir, "overlay.json");
    if (sum) await copyPublished(module, sum, copy);
    for (const file of placeholders) await run("install", ["-D", "/dev/null", path.join(copy, file)]);
    if (embed) {
      const from = path.join(await dependencyDir(module, embed.module), embed.folder);
      const files = embed.files.map((file) => [path.join(folder, file), path.join(from, file)]);
      fs.writeFileSync(overlay, JSON.stringify({ Replace: Object.fromEntries(files) }));
      flags.push("-overlay", overlay);
    }
    const [cwd, logFile] = [sum ? copy : folder, logPath(`build-${name}`)];
    await run("go", ["build", ...flags, "-o", path.join(dir, name), pkg], { cwd, env, logFile });
    for (const left of [copy, overlay]) fs.rmSync(left, { recursive: true, force: true });
  });
  return path.join(result, name);
}

/** Go honours replacements only in the main module, and lets nobody add files to its cache: hence a copy to build in. */
async function copyPublished(module: string, sum: string, copy: string): Promise<void> {
  const answer = await run("go", ["mod", "download", "-json", module], { cwd: sources });
  const found = JSON.parse(answer) as { readonly Dir: string; readonly Sum: string };
  if (found.Sum !== sum) fail(`${module} has ${found.Sum} instead of ${sum}`, "Do not use it; ask why.");
  await run("cp", ["-r", "--no-preserve=mode", found.Dir, copy]);
}
