import type { Policies, PolicyResource, ReportViolation, ResourceValidationArgs } from "@pulumi/policy";
import { families, familyNames } from "./families";
import { type Asked, judge, unknown } from "./judge";
import type { Manifest } from "./objects/manifest";

const isKubernetesObject = ({ type }: { readonly type: string }) =>
  // A patch is a part of an object that is somebody else's.
  type.startsWith("kubernetes:") && !type.endsWith("Patch");

/**
 * The pack's policies: one per family, each judging the whole stack. The engine shows a stack's policies what providers
 * returned, with all that the cluster filled in; the rules are about what the program asks for, which the engine shows
 * object by object before it acts. So one policy only listens.
 */
export function policies(): Policies {
  const asked = new Map<string, unknown>();
  /** What this run does not ask for, such as what `--target` leaves alone, is there for others to refer to. */
  const objectsOf = (resources: readonly PolicyResource[]): Asked[] =>
    resources
      .filter(isKubernetesObject)
      .map(({ urn, props, opts }) => ({ urn, props: asked.get(urn) ?? plain(props), protect: opts.protect }));
  return [
    {
      name: "listen",
      description: "Collects what the program asks for; reports nothing.",
      enforcementLevel: "advisory",
      validateResource: (args: ResourceValidationArgs) => {
        if (isKubernetesObject(args)) asked.set(args.urn, inScope(plain(args.props)));
      },
    },
    ...familyNames.map((name) => ({
      name,
      description: families[name].description,
      enforcementLevel: "mandatory" as const,
      validateStack: ({ resources }: { readonly resources: readonly PolicyResource[] }, report: ReportViolation) => {
        for (const { urn, message } of judge(name, objectsOf(resources)).violations) {
          if (urn === undefined || asked.has(urn)) report(message, urn);
        }
      },
    })),
    {
      name: "waiting",
      description: "Judged by the update, because it is not known before.",
      enforcementLevel: "advisory",
      validateStack: ({ resources }, report) => {
        const objects = objectsOf(resources);
        for (const name of familyNames) {
          for (const { urn, path } of judge(name, objects).waits) report(`${name}: ${path}`, urn);
        }
      },
    },
  ];
}

/** The provider takes custom kinds for namespaced, and puts them into `default`, when no cluster answers. */
function inScope(props: unknown): unknown {
  const { kind, metadata, ...rest } = props as Partial<Manifest>;
  if (kind !== "SecurityContextConstraints" || typeof metadata !== "object") return props;
  return { ...rest, kind, metadata: { ...metadata, namespace: undefined } };
}

/** A copy as plain data. The SDK's objects throw where a value is not known yet: there `unknown` stands in the copy. */
export function plain(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const at = (key: string | number) => {
    let item: unknown;
    try {
      item = (value as Readonly<Record<string | number, unknown>>)[key];
    } catch {
      return unknown;
    }
    return plain(item);
  };
  if (Array.isArray(value)) return Array.from({ length: value.length }, (_, index) => at(index));
  return Object.fromEntries(Object.keys(value).map((key) => [key, at(key)]));
}
