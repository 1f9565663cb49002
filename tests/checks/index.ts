import { families, familyNames } from "../../policies/families";
import type { Check } from "../../policies/objects/manifest";
import { unwaived, type Waiver } from "../../policies/waivers";
import { footprint, withinBudget } from "./budget";
import { type AtRunTime, connections } from "./connections";
import { dnsNames } from "./dns";
import { type Flow, provenFlows } from "./flows";
import { fits, type Nodes } from "./packing";
import { standalone } from "./standalone";

/** What the checks must be told about a stack, because its objects do not show it. */
export interface Stack {
  readonly mode: "ha" | "standalone";
  readonly flows: readonly Flow[];
  readonly atRunTime: AtRunTime;
  readonly budget: { readonly cpu: string; readonly memory: string; readonly disk: string };
  /** Nodes the stack must fit on, and how many of them may be lost. */
  readonly nodes: Nodes & { readonly mayLose: number };
}

/** The rules of the policy pack by family, as a preview with it applies them. */
export const familyChecks = (
  protects: (object: string) => boolean,
  waivers?: readonly Waiver[],
): Readonly<Record<string, Check>> =>
  Object.fromEntries(
    familyNames.map((name) => [name, (manifests) => unwaived(name, families[name].rule(manifests, protects), waivers)]),
  );

/** Every check of rendered objects by name, except the schema checks, which need schemas. */
export const checksOf = (stack: Stack, protects: (object: string) => boolean): Readonly<Record<string, Check>> => ({
  ...familyChecks(protects),
  connections: (manifests) => connections(manifests, stack.atRunTime),
  "dns names": (manifests) => dnsNames(manifests, stack.atRunTime),
  ...(stack.mode === "standalone" ? { standalone } : {}),
  flows: (manifests) => provenFlows(manifests, stack.flows, stack.atRunTime),
  budget: (manifests) => withinBudget(footprint(manifests, stack.nodes.count), stack.budget),
  packing: (manifests) => fits(manifests, stack.nodes, stack.nodes.mayLose),
});
