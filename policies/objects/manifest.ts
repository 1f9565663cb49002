/** Rendered objects and what every check says about them. */

export type Labels = Readonly<Record<string, string>>;

export interface Metadata {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Labels;
  readonly annotations?: Labels;
}

/** A rendered object, as the API server would receive it. */
export type Manifest = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Metadata;
  readonly [key: string]: unknown;
};

/**
 * What is wrong, and where: `object` reads `Kind namespace/name`, or `Kind name` for what has no namespace. The message
 * names the field and says its value, by which pack.ts sees whether it follows from a value that is not known yet.
 */
export interface Finding {
  readonly object: string;
  readonly message: string;
}

/** A pure judgement of a whole stack. */
export type Check = (manifests: readonly Manifest[]) => Finding[];

/** `namespace/name`, or `name` for what has no namespace. */
export const idOf = ({ metadata }: Manifest): string =>
  metadata.namespace ? `${metadata.namespace}/${metadata.name}` : metadata.name;

/** The name that an object has in findings. */
export const objectOf = (manifest: Manifest): string => `${manifest.kind} ${idOf(manifest)}`;

export const finding = (manifest: Manifest, message: string): Finding => ({ object: objectOf(manifest), message });

/** One line per finding, for an assertion's message. */
export const report = (findings: readonly Finding[]): string =>
  findings.map(({ object, message }) => `${object}: ${message}`).join("\n");

export const ofKind = (manifests: readonly Manifest[], ...kinds: readonly string[]): Manifest[] =>
  manifests.filter((manifest) => kinds.includes(manifest.kind));

/** Finds an object by kind, namespace (undefined for what has none) and name. */
export type Find = (kind: string, namespace: string | undefined, name: string | undefined) => Manifest | undefined;

export function finder(manifests: readonly Manifest[]): Find {
  const key = (kind: string, namespace = "", name = "") => `${kind} ${namespace}/${name}`;
  const known = new Map(manifests.map((m) => [key(m.kind, m.metadata.namespace, m.metadata.name), m]));
  return (kind, namespace, name) => known.get(key(kind, namespace, name));
}

/**
 * The field at `path`, typed by the caller. That its shape is right is the schema check's business,
 * which is why the other checks may read fields without judging each step.
 */
export function field<T = unknown>(value: unknown, ...path: readonly string[]): T | undefined {
  let current = value;
  for (const key of path) current = (current as Readonly<Record<string, unknown>> | null | undefined)?.[key];
  return (current ?? undefined) as T | undefined;
}

/** The list at `path`; empty when absent. */
export const listAt = <T = unknown>(value: unknown, ...path: readonly string[]): readonly T[] =>
  field<readonly T[]>(value, ...path) ?? [];

/** Every string inside a value with its path, e.g. `spec.args[0]`. */
export function stringsIn(value: unknown, path = ""): { readonly path: string; readonly text: string }[] {
  if (typeof value === "string") return [{ path, text: value }];
  if (Array.isArray(value)) return value.flatMap((item, index) => stringsIn(item, `${path}[${index}]`));
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, item]) => stringsIn(item, path ? `${path}.${key}` : key));
}

/** Entries of a ConfigMap, or of a Secret in clear text. */
export function entriesOf(manifest: Manifest): Readonly<Record<string, string>> {
  const decoded = Object.entries({ ...field<Labels>(manifest, manifest.kind === "Secret" ? "data" : "binaryData") });
  return {
    ...(manifest.kind === "Secret" ? {} : field<Labels>(manifest, "data")),
    ...Object.fromEntries(decoded.map(([key, value]) => [key, Buffer.from(value, "base64").toString()])),
    ...field<Labels>(manifest, "stringData"),
  };
}

/** Findings of one kind: several objects that share what must be unique. */
export function duplicates(values: readonly string[]): string[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))];
}
