import type * as k8s from "@pulumi/kubernetes";
import type { LogsSpec } from "./logs";
import type { MetricsSpec } from "./metrics";
import type { EnvValue, Mount, Source } from "./sources";

/**
 * The only way to make a container or a pod: hardened as restricted-v2 demands, spelled out so that Pod Security warns
 * about nothing. User, group and SELinux level are never set: OpenShift assigns them per namespace.
 */

export interface HttpCheck {
  readonly http: string;
  readonly port: string;
  readonly scheme?: "HTTP" | "HTTPS";
  /** Host that is asked for, where the server answers for its certificate's names only. Default the pod's address. */
  readonly host?: string;
}
export interface CommandCheck {
  readonly command: readonly string[];
}
export interface TcpCheck {
  readonly tcp: string;
}
type Check = HttpCheck | CommandCheck | TcpCheck;

/** A check and its rhythm, in seconds. Defaults: every 10 s, 5 s timeout, 3 failures. */
export type Probe = Check & { readonly period?: number; readonly timeout?: number; readonly failures?: number };

export interface Resources {
  readonly cpu: string;
  readonly memory: string;
  readonly cpuLimit: string;
  readonly memoryLimit: string;
}

export interface ContainerSpec {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly workingDir?: string;
  /** In this order; `$(NAME)` may refer to earlier ones. */
  readonly env?: Readonly<Record<string, EnvValue>>;
  /** Port name -> number. */
  readonly ports?: Readonly<Record<string, number>>;
  /** Those that speak UDP. */
  readonly udpPorts?: Readonly<Record<string, number>>;
  /** What it tells of itself, and where. */
  readonly metrics?: readonly MetricsSpec[];
  /** How its log is to be read. */
  readonly logs: LogsSpec;
  readonly mounts?: readonly Mount[];
  readonly resources: Resources;
  readonly startup?: Probe;
  readonly readiness?: Probe;
  readonly liveness?: Probe;
  /** Runs before the container gets its termination signal. */
  readonly preStop?: readonly string[];
}

export interface PodSpec {
  readonly serviceAccountName: string;
  /** Whether the product talks to the Kubernetes API. */
  readonly apiToken: boolean;
  /** The SCC that must admit the pod. */
  readonly scc: string;
  readonly init?: readonly ContainerSpec[];
  readonly containers: readonly ContainerSpec[];
  /** Seconds from the termination signal to the kill. Default 30. */
  readonly gracePeriod?: number;
  /** Whether the SCC has it run as root, for files of the node that only root may read. */
  readonly root?: boolean;
}

/** The ConfigMaps and Secrets a pod reads, by file or by variable. */
export function sourcesOf(pod: PodSpec): Source[] {
  return [...(pod.init ?? []), ...pod.containers].flatMap((container) => [
    ...(container.mounts ?? []).flatMap((mount) => mount.source ?? []),
    ...Object.values(container.env ?? {}).flatMap((value) =>
      typeof value === "object" && "source" in value ? value.source : [],
    ),
  ]);
}

/** The Kubernetes form of a pod; labels, annotations and spread are its workload's. */
export function podSpec(pod: PodSpec): k8s.types.input.core.v1.PodSpec {
  const mounts = [...(pod.init ?? []), ...pod.containers].flatMap((container) => container.mounts ?? []);
  const volumes = new Map<string, k8s.types.input.core.v1.Volume>();
  for (const { volume, definition } of mounts) {
    if (definition === "claim") continue;
    const same = volumes.get(volume);
    if (same && JSON.stringify(same) !== JSON.stringify({ name: volume, ...definition })) {
      throw new Error(`volume ${volume} is mounted with two definitions in one pod`);
    }
    volumes.set(volume, { name: volume, ...definition });
  }
  return {
    serviceAccountName: pod.serviceAccountName,
    automountServiceAccountToken: pod.apiToken,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: pod.gracePeriod ?? 30,
    securityContext: {
      runAsNonRoot: !pod.root,
      seccompProfile: { type: "RuntimeDefault" },
      // Without this a volume with millions of files is walked at every start.
      fsGroupChangePolicy: "OnRootMismatch",
    },
    ...(pod.init ? { initContainers: pod.init.map((each) => container(each, pod.root)) } : {}),
    containers: pod.containers.map((each) => container(each, pod.root)),
    volumes: [...volumes.values()],
  };
}

function container(spec: ContainerSpec, root = false): k8s.types.input.core.v1.Container {
  const { cpu, memory, cpuLimit, memoryLimit } = spec.resources;
  return {
    name: spec.name,
    image: spec.image,
    imagePullPolicy: "IfNotPresent",
    ...(spec.command ? { command: [...spec.command] } : {}),
    ...(spec.args ? { args: [...spec.args] } : {}),
    ...(spec.workingDir ? { workingDir: spec.workingDir } : {}),
    ...(spec.env ? { env: Object.entries(spec.env).map(([name, value]) => environment(name, value)) } : {}),
    ...(spec.ports ? { ports: [...ports(spec.ports, "TCP"), ...ports(spec.udpPorts ?? {}, "UDP")] } : {}),
    resources: { requests: { cpu, memory }, limits: { cpu: cpuLimit, memory: memoryLimit } },
    ...(spec.startup ? { startupProbe: probe(spec.startup) } : {}),
    ...(spec.readiness ? { readinessProbe: probe(spec.readiness) } : {}),
    ...(spec.liveness ? { livenessProbe: probe(spec.liveness) } : {}),
    ...(spec.preStop ? { lifecycle: { preStop: { exec: { command: [...spec.preStop] } } } } : {}),
    securityContext: {
      runAsNonRoot: !root,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
      seccompProfile: { type: "RuntimeDefault" },
    },
    terminationMessagePolicy: "FallbackToLogsOnError",
    volumeMounts: (spec.mounts ?? []).map(({ volume, path, readOnly }) => ({
      name: volume,
      mountPath: path,
      ...(readOnly ? { readOnly } : {}),
    })),
  };
}

const ports = (of: Readonly<Record<string, number>>, protocol: string) =>
  Object.entries(of).map(([name, containerPort]) => ({ name, containerPort, protocol }));

function environment(name: string, value: EnvValue): k8s.types.input.core.v1.EnvVar {
  if (typeof value === "string") return { name, value };
  if ("field" in value) return { name, valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: value.field } } };
  const reference = { name: value.source.name, key: value.key };
  return {
    name,
    valueFrom: value.source.kind === "Secret" ? { secretKeyRef: reference } : { configMapKeyRef: reference },
  };
}

function probe(spec: Probe): k8s.types.input.core.v1.Probe {
  const check =
    "http" in spec
      ? {
          httpGet: {
            path: spec.http,
            port: spec.port,
            scheme: spec.scheme ?? "HTTP",
            ...(spec.host ? { httpHeaders: [{ name: "Host", value: spec.host }] } : {}),
          },
        }
      : "command" in spec
        ? { exec: { command: [...spec.command] } }
        : { tcpSocket: { port: spec.tcp } };
  return {
    ...check,
    periodSeconds: spec.period ?? 10,
    timeoutSeconds: spec.timeout ?? 5,
    failureThreshold: spec.failures ?? 3,
  };
}
