import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Platform } from "../core/platform";

/** What an SCC of the platform is for, and where it differs from the strict one that all are made of. */
interface SccSpec {
  /** Type token and logical name. */
  readonly type: string;
  readonly logicalName: string;
  /** In front of it stands the prefix, which keeps the ha and the standalone stack of one cluster apart: it is cluster-scoped. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly description: string;
  readonly differences: Readonly<Record<string, unknown>> & { readonly volumes: readonly string[] };
  readonly root?: boolean;
}

/**
 * An SCC and the right to use it. It has no users or groups: ServiceAccounts are bound by RBAC, each in its own namespace.
 */
export abstract class Scc extends pulumi.ComponentResource {
  readonly name: string;
  readonly role: string;
  /** Whether pods under it run as root. */
  readonly root: boolean;
  readonly resources: readonly pulumi.Resource[];

  protected constructor(platform: Platform, { type, logicalName, labels, description, ...spec }: SccSpec) {
    super(`datalyptica:security:${type}`, logicalName, {}, platform.options());
    this.name = `${platform.settings.prefix}-${spec.name}`;
    this.role = `${this.name}-scc`;
    this.root = spec.root ?? false;
    const scc = new k8s.apiextensions.CustomResource(
      logicalName,
      {
        apiVersion: "security.openshift.io/v1",
        kind: "SecurityContextConstraints",
        metadata: { name: this.name, labels, annotations: { "kubernetes.io/description": description } },
        ...strict,
        ...spec.differences,
      },
      { parent: this, deleteBeforeReplace: true },
    );
    const role = new k8s.rbac.v1.ClusterRole(
      logicalName,
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

/**
 * Nothing that restricted-v2 does not allow, and less of it: the root file system must be read-only, and no capability may
 * be added (docs/adr/0004).
 */
const strict = {
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
  users: [],
  groups: [],
};

/** The SCC of services that keep data: only the volume types that they use. */
export class StatefulScc extends Scc {
  constructor(platform: Platform) {
    super(platform, {
      type: "StatefulScc",
      logicalName: "stateful-scc",
      name: "stateful",
      labels: platform.labels("platform", "scc"),
      description: "restricted-v2 with a read-only root, for services that keep data",
      differences: { volumes: ["configMap", "emptyDir", "persistentVolumeClaim", "projected", "secret"] },
    });
  }
}

/**
 * The SCC of the log collector (docs/adr/0021). Where it asks the API server for logs, it gets less than restricted-v2.
 * Where it reads the nodes' files, it gets what these need and nothing else: to mount them, root, to whom alone they are
 * readable, and the SELinux type that may read what other containers wrote.
 */
export class LogCollectorScc extends Scc {
  constructor(platform: Platform, readsFiles: boolean) {
    const volumes = ["configMap", "emptyDir", "projected", "secret"];
    super(platform, {
      type: "LogCollectorScc",
      logicalName: "log-collector-scc",
      name: "log-collector",
      labels: platform.labels("alloy", "scc"),
      description: readsFiles
        ? "the nodes' log files, as root, for the log collector"
        : "restricted-v2 with a read-only root and no volumes that last, for the log collector",
      root: readsFiles,
      differences: readsFiles
        ? {
            allowHostDirVolumePlugin: true,
            runAsUser: { type: "MustRunAs", uid: 0 },
            seLinuxContext: { type: "MustRunAs", seLinuxOptions: { type: "spc_t" } },
            volumes: [...volumes, "hostPath"],
          }
        : { volumes },
    });
  }
}
