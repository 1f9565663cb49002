import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Space } from "../core/names";
import type { Platform } from "../core/platform";

/** Those that are no layer's. */
const described: Readonly<Partial<Record<Space, string>>> = {
  logging: "collector of the nodes' log files",
  notebooks: "people's notebooks",
};

/** One namespace per space in use. Pod Security is stated here; OpenShift's label syncer would otherwise follow the SCCs in use. */
export class Namespaces extends pulumi.ComponentResource {
  private readonly made = new Map<Space, k8s.core.v1.Namespace>();

  constructor(platform: Platform) {
    super("datalyptica:security:Namespaces", "namespaces", {}, platform.options());
    for (const space of platform.spaces) {
      const name = platform.namespace(space);
      // Files of the node are for `privileged` alone; what the pods there may do, their SCC says.
      const level = space === "logging" ? "privileged" : "restricted";
      const namespace = new k8s.core.v1.Namespace(
        space,
        {
          metadata: {
            name,
            labels: {
              ...platform.labels("platform", space),
              "kubernetes.io/metadata.name": name,
              "pod-security.kubernetes.io/enforce": level,
              "pod-security.kubernetes.io/enforce-version": "latest",
              "pod-security.kubernetes.io/audit": level,
              "pod-security.kubernetes.io/warn": level,
              "security.openshift.io/scc.podSecurityLabelSync": "false",
            },
            annotations: {
              "openshift.io/description": `Datalyptica platform, ${described[space] ?? `${space} layer`}`,
            },
          },
        },
        // Deleting a namespace deletes the volume claims in it; where files are only read, there are none.
        { parent: this, protect: platform.protects && space !== "logging" },
      );
      this.made.set(space, namespace);
    }
  }

  of(space: Space): k8s.core.v1.Namespace {
    const namespace = this.made.get(space);
    if (!namespace) throw new Error(`no chosen service lives in ${space}`);
    return namespace;
  }

  /** The namespace's name as an output, so that whatever lies in it is made after it. */
  nameOf(space: Space): pulumi.Output<string> {
    return this.of(space).metadata.name;
  }
}
