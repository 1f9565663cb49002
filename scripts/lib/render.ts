import * as fs from "node:fs";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import * as yaml from "yaml";
import type { Manifest } from "./manifests";
import { RecordingMocks, type Registered } from "./mocks";

/** Renders a stack to manifests without engine, provider or cluster: the program runs on Pulumi's mocks. */

export const root = path.resolve(__dirname, "../..");
export const stacks = ["ha", "standalone", "sandbox", "sandbox-ha"] as const;
export type Stack = (typeof stacks)[number];

export interface Rendered {
  readonly manifests: readonly Manifest[];
  readonly resources: readonly Registered[];
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** The config of a stack file, in the form the engine hands it to the program: texts, and JSON for everything else. */
export function stackConfig(stack: Stack): Record<string, string> {
  const file = yaml.parse(fs.readFileSync(path.join(root, `Pulumi.${stack}.yaml`), "utf8")) as {
    config: Record<string, unknown>;
  };
  return Object.fromEntries(
    Object.entries(file.config).map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
  );
}

/**
 * Runs the program once. The mocks are global to the process, so renders run one after the other.
 * @param config the stack's config; see stackConfig
 */
export async function render(config: Readonly<Record<string, string>>, stack = "render"): Promise<Rendered> {
  const mocks = new RecordingMocks();
  // Pulumi notes a stack for each of its promises, which is most of the time of a render.
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return await rendered(mocks, config, stack);
  } finally {
    Error.stackTraceLimit = limit;
  }
}

async function rendered(
  mocks: RecordingMocks,
  config: Readonly<Record<string, string>>,
  stack: string,
): Promise<Rendered> {
  await pulumi.runtime.setMocks(mocks, "datalyptica", stack, false);
  pulumi.runtime.setAllConfig({ ...config });
  const program = require(root) as () => Promise<Record<string, unknown>>;
  let outputs: Record<string, unknown> = {};
  await pulumi.runtime.runInPulumiStack(async () => {
    pulumi.runtime.registerStackTransformation(mocks.observe);
    outputs = await program();
    return outputs;
  });
  await pulumi.runtime.disconnect();
  const manifests = mocks.registered
    .filter(({ type }) => type.startsWith("kubernetes:"))
    .map(({ inputs }) => plain(inputs) as Manifest)
    .sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
  return { manifests, resources: mocks.registered, outputs };
}

export const renderStack = (stack: Stack): Promise<Rendered> => render(stackConfig(stack), stack);

/** One YAML text per service (and `platform`), by the label every object carries. */
export function byService(manifests: readonly Manifest[]): ReadonlyMap<string, string> {
  const groups = new Map<string, Manifest[]>();
  for (const manifest of manifests) {
    const service = manifest.metadata.labels?.["app.kubernetes.io/name"];
    if (!service) throw new Error(`${sortKey(manifest)} has no label app.kubernetes.io/name`);
    groups.set(service, [...(groups.get(service) ?? []), manifest]);
  }
  return new Map(
    [...groups].map(([service, group]) => [
      service,
      group.map((each) => yaml.stringify(each, { aliasDuplicateObjects: false, lineWidth: 0 })).join("---\n"),
    ]),
  );
}

const sortKey = ({ kind, metadata }: Manifest): string => `${kind} ${metadata.namespace ?? ""} ${metadata.name}`;

const secretMark = "4dabf18193072939515e22adb298388d";

/** Inputs as plain data: secrets unwrapped, keys in the order Kubernetes objects are written in, absent values gone. */
export function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  const object = value as Record<string, unknown>;
  if (secretMark in object) return plain(object.value);
  const first = ["apiVersion", "kind", "metadata", "name", "namespace"];
  const rank = (key: string): string => `${first.includes(key) ? first.indexOf(key) : 9}${key}`;
  return Object.fromEntries(
    Object.keys(object)
      .filter((key) => object[key] !== undefined)
      .sort((a, b) => (rank(a) < rank(b) ? -1 : 1))
      .map((key) => [key, plain(object[key])]),
  );
}
