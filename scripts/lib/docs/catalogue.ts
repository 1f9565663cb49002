import * as path from "node:path";
import { catalogue, type ServiceName, serviceNames } from "../../../components/core/catalogue";
import {
  type ImageName,
  imageSources,
  imageTitle,
  imageVersion,
  type OwnImage,
  ownImages,
} from "../../../components/core/images";
import type { Mode } from "../../../components/core/names";
import { generated, table } from "../markdown";
import { proofSection, standing } from "../proofs/page";
import { readProofs } from "../proofs/record";
import { byService, type Rendered } from "../render";
import { dependencies, diagram, mermaidOf, wiring } from "./dependencies";
import { partsOf } from "./parts";

const modes = ["ha", "standalone"] as const;
type ByMode = Readonly<Record<Mode, Rendered>>;

/** The service catalogue, read back from what is rendered and from what the catalogue in the program says. */
export function serviceCatalogue(rendered: ByMode): string {
  const manifests = { ha: byService(rendered.ha.manifests), standalone: byService(rendered.standalone.manifests) };
  const textOf = (mode: Mode, service: ServiceName) => manifests[mode].get(service) ?? "";
  const proven = (mode: Mode, service: ServiceName) => standing(readProofs(), mode, service, textOf(mode, service));
  const overview = serviceNames.map((service) => {
    const { layer, summary, image } = catalogue[service];
    return [
      `[${service}](#${service})`,
      layer,
      summary,
      versionOf(image),
      routeOf(service),
      proven("ha", service),
      proven("standalone", service),
    ];
  });
  return `${generated}
# Service catalogue

${table(["Service", "Layer", "What it is", "Version", "Route", "Proven in ha", "Proven in standalone"], overview)}

## What depends on what

As \`index.ts\` wires it. A service cannot run without those that a solid arrow leads to; it uses those that a dotted one leads to when they are there. Prometheus
also asks every service for its metrics, Alloy reads the logs of all pods.

\`\`\`mermaid
${mermaidOf(dependencies(wiring()))}
\`\`\`

## Services

${serviceNames.map((service) => section(service, rendered, proven)).join("\n\n")}

${proofSection(readProofs(), textOf)}

## Who talks to whom (ha)

Every arrow is a flow that the NetworkPolicies let pass, with the port of the target; there are no others, except DNS for all pods, the API
server for PostgreSQL (Patroni), and the router to the pods behind a Route. Jobs that only prepare something are left out.

\`\`\`mermaid
${diagram(rendered.ha.manifests)}
\`\`\`

${modes.map((mode) => `## Footprint of ${mode}\n\n${footprint(rendered[mode])}`).join("\n\n")}
`;
}

const published = { mirrors: {}, overrides: {} };

/** What an image of the platform's own is built on. */
function baseOf(image: ImageName): string | undefined {
  const own = ownImages.find((name): name is OwnImage => name === image);
  return own && [...imageSources(own, published).containerfile.matchAll(/^FROM ([^\s@]+)/gm)].at(-1)?.[1];
}

function versionOf(image: ImageName): string {
  const base = baseOf(image);
  return `${imageVersion(image, published)}${base ? ` on ${path.basename(base)}` : ""}`;
}

const routeOf = (service: ServiceName): string => {
  const facts = catalogue[service];
  return "route" in facts ? `\`${facts.route}.<domain>\`` : "-";
};

function section(service: ServiceName, rendered: ByMode, proven: (mode: Mode, service: ServiceName) => string): string {
  const { layer, summary, image, requires } = catalogue[service];
  const parts = {
    ha: partsOf(rendered.ha.manifests, service),
    standalone: partsOf(rendered.standalone.manifests, service),
  };
  const edges = dependencies(wiring());
  const uses = edges.filter(({ from, required }) => from === service && !required).map(({ to }) => to);
  const usedBy = edges.filter(({ to }) => to === service).map(({ from }) => from);
  const list = (items: readonly string[], none: string) => items.join(", ") || none;
  const { ports, keeps, login } = parts.ha;
  const rows = [
    ["Namespace", `\`<prefix>-${layer}\``],
    ["Image", [imageTitle(image), baseOf(image)].filter(Boolean).join(", built on ")],
    ...modes.map((mode) => [`Topology in ${mode}`, list(parts[mode].workloads, "-")]),
    ...modes.map((mode) => [`Volumes in ${mode}`, list(parts[mode].volumes, "none")]),
    ["Ports (Kubernetes Service: port)", list(ports, "none")],
    ["Needs", list(requires, "nothing")],
    ["Uses when there", list(uses, "nothing")],
    ["Used by", list(usedBy, "nobody")],
    ["Keeps at others", list(keeps, "nothing")],
    ["Route", routeOf(service)],
    ["Single sign-on", "route" in catalogue[service] ? (login ?? "no: it has users of its own") : (login ?? "-")],
    ["Proven", modes.map((mode) => `${mode}: ${proven(mode, service)}`).join("; ")],
    ["When something is wrong", `[runbook](runbooks/${service}.md)`],
  ];
  return `### ${service}

${summary}.

${table(["", ""], rows as readonly string[][])}`;
}

function footprint({ outputs }: Rendered): string {
  const rows = outputs.footprint as Record<string, { replicas: number; cpu: string; memory: string; disk: string }>;
  return table(
    ["Workload", "Pods", "CPU", "Memory", "Disk"],
    Object.entries(rows).map(([name, { replicas, cpu, memory, disk }]) => [name, `${replicas}`, cpu, memory, disk]),
  );
}
