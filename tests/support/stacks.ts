import { type Manifest, objectOf } from "../../policies/objects/manifest";
import { type Rendered, renderStack, type Stack } from "../../scripts/lib/render";

/** Renders each stack once per test run; renders share global mocks, hence one after the other. */
let last: Promise<unknown> = Promise.resolve();
const rendered = new Map<Stack, Promise<Rendered>>();

export function rendering(stack: Stack): Promise<Rendered> {
  const known = rendered.get(stack);
  if (known) return known;
  const next = last.then(() => renderStack(stack));
  last = next.catch(() => undefined);
  rendered.set(stack, next);
  return next;
}

/** Tells which Kubernetes objects of a stack Pulumi protects, by their names in findings. */
export function protectedIn({ resources }: Rendered): (object: string) => boolean {
  const objects = resources
    .filter(({ type, protect }) => protect && type.startsWith("kubernetes:"))
    .map(({ inputs }) => objectOf(inputs as Manifest));
  return (object) => objects.includes(object);
}
