import { type FamilyName, families } from "./families";
import type { Finding, Manifest } from "./objects/manifest";

/** One field of one object that may break one rule, and why. */
export interface Waiver {
  /** The family that owns the rule. */
  readonly family: FamilyName;
  /**
   * Kind and name, e.g. `StatefulSet minio`, in whatever namespace: the prefix differs between stacks. Where the name
   * itself begins with it, `*` stands for it.
   */
  readonly object: string;
  readonly container?: string;
  /** The field that the finding's message begins with. */
  readonly field: string;
  readonly reason: string;
}

/** All waivers. A test fails when no stack needs one any more; a preview sees one stack and cannot know. */
export const waivers: readonly Waiver[] = [
  {
    family: "availability",
    object: "StatefulSet minio",
    field: "replicas",
    reason: "drives under erasure code EC:2 are no voters: of four, two suffice to read and three to write",
  },
  {
    family: "availability",
    object: "StatefulSet keycloak",
    field: "replicas",
    reason: "no voters either: what Keycloak knows is in PostgreSQL, and one replica serves alone",
  },
  {
    family: "availability",
    object: "StatefulSet prometheus",
    field: "replicas",
    reason: "no voters either: each of the two has everything by itself",
  },
  {
    family: "availability",
    object: "StatefulSet thanos-store",
    field: "replicas",
    reason: "no voters either: each reads the same bucket",
  },
  {
    family: "availability",
    object: "StatefulSet kafka-connect",
    field: "replicas",
    reason: "no voters either: what Kafka Connect knows is in Kafka, which also elects, and one worker runs everything",
  },
  ...fromFiles("hardening", [
    ["Namespace *-logging", "label", "no other level of Pod Security lets pods mount files of the node"],
    ["DaemonSet alloy", "volume pod-logs", "it reads the nodes' log files, and can write none"],
  ]),
  {
    family: "hardening",
    object: "DaemonSet alloy",
    container: "alloy",
    field: "runAsNonRoot",
    reason: "log files are readable to root alone; it has no capability",
  },
  ...fromFiles("scc", [
    ["SecurityContextConstraints *-log-collector", "allowHostDirVolumePlugin", "to mount the nodes' log files"],
    ["SecurityContextConstraints *-log-collector", "volumes", "of all further types only hostPath, for these files"],
    ["SecurityContextConstraints *-log-collector", "runAsUser.type", "root, to whom alone these files are readable"],
    ["SecurityContextConstraints *-log-collector", "runAsUser.uid", "root, to whom alone these files are readable"],
    [
      "SecurityContextConstraints *-log-collector",
      "seLinuxContext.seLinuxOptions",
      "to read what other containers wrote",
    ],
  ]),
];

/** What the collector of the nodes' log files needs, which nobody gets who has not chosen it (`datalyptica:logCollection`). */
function fromFiles(
  family: FamilyName,
  fields: readonly (readonly [object: string, field: string, reason: string])[],
): readonly Waiver[] {
  return fields.map(([object, field, reason]) => ({ family, object, field, reason }));
}

/** Whether a waiver covers a finding of its family. */
export function covers({ object, container, field }: Waiver, { object: found, message }: Finding): boolean {
  const [kind = "", id = ""] = found.split(" ");
  const start = `${container === undefined ? "" : `container ${container}: `}${field} `;
  const [wantedKind, wantedName = ""] = object.split(" ");
  const name = id.split("/").at(-1) ?? "";
  const named = wantedName.startsWith("*") ? name.endsWith(wantedName.slice(1)) : name === wantedName;
  return kind === wantedKind && named && message.startsWith(start);
}

/** The findings of a family that no waiver covers. */
export const unwaived = (
  family: FamilyName,
  findings: readonly Finding[],
  by: readonly Waiver[] = waivers,
): Finding[] => findings.filter((found) => !by.some((waiver) => waiver.family === family && covers(waiver, found)));

/** Waivers that none of the stacks needs. */
export const unused = (stacks: readonly (readonly Manifest[])[], of: readonly Waiver[] = waivers): Waiver[] =>
  of.filter(
    (waiver) =>
      !stacks.some((manifests) =>
        families[waiver.family].rule(manifests, () => true).some((found) => covers(waiver, found)),
      ),
  );
