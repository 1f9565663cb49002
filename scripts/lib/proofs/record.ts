import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { catalogue, type ServiceName, serviceNames } from "../../../components/core/catalogue";
import { sandboxImage } from "../../../components/core/images";
import type { Mode } from "../../../components/core/names";
import { type Unavailable, unavailable } from "../../../sandbox/images/standins";
import { root } from "../render";

/** How far each service is proven in each mode: what docs/proofs.json keeps, and what a proof is worth. */

/** How far a proof goes. Each level includes those before it. */
export const levels = {
  rendered: "the committed manifests are what the program renders, and pass every check of them (`make unit`)",
  scheduled:
    "at full size, a real API server takes them and every pod finds a node (`make end-to-end`, for all services in both modes)",
  alive:
    "small, in real pods under SCC admission and enforced NetworkPolicies: the smoke check passes, no container restarts, no packet is dropped (`make alive`)",
  survives: "also, one pod of each workload is killed, comes back, and the smoke check passes again (`make alive`)",
} as const;
export type Level = keyof typeof levels;

/** Where a mode is proven: the stack of the same shape in small sizes, on how many real nodes, and how far it must get. */
export const proving = {
  standalone: { stack: "sandbox", nodes: 1, goal: "alive" },
  ha: { stack: "sandbox-ha", nodes: 4, goal: "survives" },
} as const satisfies Record<Mode, { readonly stack: string; readonly nodes: number; readonly goal: Level }>;

export const provingModes = Object.keys(proving) as Mode[];

/** Why a service cannot be run where proofs are made, and how its configuration is checked instead; undefined when it can. */
export const cannotRun = (service: ServiceName): Unavailable | undefined =>
  unavailable[sandboxImage(catalogue[service].image)];

/** Services that a proof can be had of. */
export const provable = serviceNames.filter((service) => !cannotRun(service));

/** The last try to prove a service in a mode. */
export interface Proof {
  /** SHA-256 of the service's rendered manifests at full size: tests/golden/<mode>/<service>.yaml. */
  readonly manifest: string;
  /** YYYY-MM-DD. */
  readonly date: string;
  /** How far it got. */
  readonly level: Level;
  /** Whether that is as far as the mode must get. */
  readonly result: "passed" | "failed";
  /** What was seen, or what went wrong. */
  readonly detail: string;
  readonly machine: { readonly cores: number; readonly memoryGiB: number; readonly nodes: number };
  /** The other services of the stack in which it ran: what it uses only when present may have been absent. */
  readonly beside: readonly ServiceName[];
}

/** By service and mode. A service may have gone from the catalogue since. */
export type Proofs = Readonly<Record<string, { readonly [M in Mode]?: Proof }>>;

/** What came of a try: how far it got, what was seen on the way, and what stopped it short of the mode's goal. */
export interface Outcome {
  readonly level: Level;
  readonly seen: readonly string[];
  readonly stopped?: string;
}

/** The record of a try. @param conditions of all services that were tried together */
export function proofOf(
  service: ServiceName,
  { level, seen, stopped }: Outcome,
  manifests: string,
  conditions: Pick<Proof, "date" | "machine"> & { readonly services: readonly ServiceName[] },
): Proof {
  const { date, machine, services } = conditions;
  return {
    manifest: hashOf(manifests),
    date,
    level,
    result: stopped === undefined ? "passed" : "failed",
    detail: short(stopped ?? seen.join("; ")),
    machine,
    beside: services.filter((each) => each !== service),
  };
}

const file = path.join(root, "docs", "proofs.json");

/** The committed manifests of a service at full size; empty when there are none. */
export function golden(mode: Mode, service: ServiceName): string {
  const manifests = path.join(root, "tests", "golden", mode, `${service}.yaml`);
  return fs.existsSync(manifests) ? fs.readFileSync(manifests, "utf8") : "";
}

export const readProofs = (): Proofs => JSON.parse(fs.readFileSync(file, "utf8")) as Proofs;

export function writeProofs(proofs: Proofs): void {
  fs.writeFileSync(file, `${JSON.stringify(proofs, null, 2)}\n`);
}

/** The proofs with one more, which replaces the older one; in the catalogue's order, without services that have gone. */
export function withProof(proofs: Proofs, service: ServiceName, mode: Mode, proof: Proof): Proofs {
  const all: Proofs = { ...proofs, [service]: { ...proofs[service], [mode]: proof } };
  return Object.fromEntries(
    serviceNames.flatMap((name) => {
      const own = all[name];
      if (!own) return [];
      return [[name, Object.fromEntries(provingModes.flatMap((each) => (own[each] ? [[each, own[each]]] : [])))]];
    }),
  );
}

export const hashOf = (manifests: string): string => createHash("sha256").update(manifests).digest("hex");

/** One line of at most 300 characters: what a record or a table can hold. */
export function short(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > 300 ? `${line.slice(0, 297)}...` : line;
}

/** What is wrong with a service's proof, in words; undefined when it proves these manifests. */
export function flaw(proof: Proof | undefined, mode: Mode, manifests: string): string | undefined {
  if (!proof) return "has no proof";
  if (proof.manifest !== hashOf(manifests)) return `has a proof of ${proof.date}, but of other manifests`;
  const { goal } = proving[mode];
  if (proof.result === "passed" && proof.level === goal) return undefined;
  return `failed on ${proof.date}: ${proof.level} instead of ${goal}: ${proof.detail}`;
}

/** One service in one mode whose proof is not worth what it should be. */
export interface Flaw {
  readonly service: ServiceName;
  readonly mode: Mode;
  readonly what: string;
}

/** @param manifests of a service at full size */
export function flaws(proofs: Proofs, manifests = golden): readonly Flaw[] {
  return provable.flatMap((service) =>
    provingModes.flatMap((mode) => {
      const what = flaw(proofs[service]?.[mode], mode, manifests(mode, service));
      return what ? [{ service, mode, what }] : [];
    }),
  );
}

/** All flaws in one message, with the commands that cure them; empty when there are none. */
export function complaint(found: readonly Flaw[]): string {
  const lines = found.map(({ service, mode, what }) => `  ${service} ${mode} ${what}`);
  const cures = provingModes.flatMap((mode) => {
    const services = found.filter((each) => each.mode === mode).map(({ service }) => service);
    return services.length > 0 ? [`  make alive MODE=${mode} SERVICES="${services.join(" ")}"`] : [];
  });
  return found.length === 0 ? "" : ["not proven:", ...lines, "to cure it:", ...cures].join("\n");
}

/** The services with all that they cannot run without, in the catalogue's order. */
export function withRequired(services: readonly ServiceName[]): readonly ServiceName[] {
  const needed = new Set<string>(services);
  // A set that grows while it is walked is walked to its end.
  for (const name of needed) for (const required of catalogue[name as ServiceName].requires) needed.add(required);
  return serviceNames.filter((name) => needed.has(name));
}
