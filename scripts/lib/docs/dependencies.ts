import * as fs from "node:fs";
import * as path from "node:path";
import { catalogue, type ServiceName, serviceNames } from "../../../components/core/catalogue";
import type { Manifest } from "../manifests";
import { root } from "../render";

/** Diagrams of the service catalogue: what is wired to what, and who may talk to whom. */

export interface Dependency {
  readonly from: ServiceName;
  readonly to: ServiceName;
  /** Whether it cannot run without. */
  readonly required: boolean;
}

/** The services that each is wired to, as the lines of `index.ts` say it: the one place where a dependency is written down. */
export function wiring(
  text = fs.readFileSync(path.join(root, "index.ts"), "utf8"),
): ReadonlyMap<ServiceName, readonly ServiceName[]> {
  const lines = [...text.matchAll(/(?:const (\w+) = )?platform\.install\((\w+), \{([^}]*)\}\)/g)];
  const called = (type: string) => {
    const found = serviceNames.find((service) => service.replaceAll("-", "") === type.toLowerCase());
    if (!found) throw new Error(`index.ts installs ${type}, which is no service of the catalogue`);
    return found;
  };
  const variables = new Map(lines.map(([, variable = "", type = ""]) => [variable, called(type)]));
  return new Map(
    lines.map(([, , type = "", wired = ""]) => [
      called(type),
      wired
        .split(",")
        .map((each) => each.trim())
        .filter(Boolean)
        .map((variable) => {
          const service = variables.get(variable);
          if (!service)
            throw new Error(`index.ts wires ${type} to ${variable}, which it does not install by that name`);
          return service;
        }),
    ]),
  );
}

/** In the order of the catalogue. */
export const dependencies = (wired: ReturnType<typeof wiring>): readonly Dependency[] =>
  serviceNames.flatMap((from) =>
    [...new Set<ServiceName>([...catalogue[from].requires, ...(wired.get(from) ?? [])])].map((to) => ({
      from,
      to,
      required: (catalogue[from].requires as readonly string[]).includes(to),
    })),
  );

export function mermaidOf(edges: readonly Dependency[]): string {
  const layers = [...new Set(serviceNames.map((service) => catalogue[service].layer))];
  const groups = layers.flatMap((layer) => [
    `  subgraph ${layer}`,
    ...serviceNames.filter((service) => catalogue[service].layer === layer).map((service) => `    ${service}`),
    "  end",
  ]);
  return [
    "flowchart LR",
    ...groups,
    ...edges.map(({ from, to, required }) => `  ${from} ${required ? "-->" : "-.->"} ${to}`),
  ].join("\n");
}

interface Policy extends Manifest {
  readonly spec: {
    readonly podSelector: { readonly matchLabels?: Readonly<Record<string, string>> };
    readonly policyTypes: readonly ("Ingress" | "Egress")[];
    readonly ingress?: readonly {
      readonly from?: readonly { readonly podSelector?: { readonly matchLabels?: Readonly<Record<string, string>> } }[];
      readonly ports?: readonly { readonly port: number }[];
    }[];
  };
}

interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly ports: string;
}

/** The flows between running workloads, read back from the rendered policies. */
export function arrowsIn(manifests: readonly Manifest[]): readonly Arrow[] {
  const policies = manifests.filter(({ kind }) => kind === "NetworkPolicy") as unknown as readonly Policy[];
  const key = (labels: Readonly<Record<string, string>> | undefined): string => JSON.stringify(labels ?? {});
  // A workload's own says what it sends as well; one beside it only who else may reach it.
  const own = policies.filter(({ spec }) => spec.policyTypes.includes("Egress"));
  const names = new Map(own.map(({ metadata, spec }) => [key(spec.podSelector.matchLabels), metadata.name]));
  const jobs = new Set(manifests.filter(({ kind }) => kind === "Job").map(({ metadata }) => metadata.name));
  return policies.flatMap((policy) =>
    (policy.spec.ingress ?? []).flatMap(({ from = [], ports = [] }) =>
      from.flatMap(({ podSelector }) => {
        const source = podSelector && names.get(key(podSelector.matchLabels));
        const target = names.get(key(policy.spec.podSelector.matchLabels));
        if (!source || !target || jobs.has(source)) return [];
        return [{ from: source, to: target, ports: ports.map(({ port }) => port).join(", ") }];
      }),
    ),
  );
}

export const diagram = (manifests: readonly Manifest[]): string =>
  [
    "flowchart LR",
    ...arrowsIn(manifests)
      .map(({ from, to, ports }) => `  ${from} -->|${ports}| ${to}`)
      .sort(),
  ].join("\n");
