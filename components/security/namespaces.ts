import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Layer } from "../core/names";
import type { Platform } from "../core/platform";

/** One namespace per layer in use. Pod Security is stated here; OpenShift's label syncer would otherwise follow the SCCs in use. */
export class Namespaces extends pulumi.ComponentResource {
  private readonly made = new Map<Layer, k8s.core.v1.Namespace>();

  constructor(platform: Platform) {
    super("datalyptica:security:Namespaces", "namespaces", {}, platform.options());
    for (const layer of platform.layers) {
      const name = platform.namespace(layer);
      const namespace = new k8s.core.v1.Namespace(
        layer,
        {
          metadata: {
            name,
            labels: {
              ...platform.labels("platform", layer),
              "kubernetes.io/metadata.name": name,
              "pod-security.kubernetes.io/enforce": "restricted",
              "pod-security.kubernetes.io/enforce-version": "latest",
              "pod-security.kubernetes.io/audit": "restricted",
              "pod-security.kubernetes.io/warn": "restricted",
              "security.openshift.io/scc.podSecurityLabelSync": "false",
            },
            annotations: { "openshift.io/description": `Datalyptica platform, ${layer} layer` },
          },
        },
        // Deleting a namespace deletes the volume claims in it.
        { parent: this, protect: platform.protects },
      );
      this.made.set(layer, namespace);
    }
  }

  of(layer: Layer): k8s.core.v1.Namespace {
    const namespace = this.made.get(layer);
    if (!namespace) throw new Error(`no service of layer ${layer} is chosen`);
    return namespace;
  }

  /** The namespace's name as an output, so that whatever lies in it is made after it. */
  nameOf(layer: Layer): pulumi.Output<string> {
    return this.of(layer).metadata.name;
  }
}
