import Ajv2020, { type ErrorObject, type ValidateFunction } from "ajv/dist/2020";
import { type Check, type Finding, finding, type Manifest } from "../../policies/objects/manifest";
import type { Definitions } from "../schemas";

const formats = {
  int32: { type: "number" as const, validate: (n: number) => Number.isInteger(n) && Math.abs(n) <= 2 ** 31 },
  int64: { type: "number" as const, validate: Number.isSafeInteger },
  double: { type: "number" as const, validate: Number.isFinite },
  byte: /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
  "date-time": /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/,
};

/**
 * Every object fits the strict schema of its kind: unknown kinds and fields, wrong types and missing fields are found.
 * Defaults are filled in (in a copy) before conditions are judged, as the API server does.
 * Schemas are compiled for the kinds that occur, once per returned check.
 */
export function schema(version: string, { $defs, kinds }: Definitions): Check {
  const ajv = new Ajv2020({ strict: false, validateSchema: false, allErrors: true, useDefaults: true, formats });
  ajv.addSchema({ $id: "all", $defs });
  const compiled = new Map<string, ValidateFunction>();
  const validator = (kind: string, name: string) => {
    const known = compiled.get(kind) ?? ajv.compile({ $ref: `all#/$defs/${name}` });
    compiled.set(kind, known);
    return known;
  };
  return (manifests) =>
    manifests.flatMap((manifest) => {
      const kind = `${manifest.apiVersion} ${manifest.kind}`;
      const name = kinds[kind];
      if (!name) return [finding(manifest, `Kubernetes ${version} has no kind "${kind}"`)];
      const validate = validator(kind, name);
      const copy = structuredClone(manifest);
      validate(copy); // fills in defaults, but judges conditions before it does so
      return validate(copy) ? [] : explain(version, manifest, validate.errors ?? []);
    });
}

function explain(version: string, manifest: Manifest, errors: readonly ErrorObject[]): Finding[] {
  const messages = errors.map(({ instancePath, keyword, message = "", params }) => {
    const path = instancePath.slice(1).replaceAll("/", ".") || manifest.kind;
    if (keyword === "additionalProperties") return `${path}: unknown field "${params.additionalProperty}"`;
    if (keyword === "enum") return `${path}: allowed are ${(params.allowedValues as unknown[]).join(", ")}`;
    return `${path}: ${message}`;
  });
  return [...new Set(messages)].map((message) => finding(manifest, `${message} (Kubernetes ${version})`));
}
