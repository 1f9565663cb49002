import { type Finding, field, finding, type Labels, listAt, type Manifest } from "./manifest";
import type { LabelSelector } from "./selectors";

/** The part of the pod API that checks read. */
export interface SecurityContext {
  readonly runAsNonRoot?: boolean;
  readonly readOnlyRootFilesystem?: boolean;
  readonly allowPrivilegeEscalation?: boolean;
  readonly privileged?: boolean;
  readonly capabilities?: { readonly add?: readonly string[]; readonly drop?: readonly string[] };
  readonly seccompProfile?: { readonly type?: string };
  readonly [key: string]: unknown;
}

export interface ContainerPort {
  readonly name?: string;
  readonly containerPort: number;
  readonly protocol?: string;
  readonly hostPort?: number;
}

export interface KeyRef {
  readonly name?: string;
  readonly key?: string;
  readonly optional?: boolean;
}

export interface EnvVar {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: {
    readonly configMapKeyRef?: KeyRef;
    readonly secretKeyRef?: KeyRef;
    readonly fieldRef?: { readonly fieldPath?: string };
  };
}

export interface Handler {
  readonly httpGet?: { readonly path?: string; readonly port?: string | number; readonly scheme?: string };
  readonly tcpSocket?: { readonly port?: string | number };
  readonly grpc?: { readonly port?: number };
}

export type Quantities = Readonly<Record<string, string | number>>;

export interface Container {
  readonly name: string;
  readonly image?: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly EnvVar[];
  readonly envFrom?: readonly {
    readonly configMapRef?: KeyRef;
    readonly secretRef?: KeyRef;
    readonly prefix?: string;
  }[];
  readonly ports?: readonly ContainerPort[];
  readonly resources?: { readonly requests?: Quantities; readonly limits?: Quantities };
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string; readonly subPath?: string }[];
  readonly securityContext?: SecurityContext;
  readonly startupProbe?: Handler;
  readonly readinessProbe?: Handler;
  readonly livenessProbe?: Handler;
  readonly lifecycle?: { readonly postStart?: Handler; readonly preStop?: Handler };
}

export interface KeyedSource extends KeyRef {
  readonly secretName?: string;
  readonly items?: readonly { readonly key: string; readonly path?: string }[];
}

export interface Volume {
  readonly name: string;
  readonly configMap?: KeyedSource;
  readonly secret?: KeyedSource;
  readonly projected?: {
    readonly sources?: readonly {
      readonly configMap?: KeyedSource;
      readonly secret?: KeyedSource;
      readonly serviceAccountToken?: { readonly audience?: string };
    }[];
  };
  readonly persistentVolumeClaim?: { readonly claimName: string };
  readonly ephemeral?: { readonly volumeClaimTemplate?: Claim };
  readonly [source: string]: unknown;
}

/** Whether some container of the pod gets a token of the Kubernetes API: every one, or those that mount a volume with one. */
export const hasApiToken = ({ automountServiceAccountToken, volumes = [] }: PodSpec): boolean =>
  automountServiceAccountToken === true ||
  volumes
    .flatMap(({ projected }) => projected?.sources ?? [])
    .some(({ serviceAccountToken }) => serviceAccountToken && serviceAccountToken.audience === undefined);

export interface AffinityTerm {
  readonly labelSelector?: LabelSelector;
  readonly topologyKey: string;
  readonly namespaces?: readonly string[];
}

export interface SpreadConstraint {
  readonly labelSelector?: LabelSelector;
  readonly topologyKey: string;
  readonly whenUnsatisfiable: string;
  readonly maxSkew: number;
}

export interface PodSpec {
  readonly containers?: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly volumes?: readonly Volume[];
  readonly serviceAccountName?: string;
  readonly automountServiceAccountToken?: boolean;
  readonly enableServiceLinks?: boolean;
  readonly imagePullSecrets?: readonly { readonly name?: string }[];
  readonly priorityClassName?: string;
  readonly securityContext?: SecurityContext;
  readonly topologySpreadConstraints?: readonly SpreadConstraint[];
  readonly [key: string]: unknown;
}

