import { catalogue, type ServiceName, serviceNames } from "../../../components/core/catalogue";
import { imageVersion, sandboxImage } from "../../../components/core/images";
import type { Mode } from "../../../components/core/names";
import { type StandIn, standIns } from "../../../sandbox/images/standins";
import { table } from "../markdown";
import { cannotRun, flaw, levels, type Proof, type Proofs, provingModes } from "./record";

/** How far each service is proven, for the service catalogue. */

/** @param manifests of a service at full size, as they are rendered now */
export function proofSection(proofs: Proofs, manifests: (mode: Mode, service: ServiceName) => string): string {
  const rows = serviceNames.flatMap((service) =>
    provingModes.map((mode) => {
      const not = cannotRun(service);
      if (not)
        return [service, mode, "scheduled", "-", cell(not.instead), "-", "-", `**nothing**: ${cell(not.reason)}`];
      const proof = proofs[service]?.[mode];
      const wrong = flaw(proof, mode, manifests(mode, service));
      return [service, mode, ...judgement(proof, wrong), ...circumstances(proof), standInOf(service)];
    }),
  );
  const meanings = Object.entries(levels).map(([level, meaning]) => `- **${level}**: ${meaning}`);
  return `## How far each is proven

A service in a mode is proven when \`make alive\` got it as far as it must get: in standalone it is alive, in ha it survives. Each level
includes those before it:

${meanings.join("\n")}

What is proven is bound to the committed manifests at full size (\`tests/golden\`) by their hash; what was run is the same stack in small
sizes, together with the services named under "Beside". What a service uses only when it is there, and was not, is not proven by that run.
Nor is what the sandbox's stand-in of its image lacks: follow the link. Where no program of the product can be had, nor one that speaks
for it, nothing ran: "Seen" then tells how its configuration is checked, and the smoke check is for clusters that have the image.

${table(["Service", "Mode", "Proven", "Date", "Seen", "Beside", "On", "Ran instead of the image"], rows)}`;
}

/** How far a service is proven in a mode, in a word. @param manifests as they are rendered now */
export function standing(proofs: Proofs, mode: Mode, service: ServiceName, manifests: string): string {
  if (cannotRun(service)) return "scheduled";
  const proof = proofs[service]?.[mode];
  const [level = ""] = judgement(proof, flaw(proof, mode, manifests));
  return level.split(":")[0] ?? "";
}

/** How far, when, and what was seen. What is proven of other manifests says nothing about these. */
function judgement(proof: Proof | undefined, wrong: string | undefined): readonly string[] {
  const { date = "-", level = "rendered", detail = "" } = proof ?? {};
  if (!wrong) return [level, date, cell(detail)];
  return proof?.result === "failed" ? [`**no**: failed`, date, cell(detail)] : [`**no**: ${wrong}`, date, "-"];
}

function circumstances(proof: Proof | undefined): readonly string[] {
  if (!proof) return ["-", "-"];
  const { cores, memoryGiB, nodes } = proof.machine;
  const where = `${nodes === 1 ? "1 node" : `${nodes} nodes`} on a machine of ${cores} cores and ${memoryGiB} GiB`;
  return [proof.beside.join(", ") || "-", where];
}

/** What the sandbox runs under the name of the service's image, and where its differences are told. */
export function standInOf(service: ServiceName, known: Readonly<Record<string, StandIn>> = standIns): string {
  const image = sandboxImage(catalogue[service].image);
  const tag = imageVersion(catalogue[service].image, { mirrors: {}, overrides: {} });
  const standIn = known[image];
  if (!standIn) return `the image itself: ${image} has no stand-in`;
  const products = standIn.contains.map(({ product, version }) => `${product} ${version}`).join(", ");
  const other = standIn.anotherProduct ? `; **another product**: ${cell(standIn.anotherProduct)}` : "";
  return `[${products}](STAND_INS.md#${anchor(image)}) for ${tag}${other}`;
}

/** The anchor that Markdown gives a heading. */
export const anchor = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_ -]/gu, "")
    .replaceAll(" ", "-");

const cell = (text: string): string => text.replaceAll("|", "\\|");
