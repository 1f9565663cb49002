import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Platform } from "../core/platform";

/**
 * The SCC of services that keep data. It allows nothing that restricted-v2 does not, and less of it: the root file system
 * must be read-only, no capability may be added, and only the volume types these services use are allowed (docs/adr/0004).
 * It has no users or groups: each service's ServiceAccount is bound by RBAC in its own namespace.
 */
export class StatefulScc extends pulumi.ComponentResource {
  readonly name: string;
  readonly role: string;
  readonly resources: readonly pulumi.Resource[];

  constructor(platform: Platform) {
    super("datalyptica:security:StatefulScc", "stateful-scc", {}, platform.options());
    // Cluster-scoped: the prefix keeps the ha and the standalone stack of one cluster apart.
    this.name = `${platform.settings.prefix}-stateful`;
    this.role = `${this.name}-scc`;
    const labels = platform.labels("platform", "scc");
    const scc = new k8s.apiextensions.CustomResource(
      "stateful-scc",
      {
        apiVersion: "security.openshift.io/v1",
        kind: "SecurityContextConstraints",
        metadata: {
          name: this.name,
          labels,
          annotations: {
            "kubernetes.io/description": "restricted-v2 with a read-only root, for services that keep data",
          },
        },
        // As OpenShift's own: nothing is preferred to them. (The fields below must be there, and Pulumi drops nulls.)
        priority: 0,
        allowPrivilegedContainer: false,
        allowPrivilegeEscalation: false,
        defaultAllowPrivilegeEscalation: false,
        allowHostDirVolumePlugin: false,
        allowHostIPC: false,
        allowHostNetwork: false,
        allowHostPID: false,
        allowHostPorts: false,
        readOnlyRootFilesystem: true,
        requiredDropCapabilities: ["ALL"],
        defaultAddCapabilities: [],
        allowedCapabilities: [],
        runAsUser: { type: "MustRunAsRange" },
        seLinuxContext: { type: "MustRunAs" },
        fsGroup: { type: "MustRunAs" },
        supplementalGroups: { type: "MustRunAs" },
        seccompProfiles: ["runtime/default"],
        volumes: ["configMap", "emptyDir", "persistentVolumeClaim", "projected", "secret"],
        users: [],
        groups: [],
      },
      { parent: this, deleteBeforeReplace: true },
    );
    const role = new k8s.rbac.v1.ClusterRole(
      "stateful-scc",
      {
        metadata: { name: this.role, labels },
        rules: [
          {
            apiGroups: ["security.openshift.io"],
            resources: ["securitycontextconstraints"],
            resourceNames: [this.name],
            verbs: ["use"],
          },
        ],
      },
      { parent: this },
    );
    this.resources = [scc, role];
  }
}
