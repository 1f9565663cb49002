import { entriesOf, type Find, type Finding, finder, finding, type Manifest } from "../objects/manifest";
import {
  type Container,
  containersOf,
  type KeyedSource,
  type KeyRef,
  type Volume,
  type Workload,
  workloads,
} from "../objects/pods";

/** ConfigMaps that OpenShift and Kubernetes put into every namespace. */
const everywhere: Readonly<Record<string, readonly string[]>> = {
  "kube-root-ca.crt": ["ca.crt"],
  "openshift-service-ca.crt": ["service-ca.crt"],
};
const builtInPriorities = ["system-cluster-critical", "system-node-critical"];

/**
 * What pods name exists: ConfigMaps and Secrets with their keys (volumes, projections, env, envFrom, subPath), volumes
 * of mounts, claims, ServiceAccounts, pull secrets, priority classes, namespaces, and variables in `$(NAME)`.
 */
export function references(manifests: readonly Manifest[]): Finding[] {
  const find = finder(manifests);
  return [
    ...manifests
      .filter(({ metadata }) => metadata.namespace && !find("Namespace", undefined, metadata.namespace))
      .map((m) => finding(m, `there is no Namespace ${m.metadata.namespace}`)),
    ...workloads(manifests).flatMap((workload) =>
      [
        ...podProblems(find, workload),
        ...containersOf(workload).flatMap((container) =>
          containerProblems(find, workload, container).map((problem) => `container ${container.name}: ${problem}`),
        ),
      ].map((problem) => finding(workload.manifest, problem)),
    ),
  ];
}

type SourceKind = "ConfigMap" | "Secret";

/** What is wrong with naming `keys` of a ConfigMap or Secret; an absent optional object is right. */
function sourceProblems(
  find: Find,
  namespace: string,
  kind: SourceKind,
  ref: KeyRef,
  keys: readonly string[],
): string[] {
  const object = find(kind, namespace, ref.name);
  const known = object ? Object.keys(entriesOf(object)) : kind === "ConfigMap" ? everywhere[ref.name ?? ""] : undefined;
  if (!known) return ref.optional ? [] : [`there is no ${kind} ${ref.name}`];
  if (known.length === 0) return [`${kind} ${ref.name} is empty`];
  const missing = keys.filter((key) => !known.includes(key));
  return ref.optional ? [] : missing.map((key) => `${kind} ${ref.name} has no key "${key}" but ${known.join(", ")}`);
}

interface Source {
  readonly kind: SourceKind;
  readonly ref: KeyedSource;
}

const sourcesOf = (volume: Volume): Source[] =>
  [volume, ...(volume.projected?.sources ?? [])].flatMap(({ configMap, secret }) => [
    ...(configMap ? [{ kind: "ConfigMap" as const, ref: configMap }] : []),
    ...(secret ? [{ kind: "Secret" as const, ref: { ...secret, name: secret.secretName ?? secret.name } }] : []),
  ]);

function podProblems(find: Find, workload: Workload): string[] {
  const { pod, namespace, claims, annotations } = workload;
  const volumes = pod.volumes ?? [];
  const mounted = containersOf(workload).flatMap(({ volumeMounts = [] }) => volumeMounts.map(({ name }) => name));
  const offered = [...volumes.map(({ name }) => name), ...claims.map(({ metadata }) => metadata?.name ?? "")];
  const sources = volumes.flatMap(sourcesOf);
  const absent = (kind: string, name: string | undefined, within: string | undefined = namespace) =>
    name && !find(kind, within, name) ? [`there is no ${kind} ${name}`] : [];
  const priority = pod.priorityClassName;
  return [
    ...sources.flatMap(({ kind, ref }) =>
      sourceProblems(
        find,
        namespace,
        kind,
        ref,
        (ref.items ?? []).map((i) => i.key),
      ),
    ),
    ...volumes.flatMap(({ persistentVolumeClaim: claim }) => absent("PersistentVolumeClaim", claim?.claimName)),
    ...(pod.serviceAccountName === "default" ? [] : absent("ServiceAccount", pod.serviceAccountName)),
    ...(pod.imagePullSecrets ?? []).flatMap(({ name }) => absent("Secret", name)),
    ...(priority && !builtInPriorities.includes(priority) && !find("PriorityClass", undefined, priority)
      ? [`there is no PriorityClass ${priority}`]
      : []),
    ...((sources.some(({ ref }) => !(ref.name && ref.name in everywhere)) || readsEnv(workload)) &&
    !Object.keys(annotations).some((key) => /checksum/.test(key))
      ? ["reads ConfigMaps or Secrets but carries no checksum of them: a change would not roll it"]
      : []),
    ...offered.filter((name) => !mounted.includes(name)).map((name) => `no container mounts the volume "${name}"`),
  ];
}

