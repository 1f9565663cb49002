import * as fs from "node:fs";
import * as path from "node:path";
import * as yaml from "yaml";
import { run } from "../../sandbox/lib/run";
import type { Definitions, JsonSchema } from "./index";
import { withoutProse } from "./kubernetes";

/** The sandbox installs its CRDs from this module: one pin for what is checked here and what is accepted there. */
const goModule = path.resolve(__dirname, "../../sandbox/go/openshift");
const api = "github.com/openshift/api";

/** The version of openshift/api that the sandbox's module pins. */
export function openshiftVersion(): string {
  const version = new RegExp(`${api} (v\\S+)`).exec(fs.readFileSync(path.join(goModule, "go.mod"), "utf8"))?.[1];
  if (!version) throw new Error(`${goModule}/go.mod: no requirement of ${api}`);
  return version;
}

/** Kinds with a CRD: it also carries patterns, enums and conditions. */
const crds = ["route/v1", "security/v1"];
/** Kinds that an aggregated API server serves, hence without a CRD: from the published OpenAPI. */
const aggregated = ["build.v1.Build", "build.v1.BuildConfig", "image.v1.ImageStream"];

/** Strict schemas of OpenShift's kinds; they refer to `ObjectMeta` of the Kubernetes definitions beside them. */
export async function openshiftDefinitions(): Promise<Definitions> {
  const { Dir } = JSON.parse(await run("go", ["mod", "download", "-json", api], { cwd: goModule }));
  const $defs: Record<string, JsonSchema> = {};
  const kinds: Record<string, string> = {};
  for (const folder of crds.map((name) => path.join(Dir, name, "zz_generated.crd-manifests"))) {
    for (const file of fs.readdirSync(folder).filter((name) => name.endsWith(".yaml"))) {
      const { spec } = yaml.parse(fs.readFileSync(path.join(folder, file), "utf8"));
      for (const { name, schema } of spec.versions) {
        $defs[`${spec.group}.${spec.names.kind}`] = strict(schema.openAPIV3Schema);
        kinds[`${spec.group}/${name} ${spec.names.kind}`] = `${spec.group}.${spec.names.kind}`;
      }
    }
  }
  const { definitions } = JSON.parse(fs.readFileSync(path.join(Dir, "openapi", "openapi.json"), "utf8"));
  for (const name of Object.keys(definitions)) $defs[`openshift:${name}`] = strict(definitions[name]);
  for (const name of aggregated) {
    const [group, version, kind] = name.split(".");
    kinds[`${group}.openshift.io/${version} ${kind}`] = `openshift:com.github.openshift.api.${name}`;
  }
  return { $defs: withoutProse(reachable($defs, Object.values(kinds))) as Record<string, JsonSchema>, kinds };
}

const objectMeta = { $ref: "#/$defs/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta" };

/**
 * An OpenAPI schema as a strict JSON schema: unknown fields refused, `nullable` and int-or-string spelled out.
 * Only where it describes structure: the branches of allOf, anyOf and not are conditions on parts of an object.
 */
function strict(schema: JsonSchema): JsonSchema {
  const { properties, items, additionalProperties, nullable, $ref, format, ...rest } = schema;
  if (typeof $ref === "string") return { $ref: $ref.replace("#/definitions/", "#/$defs/openshift:") };
  const either = schema["x-kubernetes-int-or-string"] === true || format === "int-or-string";
  const type = either ? ["integer", "string"] : schema.type;
  const known = Object.entries((properties ?? {}) as Record<string, JsonSchema>).map(([name, value]) => [
    name,
    name === "metadata" ? objectMeta : strict(value),
  ]);
  return {
    ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null)),
    ...(type ? { type: nullable ? [type, "null"].flat() : type } : {}),
    ...(properties ? { properties: Object.fromEntries(known), additionalProperties: false } : {}),
    ...(items ? { items: strict(items as JsonSchema) } : {}),
    ...(typeof additionalProperties === "object"
      ? { additionalProperties: strict(additionalProperties as JsonSchema) }
      : {}),
  };
}

/** What the wanted definitions refer to, of the nearly two thousand that the OpenAPI has. */
function reachable(all: Readonly<Record<string, JsonSchema>>, names: readonly string[]): Record<string, JsonSchema> {
  const found: Record<string, JsonSchema> = {};
  const queue = [...names];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    const schema = all[name];
    if (!schema || found[name]) continue;
    found[name] = schema;
    for (const [, next = ""] of JSON.stringify(schema).matchAll(/"#\/\$defs\/([^"]+)"/g)) queue.push(next);
  }
  return found;
}
