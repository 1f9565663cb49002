import {
  entriesOf,
  type Finding,
  field,
  finder,
  finding,
  type Manifest,
  ofKind,
  stringsIn,
} from "../../policies/objects/manifest";
import { containersOf, findPort, portsOf, type Workload, workloads } from "../../policies/objects/pods";
import { type AtRunTime, behind, isHeadless, nothingAtRunTime, servicePorts } from "./connections";

/** A host as some configuration names it. */
interface Host {
  readonly labels: readonly string[];
  readonly port: number | undefined;
}

/** Labels may hold what products and shells expand: `$(POD)`, `${POD}`, `${env:POD}`, `$POD`, `minio-{0...3}`. */
const label = String.raw`(?:[A-Za-z0-9_*-]|\$\([A-Z_]+\)|\$\{(?:env:)?[A-Za-z_]+\}|\$[A-Z_]+|\{\d+\.{2,3}\d+\})+`;
const port = String.raw`(?::(\d{1,5})(?![\d.]))?`;
const dotted = new RegExp(
  `(?<![\\w.@/-])(?:[a-z+:]+://(?:[^/@\\s]*@)?|(?<=@))?(${label}(?:\\.${label})+)\\.?${port}`,
  "g",
);
/** A single label is a host where a scheme that takes one precedes it. */
const schemes = "https?|jdbc:[a-z]+|postgres(?:ql)?|redis|rediss|thrift|tcp|ssl|grpc";
const bare = new RegExp(`\\b(?:${schemes})://(?:[^/@\\s]*@)?([a-z][a-z0-9-]*)(?![\\w.{$-])${port}`, "g");
/** What is indexed or called is a variable of some program. */
const libpq = /\bhost=([a-z][a-z0-9-]*)(?![\w.{$[(-])(?:[^\n]*?\bport=(\d{1,5}))?/g;
const pair = /(?<![\w.:/@-])([a-z][a-z0-9-]*):(\d{2,5})(?![\w.:-])/g;

/**
 * Host names in configuration lead somewhere: `service.namespace[.svc…]`, `pod.service.namespace…` and bare names of
 * the same namespace, in ConfigMaps, Secrets, commands, arguments and env, with the port that stands beside them.
 */
export function dnsNames(manifests: readonly Manifest[], atRunTime: AtRunTime = nothingAtRunTime): Finding[] {
  const resolve = resolver(manifests, atRunTime);
  return textsOf(manifests).flatMap(({ manifest, path, text }) =>
    [...new Set(hostsIn(text, resolve.serviceNames).flatMap((host) => resolve.problems(host, manifest)))].map(
      (problem) => finding(manifest, `${path}: ${problem}`),
    ),
  );
}

interface Text {
  readonly manifest: Manifest;
  readonly path: string;
  readonly text: string;
}

function textsOf(manifests: readonly Manifest[]): Text[] {
  return [
    ...ofKind(manifests, "ConfigMap", "Secret").flatMap((manifest) =>
      Object.entries(entriesOf(manifest)).map(([path, text]) => ({ manifest, path, text })),
    ),
    ...workloads(manifests).flatMap((workload) =>
      containersOf(workload).flatMap(({ name, command, args, env = [] }) => {
        const { manifest } = workload;
        const values = env.map(({ name: variable, value }) => ({
          path: `${name}: env ${variable}`,
          text: value ?? "",
        }));
        const words = stringsIn({ command, args }).map(({ path, text }) => ({ path: `${name}: ${path}`, text }));
        return [...values, ...hostVariables(values), ...words].map((entry) => ({ manifest, ...entry }));
      }),
    ),
  ];
}

/** `…HOST` and `…PORT` beside it, as a URL. */
function hostVariables(values: readonly { readonly path: string; readonly text: string }[]): Omit<Text, "manifest">[] {
  return values
    .filter(({ path, text }) => /HOST(NAME)?$/.test(path) && /^[a-z][a-z0-9-]*$/.test(text))
    .map(({ path, text }) => {
      const beside = values.find((v) => v.path === path.replace(/HOST(NAME)?$/, "PORT"))?.text;
      return { path, text: `tcp://${text}${beside ? `:${beside}` : ""}` };
    });
}

function hostsIn(text: string, serviceNames: ReadonlySet<string>): Host[] {
  const hosts = (pattern: RegExp) =>
    [...text.matchAll(pattern)].map(([, name = "", number]) => ({
      labels: name.split(/\.(?!\.|\d+\})(?<!\.\.)/),
      port: number === undefined ? undefined : Number(number),
    }));
  const pairs = hosts(pair).filter(({ labels }) => serviceNames.has(labels[0] ?? ""));
  return [...hosts(dotted), ...hosts(bare), ...hosts(libpq), ...pairs];
}

/** Namespaces that the cluster brings along. */
const foreign = /^(default|kube-.+|openshift(-.+)?)$/;

function resolver(manifests: readonly Manifest[], atRunTime: AtRunTime) {
  const find = finder(manifests);
  const all = workloads(manifests);
  const namespaces = new Set(ofKind(manifests, "Namespace").map(({ metadata }) => metadata.name));
  const serviceNames = new Set(ofKind(manifests, "Service").map(({ metadata }) => metadata.name));

  /** Splits a name at its namespace; undefined when the name lies outside the cluster. */
  const place = (labels: readonly string[], own: string | undefined) => {
    if (labels.length === 1) return labels[0] === "localhost" ? undefined : { before: labels, namespace: own ?? "" };
    const svc = labels.indexOf("svc");
    const at = svc > 1 ? svc - 1 : labels.findIndex((name, index) => index > 0 && namespaces.has(name));
    const namespace = labels[at];
    return at > 0 && namespace && !foreign.test(namespace) ? { before: labels.slice(0, at), namespace } : undefined;
  };

  const problems = (host: Host, { metadata }: Manifest): string[] => {
    const placed = place(host.labels, metadata.namespace);
    if (!placed) return [];
    const { before, namespace } = placed;
    const name = host.labels.join(".");
    const service = find("Service", namespace, before.at(-1));
    if (!service) return [`"${name}": there is no Service ${before.at(-1)} in ${namespace}`];
    const targets = behind(service, all, atRunTime);
    const pods = before.slice(0, -1).filter((part) => !part.startsWith("_"));
    return [
      ...pods.flatMap((pod) => podProblem(pod, service, targets).map((problem) => `"${name}": ${problem}`)),
      ...(host.port === undefined || opens(service, targets, host.port)
        ? []
        : [`"${name}:${host.port}": Service ${service.metadata.name} does not have that port`]),
    ];
  };
  return { problems, serviceNames };
}

/** Names of single pods exist under a headless Service, one per replica of its StatefulSets. */
function podProblem(pod: string, service: Manifest, targets: readonly Workload[]): string[] {
  if (!isHeadless(service)) return [`Service ${service.metadata.name} is not headless, its pods have no names`];
  const governed = targets.filter(
    ({ kind, manifest }) => kind === "StatefulSet" && field(manifest, "spec", "serviceName") === service.metadata.name,
  );
  const pattern = pod.replace(/\{(\d+)\.{2,3}(\d+)\}/g, "$2"); // the last pod of a range must exist
  const exists = governed.some(({ name, replicas }) => {
    const ordinal = pattern.startsWith(`${name}-`) ? Number(pattern.slice(name.length + 1)) : Number.NaN;
    return /[$*]/.test(pattern) || (Number.isInteger(ordinal) && ordinal < replicas);
  });
  return exists ? [] : [`there is no pod "${pattern}" under Service ${service.metadata.name}`];
}

/** A headless Service leads straight to pods, on whatever port their containers serve. */
const opens = (service: Manifest, targets: readonly Workload[], wanted: number) =>
  isHeadless(service)
    ? targets.some((workload) => findPort(portsOf(workload), wanted))
    : servicePorts(service).some(({ port: number }) => number === wanted);
