import * as yaml from "yaml";
import { type Rendered, render, renderStack, stackConfig } from "../render";
import { dashboardsIn, filledIn, queriesOf } from "./queries";

/** Names of metrics in PromQL, by Prometheus' own grammar. */

/** Stack's mode -> job -> names that a live Prometheus had. */
export type Seen = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
/** Name -> where it is from, for what no live Prometheus of ours had. */
export type Elsewhere = Readonly<Record<string, string>>;

/** @throws Error when the text is no PromQL */
export async function namesIn(expr: string): Promise<readonly string[]> {
  const { parser } = await import("@prometheus-io/lezer-promql");
  const names: string[] = [];
  parser.parse(expr).iterate({
    enter: ({ type, name, from, to, node }) => {
      if (type.isError) throw new Error(`no PromQL at "${expr.slice(from, to + 20)}": ${expr}`);
      const metric = name === "VectorSelector" && node.firstChild;
      if (metric && metric.name === "Identifier") names.push(expr.slice(metric.from, metric.to));
    },
  });
  return names;
}

interface Rules {
  readonly groups: readonly { readonly rules: readonly { readonly expr: string }[] }[];
}

/** The expressions of all rules. */
const rulesIn = ({ manifests }: Rendered): readonly string[] =>
  (
    manifests as readonly {
      readonly metadata: { readonly name: string };
      readonly data?: Readonly<Record<string, string>>;
    }[]
  )
    .filter(({ metadata }) => metadata.name === "prometheus-rules")
    .flatMap(({ data = {} }) => Object.values(data))
    .flatMap((text) => (yaml.parse(text) as Rules).groups.flatMap(({ rules }) => rules.map(({ expr }) => expr)));

const queriesIn = ({ manifests }: Rendered): readonly string[] =>
  queriesOf(dashboardsIn(manifests as Parameters<typeof dashboardsIn>[0]).values())
    .filter(({ source }) => source === "prometheus")
    .map(({ expr }) => filledIn(expr));

/** Renders the stacks that have every rule and panel between them: each mode, and what is off by default. */
export const everything = async (): Promise<readonly Rendered[]> => [
  await render({ ...stackConfig("ha"), "datalyptica:changeData": JSON.stringify(["shop.public.orders"]) }, "ha"),
  await renderStack("standalone"),
];

/** Names that rules and dashboards of stacks have, sorted. */
export async function used(stacks: readonly Rendered[]): Promise<readonly string[]> {
  const expressions = new Set(stacks.flatMap((stack) => [...rulesIn(stack), ...queriesIn(stack)]));
  const names = await Promise.all([...expressions].map(namesIn));
  return [...new Set(names.flat())].sort();
}