export interface Claim {
  readonly metadata?: { readonly name?: string; readonly labels?: Labels };
  readonly spec?: { readonly accessModes?: readonly string[]; readonly resources?: { readonly requests?: Quantities } };
}

/** A workload with the pods it makes. */
export interface Workload {
  readonly manifest: Manifest;
  readonly kind: string;
  /** `namespace/name` */
  readonly id: string;
  readonly name: string;
  readonly namespace: string;
  /**
   * Pods at the same time: replicas, a Job's parallelism, or as many as may be made of a PodTemplate; 0 when suspended. A
   * DaemonSet has one per node: 1 here.
   */
  readonly replicas: number;
  /** Whether its pods end by themselves. */
  readonly ends: boolean;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly pod: PodSpec;
  readonly claims: readonly Claim[];
}

const templates: Readonly<Record<string, readonly string[]>> = {
  Deployment: ["spec", "template"],
  StatefulSet: ["spec", "template"],
  DaemonSet: ["spec", "template"],
  Job: ["spec", "template"],
  CronJob: ["spec", "jobTemplate", "spec", "template"],
  PodTemplate: ["template"],
  Pod: [],
};

/** On a PodTemplate: how many pods of it may run at once. */
const atOnce = "datalyptica.io/at-once";

/** Every workload, in the order of the manifests. */
export function workloads(manifests: readonly Manifest[]): Workload[] {
  return manifests.flatMap((manifest) => {
    const path = templates[manifest.kind];
    return path ? [workload(manifest, field(manifest, ...path))] : [];
  });
}

function workload(manifest: Manifest, template: unknown): Workload {
  const { kind } = manifest;
  const { name, namespace = "" } = manifest.metadata;
  const job = kind === "CronJob" ? field(manifest, "spec", "jobTemplate") : manifest;
  const ends = kind === "Job" || kind === "CronJob";
  const suspended = ends && field<boolean>(job, "spec", "suspend") === true;
  return {
    manifest,
    kind,
    id: `${namespace}/${name}`,
    name,
    namespace,
    replicas:
      kind === "PodTemplate"
        ? Number(manifest.metadata.annotations?.[atOnce] ?? 1)
        : suspended
          ? 0
          : (field<number>(job, "spec", ends ? "parallelism" : "replicas") ?? 1),
    ends,
    labels: field<Labels>(template, "metadata", "labels") ?? {},
    annotations: field<Labels>(template, "metadata", "annotations") ?? {},
    pod: field<PodSpec>(template, "spec") ?? {},
    claims: listAt<Claim>(manifest, "spec", "volumeClaimTemplates"),
  };
}

/** Init containers and containers. */
export const containersOf = ({ pod }: Workload): readonly Container[] => [
  ...(pod.initContainers ?? []),
  ...(pod.containers ?? []),
];

/** What is wrong with single containers; `judge` sees each, init containers too, with its workload. */
export const containerFindings = (
  manifests: readonly Manifest[],
  judge: (container: Container, workload: Workload) => readonly string[],
): Finding[] =>
  workloads(manifests).flatMap((workload) =>
    containersOf(workload).flatMap((container) =>
      judge(container, workload).map((problem) =>
        finding(workload.manifest, `container ${container.name}: ${problem}`),
      ),
    ),
  );

/** Ports of the containers that serve (init containers do not). */
export const portsOf = ({ pod }: Workload): readonly ContainerPort[] =>
  (pod.containers ?? []).flatMap(({ ports }) => ports ?? []);

/** The port of `ports` that a number or a name means. */
export function findPort(
  ports: readonly ContainerPort[],
  port: string | number | undefined,
  protocol = "TCP",
): ContainerPort | undefined {
  return ports.find((p) => (p.protocol ?? "TCP") === protocol && (p.containerPort === port || p.name === port));
}

/** Required anti-affinity terms of a pod. */
export const requiredAntiAffinity = (pod: PodSpec): readonly AffinityTerm[] =>
  listAt<AffinityTerm>(pod, "affinity", "podAntiAffinity", "requiredDuringSchedulingIgnoredDuringExecution");
