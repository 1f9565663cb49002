import type { SyntaxNode } from "@lezer/common";
import type { LRParser } from "@lezer/lr";

/** LogQL by Grafana's grammar of it, and what an alert on log lines counts. */

// Its types are those of an ES module only.
const { parser } = require("@grafana/lezer-logql") as { readonly parser: LRParser };

/** The places where a text is no LogQL. */
export function mistakesIn(query: string): readonly string[] {
  const found: string[] = [];
  parser.parse(query).iterate({
    enter: ({ type, from }) => {
      if (type.isError) found.push(`"${query.slice(from, from + 20)}" at ${from}`);
    },
  });
  return found;
}

type Labels = Readonly<Record<string, string>>;

/** A line of a container, with what stands beside it. */
export interface Logged {
  readonly labels: Labels;
  readonly line: string;
}

const nodesOf = (query: string, ...names: readonly string[]): SyntaxNode[] => {
  const found: SyntaxNode[] = [];
  parser.parse(query).iterate({
    enter: ({ type, node }) => {
      if (names.includes(type.name)) found.push(node);
    },
  });
  return found;
};
const unquoted = (text: string): string => (text.startsWith("`") ? text.slice(1, -1) : (JSON.parse(text) as string));

const operators: Readonly<Record<string, (value: string, wanted: string) => boolean>> = {
  "=": (value, wanted) => value === wanted,
  "!=": (value, wanted) => value !== wanted,
  "=~": (value, wanted) => new RegExp(`^(?:${wanted})$`).test(value),
  "!~": (value, wanted) => !new RegExp(`^(?:${wanted})$`).test(value),
  "|=": (value, wanted) => value.includes(wanted),
  "|~": (value, wanted) => new RegExp(wanted).test(value),
};

function holds(operator: string, value: string, wanted: string): boolean {
  const apply = operators[operator];
  if (!apply) throw new Error(`nobody has said what ${operator} does`);
  return apply(value, wanted);
}

/** Whether a query counts a line: its labels and what stands beside it, and its text. Throws at what is not known here. */
export function counts(query: string, { labels, line }: Logged): boolean {
  const text = (node: SyntaxNode | null) => (node ? query.slice(node.from, node.to) : "");
  const unknown = nodesOf(query, "LabelParser", "JsonExpressionParser", "LineFormatExpr", "LabelFormatExpr", "Unwrap");
  if (unknown.length > 0) throw new Error(`nobody has said what ${text(unknown[0] ?? null)} does`);
  const matchers = nodesOf(query, "Matcher").map((node) => {
    const [, name = "", operator = "", value = ""] = /^(\w+)\s*(=~|!~|!=|=)\s*(.*)$/s.exec(text(node)) ?? [];
    return holds(operator, labels[name] ?? "", unquoted(value));
  });
  const filters = nodesOf(query, "LineFilter").map((node) => {
    const [, operator = "", value = ""] = /^(\|=|\|~|!=|!~)\s*(.*)$/s.exec(text(node)) ?? [];
    return holds(operator, line, unquoted(value));
  });
  return [...matchers, ...filters].every(Boolean);
}

/** `sum by (...) (<what>(... [<minutes>m])) > <limit>`: the one form of alerts on logs. */
export function countingOf(query: string): {
  readonly per: "rate" | "count";
  readonly minutes: number;
  readonly limit: number;
} {
  const [, per, minutes, limit] =
    /^sum(?: by \([\w, ]+\))? ?\((rate|count_over_time)\(.*\[(\d+)m\]\)\) > (\d+)$/s.exec(query) ?? [];
  if (!per) throw new Error(`${query} has not the form of the alerts on logs`);
  return { per: per === "rate" ? "rate" : "count", minutes: Number(minutes), limit: Number(limit) };
}

/** Whether it is true after its window, when each of these lines came so often within it. */
export function isTrue(query: string, lines: readonly (Logged & { readonly times: number })[]): boolean {
  const { per, minutes, limit } = countingOf(query);
  const grouping = nodesOf(query, "Grouping").flatMap(
    (node) => query.slice(node.from, node.to).match(/\w+/g)?.slice(1) ?? [],
  );
  const sums = new Map<string, number>();
  for (const logged of lines.filter((each) => counts(query, each))) {
    const group = grouping.map((name) => logged.labels[name]).join("/");
    sums.set(group, (sums.get(group) ?? 0) + logged.times);
  }
  return [...sums.values()].some((sum) => (per === "rate" ? sum / (minutes * 60) : sum) > limit);
}
