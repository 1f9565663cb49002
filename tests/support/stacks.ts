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