const readsEnv = (workload: Workload) =>
  containersOf(workload).some(
    ({ env = [], envFrom = [] }) =>
      envFrom.length > 0 || env.some(({ valueFrom }) => valueFrom?.configMapKeyRef ?? valueFrom?.secretKeyRef),
  );

function containerProblems(find: Find, workload: Workload, container: Container): string[] {
  const { env = [], envFrom = [], volumeMounts = [] } = container;
  const { namespace, pod, claims } = workload;
  const volume = (name: string) => (pod.volumes ?? []).find((v) => v.name === name);
  const isClaim = (name: string) => claims.some(({ metadata }) => metadata?.name === name);
  const key = (kind: SourceKind, ref: KeyRef | undefined) =>
    ref ? sourceProblems(find, namespace, kind, ref, [ref.key ?? ""]) : [];
  const all = (kind: SourceKind, ref: KeyRef | undefined) =>
    ref ? sourceProblems(find, namespace, kind, ref, []) : [];
  return [
    ...env.flatMap(({ valueFrom }) => [
      ...key("ConfigMap", valueFrom?.configMapKeyRef),
      ...key("Secret", valueFrom?.secretKeyRef),
    ]),
    ...envFrom.flatMap((from) => [...all("ConfigMap", from.configMapRef), ...all("Secret", from.secretRef)]),
    ...volumeMounts
      .filter(({ name }) => !volume(name) && !isClaim(name))
      .map(({ name, mountPath }) => `${mountPath} mounts the volume "${name}", which the pod does not have`),
    ...volumeMounts.flatMap(({ name, subPath }) => subPathProblems(find, namespace, volume(name), subPath)),
    ...variableProblems(find, namespace, container),
  ];
}

/** A subPath into files names one of them; anything else makes the kubelet mount an empty directory. */
function subPathProblems(
  find: Find,
  namespace: string,
  volume: Volume | undefined,
  subPath: string | undefined,
): string[] {
  const sources = volume && subPath ? sourcesOf(volume) : [];
  const files = sources.flatMap(({ kind, ref }) => {
    const object = find(kind, namespace, ref.name);
    const paths = ref.items?.map(({ key, path }: { key: string; path?: string }) => path ?? key);
    return paths ?? Object.keys(object ? entriesOf(object) : {});
  });
  if (!subPath || sources.length === 0 || files.includes(subPath)) return [];
  return [`subPath "${subPath}" is none of the files of volume ${volume?.name}: ${files.join(", ")}`];
}

/** `$(NAME)` that nothing defines stays as it stands. In env it must be defined before; elsewhere shells use the form too. */
function variableProblems(find: Find, namespace: string, container: Container): string[] {
  const defined = new Set(
    (container.envFrom ?? []).flatMap(({ configMapRef, secretRef, prefix = "" }) =>
      [find("ConfigMap", namespace, configMapRef?.name), find("Secret", namespace, secretRef?.name)]
        .flatMap((source) => (source ? Object.keys(entriesOf(source)) : []))
        .map((name) => prefix + name),
    ),
  );
  const problems: string[] = [];
  const known = () => [...defined].join(", ") || "nothing is";
  const expect = (text: string, where: string, names: RegExp) => {
    for (const [, name = ""] of text.matchAll(names)) {
      if (!defined.has(name))
        problems.push(
          `${where} uses $(${name}), which is not defined ${where === "args" ? "in env" : "before it"}: ${known()}`,
        );
    }
  };
  for (const { name, value } of container.env ?? []) {
    expect(value ?? "", `env ${name}`, /(?<!\$)\$\(([-._a-zA-Z0-9]+)\)/g);
    defined.add(name);
  }
  for (const text of [...(container.command ?? []), ...(container.args ?? [])]) {
    expect(text, "args", /(?<!\$)\$\(([A-Z_][A-Z0-9_]*)\)/g);
  }
  return problems;
}
