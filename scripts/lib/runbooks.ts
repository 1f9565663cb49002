import * as yaml from "yaml";
import type { Manifest } from "./manifests";
import { generated } from "./markdown";

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<"summary" | "cause" | "check" | "cure", string>>;
}

/** Longer expressions are lists that the program makes; nobody reads them here. */
const longest = 500;

/** A page for each service that declares alerts, by its file name under docs/: what each means and what to do. */
export function runbooks(manifests: readonly Manifest[]): readonly (readonly [string, string])[] {
  const pages = new Map<string, readonly Rule[]>();
  for (const name of ["prometheus-rules", "loki-rules"]) {
    const rules = manifests.find(({ kind, metadata }) => kind === "ConfigMap" && metadata.name === name);
    const files = (rules as unknown as { readonly data: Readonly<Record<string, string>> }).data;
    for (const [file, text] of Object.entries(files)) {
      const { groups } = yaml.parse(text) as { readonly groups: readonly { readonly rules: readonly Rule[] }[] };
      const service = file.replace(".yaml", "");
      pages.set(service, [...(pages.get(service) ?? []), ...groups.flatMap((group) => group.rules)]);
    }
  }
  return [...pages].map(([service, rules]) => [`runbooks/${service}.md`, page(service, rules)]);
}

/** Alerts that are there once for each job have one section. */
function page(service: string, rules: readonly Rule[]): string {
  const names = [...new Set(rules.map(({ alert }) => alert))];
  const sections = names.flatMap((name) => {
    const all = rules.filter(({ alert }) => alert === name);
    const [rule] = all;
    return rule ? [section(rule, all.length > 1)] : [];
  });
  return `${generated}
# Alerts of ${service}

What each means in mode ha, and what to do when it fires. Standalone has those that do not need several replicas.

${sections.join("\n\n")}
`;
}

function section({ alert, expr, labels, annotations, ...rule }: Rule, perJob: boolean): string {
  const shown = perJob ? expr.replaceAll(`"${labels.job}"`, '"<job>"') : expr;
  const because = shown.length > longest ? "" : `\n\n    ${shown}`;
  return `## ${alert}

${annotations.summary} (${labels.severity}${rule.for ? `, after ${rule.for}` : ""}).${because}

- **Cause**: ${annotations.cause}
- **Check**: ${annotations.check}
- **Cure**: ${annotations.cure}`;
}
