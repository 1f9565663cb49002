import { availability } from "./availability";
import { footprint, withinBudget } from "./budget";
import { type AtRunTime, connections } from "./connections";
import { dnsNames } from "./dns";
import { fields } from "./fields";
import { type Flow, provenFlows } from "./flows";
import { labels } from "./labels";
import type { Check } from "./manifest";
import { fits, type Nodes } from "./packing";
import { policies } from "./policies";
import { rbac } from "./rbac";
import { references } from "./references";
import { scc } from "./scc";
import { secrets } from "./secrets";
import { security, type Waiver } from "./security";

/** What the checks must be told about a stack, because its objects do not show it. */
export interface Stack {
  readonly mode: "ha" | "standalone";
  readonly flows: readonly Flow[];
  readonly atRunTime: AtRunTime;
  readonly waivers: readonly Waiver[];
  readonly budget: { readonly cpu: string; readonly memory: string; readonly disk: string };
  /** Nodes the stack must fit on, and how many of them may be lost. */
  readonly nodes: Nodes & { readonly mayLose: number };
}

/** Every check of rendered objects by name, except the schema checks, which need schemas. */
export const checksOf = (stack: Stack): Readonly<Record<string, Check>> => ({
  fields,
  labels,
  references,
  connections: (manifests) => connections(manifests, stack.atRunTime),
  "dns names": (manifests) => dnsNames(manifests, stack.atRunTime),
  secrets: (manifests) => secrets(manifests),
  security: (manifests) => security(manifests, stack.waivers),
  rbac,
  scc,
  availability: (manifests) => availability(manifests, stack.mode),
  policies,
  flows: (manifests) => provenFlows(manifests, stack.flows, stack.atRunTime),
  budget: (manifests) => withinBudget(footprint(manifests, stack.nodes.count), stack.budget),
  packing: (manifests) => fits(manifests, stack.nodes, stack.nodes.mayLose),
});
