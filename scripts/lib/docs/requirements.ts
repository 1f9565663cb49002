import { catalogue, type ServiceName } from "../../../components/core/catalogue";
import type { Mode } from "../../../components/core/names";
import requirements from "../../../docs/requirements.json";
import { generated, table } from "../markdown";

/** The requirements, each with where it is met and what proves it: `docs/requirements.json`. */
export interface Requirement {
  readonly id: string;
  readonly title: string;
  /** It is open as long as the catalogue does not have this one. */
  readonly service?: string;
  readonly mode?: Mode;
  /** Workloads of the service in that mode -> their number, or their kind where that is not said by a number. */
  readonly workloads?: Readonly<Record<string, number | string>>;
  /** Where it is met, beside what follows from the service. */
  readonly files?: readonly string[];
  /** Objects of the stack, of ha without a mode, as `kind/name`. */
  readonly objects?: readonly string[];
  /** Who the ha stack's policies let talk to whom, as `workload -> workload`. */
  readonly flows?: readonly string[];
  /** A test's file, and a part of its title that is in it. */
  readonly checks?: readonly { readonly test: string; readonly title: string }[];
  /** Why nothing proves it yet. */
  readonly open?: string;
  /** Where it is met in another way than the requirement names. */
  readonly note?: string;
}

export const allRequirements = requirements as readonly Requirement[];

interface Group {
  readonly title: string;
  readonly count: number;
  /** What holds for all of it. */
  readonly note?: string;
}

/** The groups, by the letter of their ids, and how many there are of each. */
export const groups: Readonly<Record<string, Group>> = {
  H: { title: "Services in ha", count: 25 },
  S: { title: "Services in standalone", count: 25 },
  N: { title: "NetworkPolicies", count: 6 },
  R: { title: "RBAC and SCCs", count: 41 },
  T: {
    title: "Routes",
    count: 8,
    note: "TLS ends at the router, with its default certificate or that of the stack config. Where a service serves TLS too, the router goes on to it by TLS and verifies it (`reencrypt`).",
  },
  D: { title: "Documents", count: 7 },
  A: { title: "Scripts", count: 7 },
  V: { title: "Tried", count: 3 },
};

/** The test that compares workloads, objects and flows with what is rendered. */
export const renderedTest = "tests/rendered/requirements.test.ts";

const known = (service: string): service is ServiceName => service in catalogue;

/** Why it is open, if it is. */
export const openBecause = ({ open, service }: Requirement): string | undefined =>
  open ?? (service && !known(service) ? `${service} is not built yet` : undefined);

/** Files in which it is met. */
export function filesOf({ files = [], service, mode }: Requirement): readonly string[] {
  if (!service || !known(service)) return files;
  const own = [`components/${catalogue[service].layer}/${service}.ts`];
  return [...new Set([...files, ...own, ...(mode ? [`tests/golden/${mode}/${service}.yaml`] : [])])];
}

/** Tests that prove it. */
export function checksOf(requirement: Requirement): readonly { readonly test: string; readonly title: string }[] {
  const { id, checks = [], workloads, objects, flows, service, mode } = requirement;
  const rendered = workloads || objects || flows ? [{ test: renderedTest, title: id }] : [];
  const smoke =
    mode && service && known(service) ? [{ test: `scripts/lib/smoke/${service}.ts`, title: "smokeCheck(" }] : [];
  return [...rendered, ...checks, ...smoke];
}

export function requirementsMap(): string {
  const sections = Object.entries(groups).map(([letter, { title, note: about }]) => {
    const rows = allRequirements
      .filter(({ id }) => id.startsWith(letter))
      .map((requirement) => {
        const open = openBecause(requirement);
        const { id, title, note } = requirement;
        const where = filesOf(requirement).map((file) => `[${file}](../${file})`);
        const checks = [...new Set(checksOf(requirement).map(({ test }) => test))].map(
          (test) => `[${test}](../${test})`,
        );
        return [
          id,
          note ? `${title} (${note})` : title,
          open ? `**open**: ${open}` : "met",
          open ? "-" : where.join(", ") || "-",
          open ? "-" : checks.join(", "),
        ];
      });
    const met = rows.filter(([, , state]) => state === "met").length;
    return `## ${title} (${met} of ${rows.length})\n\n${about ? `${about}\n\n` : ""}${table(["Id", "Requirement", "State", "Where", "Checked by"], rows)}`;
  });
  const met = allRequirements.filter((requirement) => !openBecause(requirement)).length;
  return `${generated}
# Requirements

${met} of ${allRequirements.length} requirements are met: a file in which, and a check that would fail if it were not. \`${renderedTest}\` compares numbers of replicas, objects and flows
with what is rendered; how far services ran for real is in the [service catalogue](SERVICE_CATALOG.md). The list is \`docs/requirements.json\`.

${sections.join("\n\n")}
`;
}
