import * as fs from "node:fs";
import * as path from "node:path";
import * as yaml from "yaml";
import type { Mode } from "../../components/core/names";
import { standIns, unavailable } from "../../sandbox/images/standins";
import { serviceCatalogue } from "./docs/catalogue";
import { requirementsMap } from "./docs/requirements";
import { type DrillName, drills } from "./drills/drills";
import type { DrillRecord } from "./drills/run";
import { generated, table } from "./markdown";
import { type Rendered, root } from "./render";
import { runbooks } from "./runbooks";

/** The generated reference pages, by file name under docs/. `make docs` writes them; a test sees that they are fresh. */
export function pages(rendered: Readonly<Record<Mode, Rendered>>): ReadonlyMap<string, string> {
  return new Map([
    ["SERVICE_CATALOG.md", serviceCatalogue(rendered)],
    ["REQUIREMENTS_MAP.md", requirementsMap()],
    ["CONFIGURATION.md", configuration()],
    ["STAND_INS.md", standInPage()],
    ["DRILLS.md", drillPage()],
    ...runbooks(rendered.ha.manifests),
  ]);
}

function configuration(): string {
  const project = yaml.parse(fs.readFileSync(path.join(root, "Pulumi.yaml"), "utf8")) as {
    config: Record<string, { type: string; description: string }>;
  };
  const rows = Object.entries(project.config).map(([key, { type, description }]) => [
    `\`datalyptica:${key}\``,
    type,
    description.replaceAll("|", "\\|"),
  ]);
  return `${generated}
# Configuration

Keys of a stack's config (\`Pulumi.<stack>.yaml\` or \`pulumi config set\`). All values are checked before the first resource, and every
problem is reported in one message with the key, the value and what is allowed.

${table(["Key", "Type", "Meaning"], rows)}
`;
}

function standInPage(): string {
  const sections = Object.entries(standIns).map(([image, { contains, anotherProduct, differences }]) => {
    const products = contains.map(({ product, version, from }) => [product, version, from]);
    const other = anotherProduct ? `**Another product**: ${anotherProduct}\n\n` : "";
    return `## ${image}\n\n${table(["Product", "Version", "From"], products)}\n\n${other}${differences.map((each) => `- ${each}`).join("\n")}`;
  });
  const missing = Object.entries(unavailable).map(
    ([image, { reason, instead }]) => `## ${image}\n\n**Not run**: ${reason}\n\n- instead: ${instead}`,
  );
  return `${generated}
# Stand-in images of the sandbox

Where images cannot be pulled, the sandbox builds these and imports them under the catalogue's names. What they differ in limits what the
sandbox proves.

${[...sections, ...missing].join("\n\n")}
`;
}

function drillPage(): string {
  const record = JSON.parse(fs.readFileSync(path.join(root, "docs", "drills.json"), "utf8")) as DrillRecord;
  const { machine, nodes, runs } = record;
  const sections = (Object.keys(drills) as DrillName[]).map((name) => {
    const { title, limits } = drills[name];
    const rows = runs
      .filter(({ drill }) => drill === name)
      .map((run) => [
        run.date,
        run.target,
        `${run.writeGap}`,
        `${run.writesLost} of ${run.writes}`,
        `${run.queryGap}`,
        `${run.queriesFailed} of ${run.queries}`,
        `${run.wholeAfter}`,
        run.failures.join("; ") || "passed",
      ]);
    const header = [
      "Date",
      "Target",
      "Write gap (s)",
      "Writes lost",
      "Query gap (s)",
      "Queries failed",
      "Whole after (s)",
      "",
    ];
    return `## ${name}: ${title}

Allowed: ${limits.writeGap} s without a write, ${limits.queryGap} s without a query, whole again after ${limits.wholeAfter} s, no acknowledged write lost.

${table(header, rows)}`;
  });
  return `${generated}
# Drills

Last results of \`make drills\`: stack \`sandbox-ha\` on ${nodes} real nodes that share one machine of ${machine.cores} cores and ${machine.memoryGiB} GiB, under SCC admission
and enforced NetworkPolicies. One client writes ten rows a second to PostgreSQL, each committed by itself; another asks Trino for a sum
over a table about once a second. A gap is the longest time without a success; "whole" is when every replica is ready and every smoke check passes.

${sections.join("\n\n")}
`;
}
