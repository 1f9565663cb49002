import { type Manifest, objectOf } from "../../policies/objects/manifest";
import { type Rendered, render, type Stack, stackConfig } from "../../scripts/lib/render";

/** Renders each stack once per test run; renders share global mocks, hence one after the other. */
let last: Promise<unknown> = Promise.resolve();
const rendered = new Map<string, Promise<Rendered>>();

/** @param changes keys of the stack config that are other than in its file */
export function rendering(stack: Stack, changes: Readonly<Record<string, string>> = {}): Promise<Rendered> {
  const key = JSON.stringify([stack, changes]);
  const known = rendered.get(key);
  if (known) return known;
  const next = last.then(() => render({ ...stackConfig(stack), ...changes }, stack));
  last = next.catch(() => undefined);
  rendered.set(key, next);
  return next;
}

/** The ha stack with the one option that gives pods more than restricted-v2 does. */
export const filesCollected = (): Promise<Rendered> => rendering("ha", { "datalyptica:logCollection": "file" });

/** Tells which Kubernetes objects of a stack Pulumi protects, by their names in findings. */
export function protectedIn({ resources }: Rendered): (object: string) => boolean {
  const objects = resources
    .filter(({ type, protect }) => protect && type.startsWith("kubernetes:"))
    .map(({ inputs }) => objectOf(inputs as Manifest));
  return (object) => objects.includes(object);
}
