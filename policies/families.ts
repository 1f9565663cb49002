import type { Finding, Manifest } from "./objects/manifest";
import { availability } from "./rules/availability";
import { dataProtection } from "./rules/data";
import { exposure } from "./rules/exposure";
import { fields } from "./rules/fields";
import { hardening } from "./rules/hardening";
import { images } from "./rules/images";
import { labels } from "./rules/labels";
import { network } from "./rules/network";
import { probes } from "./rules/probes";
import { rbac } from "./rules/rbac";
import { references } from "./rules/references";
import { resources } from "./rules/resources";
import { scc } from "./rules/scc";
import { secrets } from "./rules/secrets";

/** Rules on one subject: a policy of the pack. */
export interface Family {
  /** What must hold; it stands above every violation. */
  readonly description: string;
  /** Judges a whole stack. @param protects whether Pulumi protects an object, by its name in findings */
  readonly rule: (manifests: readonly Manifest[], protects: (object: string) => boolean) => Finding[];
  /** Whether it follows names, labels and ports from one object to another. */
  readonly relates: boolean;
}

const table = {
  hardening: {
    description: "Pods pass restricted-v2 and Pod Security `restricted` as written, under their service's own account.",
    rule: hardening,
    relates: true,
  },
  resources: {
    description: "Containers state requests and limits of CPU and memory.",
    rule: resources,
    relates: false,
  },
  probes: {
    description: "Containers that run on have startup, readiness and liveness probes.",
    rule: probes,
    relates: false,
  },
  images: {
    description: "Images name their registry and a tag or digest that does not move.",
    rule: images,
    relates: false,
  },
  labels: {
    description: "Objects and pods carry the six recommended labels; selectors use those that never change.",
    rule: labels,
    relates: true,
  },
  scc: {
    description: "SCCs allow nothing that restricted-v2 does not, and pods may use the one they require.",
    rule: scc,
    relates: true,
  },
  rbac: {
    description: "Rights are spelled out, Secrets by name, and only as many as pods use.",
    rule: rbac,
    relates: true,
  },
  network: {
    description: "Namespaces deny by default, both ways; each NetworkPolicy selects pods, peers and ports that exist.",
    rule: network,
    relates: true,
  },
  exposure: {
    description: "Routes are the only way in, and speak TLS.",
    rule: exposure,
    relates: false,
  },
  data: {
    description: "What holds data is protected from deletion.",
    rule: dataProtection,
    relates: true,
  },
  secrets: {
    description: "No value of a Secret appears outside Secrets.",
    rule: (manifests) => secrets(manifests),
    relates: false,
  },
  fields: {
    description: "Fields and values are those of Kubernetes 1.26.",
    rule: fields,
    relates: true,
  },
  availability: {
    description:
      "Several replicas are spread, form a quorum, and have a budget that leaves one and still lets a drain go on.",
    rule: availability,
    relates: true,
  },
  references: {
    description: "What pods name exists: ConfigMaps, Secrets and their keys, volumes, accounts.",
    rule: references,
    relates: true,
  },
} satisfies Readonly<Record<string, Family>>;

export type FamilyName = keyof typeof table;
export const families: Readonly<Record<FamilyName, Family>> = table;
export const familyNames = Object.keys(table) as readonly FamilyName[];
