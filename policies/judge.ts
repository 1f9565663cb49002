import { type FamilyName, families } from "./families";
import { field, type Manifest, objectOf } from "./objects/manifest";
import { unwaived, type Waiver, waivers } from "./waivers";

/** Stands where a value will be that only the update finds out. */
export const unknown = Symbol("unknown");

/** What the program asks a Kubernetes object to be; `unknown` may stand anywhere in it. */
export interface Asked {
  readonly urn: string;
  readonly props: unknown;
  readonly protect: boolean;
}

/** A value that is not known yet, by its path, e.g. `stringData/password`. */
export interface Open {
  readonly urn: string;
  readonly path: string;
}

export interface Verdict {
  /** Without URN where the object is not in the stack, such as a namespace that others made. */
  readonly violations: readonly { readonly urn: string | undefined; readonly message: string }[];
  /** What the family must know before it can judge; then there are no violations yet. */
  readonly waits: readonly Open[];
}

const ending = (...words: readonly string[]) => new RegExp(`(^|/)(${words.join("|")})(/\\d+)?$`);

/** Maps and lists that rules look into: nobody can tell what is missing in them. */
const structures = ending(
  ...["metadata", "labels", "annotations", "spec", "template", "selector", "matchLabels", "[a-z]+Selector"],
  ...["containers", "initContainers", "securityContext", "capabilities", "seccompProfile", "drop", "add"],
  ...["resources", "requests", "limits", "ports", "env", "envFrom", "valueFrom", "volumes", "volumeMounts", "items"],
  ...["volumeClaimTemplates", "accessModes", "affinity", "podAntiAffinity", "topologySpreadConstraints"],
  ...["requiredDuringSchedulingIgnoredDuringExecution", "policyTypes", "ingress", "egress", "from", "to", "tls"],
  ...["rules", "apiGroups", "resourceNames", "verbs", "roleRef", "subjects"],
  ...["runAsUser", "seLinuxContext", "fsGroup", "supplementalGroups"],
);
/** Fields by which rules follow one object to another, or count pods. */
const relations = ending(
  ...["kind", "name", "namespace", "key", "(labels|matchLabels|selector)/.+", "serviceName", "claimName", "secretName"],
  ...["serviceAccountName", "automountServiceAccountToken", "port", "containerPort", "targetPort", "protocol"],
  ...["replicas", "minAvailable", "maxUnavailable", "topologyKey"],
);

/**
 * Judges a stack by one family of rules. What is not known yet is never taken for wrong: the rules see the stack once
 * with a mark in its place and once without the field, and what counts is said both times.
 * Where that does not do, the family waits until the value is known.
 */
export function judge(name: FamilyName, asked: readonly Asked[], waived: readonly Waiver[] = waivers): Verdict {
  const { rule, relates } = families[name];
  const open = asked.flatMap(({ urn, props }) => opensOf(props).map((path) => ({ urn, path })));
  const waits = open.filter(({ path }) => structures.test(path) || (relates && relations.test(path)));
  if (waits.length > 0) return { violations: [], waits };
  const found = (world: World) => unwaived(name, rule([...world.keys()], protectsIn(world)), waived);
  const marked = worldOf(asked, marks());
  try {
    const without = open.length > 0 ? new Set(found(worldOf(asked, () => undefined)).map(keyOf)) : undefined;
    const urns = new Map([...marked].map(([manifest, { urn }]) => [objectOf(manifest), urn]));
    const violations = found(marked)
      .filter((one) => without?.has(keyOf(one)) !== false)
      .map(({ object, message }) => ({ urn: urns.get(object), message: `${object}: ${message}` }));
    return { violations, waits: [] };
  } catch (error) {
    // A list or map that is not known, where a rule looks into it.
    if (open.length === 0) throw error;
    return { violations: [], waits: open };
  }
}

const keyOf = ({ object, message }: { readonly object: string; readonly message: string }) => `${object}: ${message}`;

/** One guess at what is not known: the objects as they would be. */
type World = ReadonlyMap<Manifest, Asked>;

/** A text for each unknown value that is like no other: what a finding says of it is not said without it. */
function marks(): () => string {
  let count = 0;
  return () => `unknown-value-${count++}`;
}

function worldOf(asked: readonly Asked[], guess: () => unknown): World {
  return new Map(
    asked
      .map((one) => [guessed(one.props, guess) as Manifest, one] as const)
      .filter(([manifest]) => manifest.kind && typeof manifest.metadata === "object"),
  );
}

function protectsIn(world: World): (object: string) => boolean {
  const objects = new Set([...world].filter(([, { protect }]) => protect).map(([manifest]) => objectOf(manifest)));
  return (object) => objects.has(object);
}

function guessed(value: unknown, guess: () => unknown): unknown {
  if (value === unknown) return guess();
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => guessed(item, guess)).filter((item) => item !== undefined);
  const entries = Object.entries(value).map(([key, item]) => [key, guessed(item, guess)] as const);
  return Object.fromEntries(entries.filter(([, item]) => item !== undefined));
}

function opensOf(value: unknown, path: readonly string[] = []): string[] {
  if (value === unknown) return [path.join("/")];
  if (typeof value !== "object" || value === null) return [];
  return Object.keys(value).flatMap((key) => opensOf(field(value, key), [...path, key]));
}
