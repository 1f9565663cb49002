import {
  type Finding,
  field,
  finder,
  finding,
  type Labels,
  listAt,
  type Manifest,
  ofKind,
} from "../../policies/objects/manifest";
import { containersOf, findPort, type Handler, portsOf, type Workload, workloads } from "../../policies/objects/pods";
import { hasLabels, type LabelSelector, selects } from "../../policies/objects/selectors";

/** What products write into the cluster at run time, which no manifest shows. */
export interface AtRunTime {
  /** Service without selector -> the workload (by name, same namespace) whose pods it reaches: it writes the Endpoints. */
  readonly endpointsBy: Readonly<Record<string, string>>;
  /** Keys of labels that products put on their own pods, e.g. Patroni's `role`. */
  readonly labels: readonly string[];
}

export const nothingAtRunTime: AtRunTime = { endpointsBy: {}, labels: [] };

export interface ServicePort {
  readonly name?: string;
  readonly port: number;
  readonly targetPort?: string | number;
  readonly protocol?: string;
}

export const servicePorts = (service: Manifest): readonly ServicePort[] =>
  listAt<ServicePort>(service, "spec", "ports");
export const isHeadless = (service: Manifest): boolean => field(service, "spec", "clusterIP") === "None";

/** The workloads whose pods a Service reaches. */
export function behind(service: Manifest, all: readonly Workload[], { endpointsBy, labels }: AtRunTime): Workload[] {
  const selector = field<Labels>(service, "spec", "selector");
  const inNamespace = all.filter(({ namespace }) => namespace === service.metadata.namespace);
  if (!selector) return inNamespace.filter(({ name }) => name === endpointsBy[service.metadata.name]);
  const wanted = Object.fromEntries(Object.entries(selector).filter(([key]) => !labels.includes(key)));
  return inNamespace.filter((workload) => hasLabels(workload.labels, wanted));
}

/** Services, Routes, probes, headless Services of StatefulSets and disruption budgets reach what they mean to reach. */
export function connections(manifests: readonly Manifest[], atRunTime: AtRunTime = nothingAtRunTime): Finding[] {
  const all = workloads(manifests);
  const find = finder(manifests);
  const hosts = ofKind(manifests, "Route").map(hostOf);
  const judge = (kind: string, problems: (manifest: Manifest) => readonly string[]) =>
    ofKind(manifests, kind).flatMap((m) => problems(m).map((problem) => finding(m, problem)));
  return [
    ...judge("Service", (service) => serviceProblems(service, all, atRunTime)),
    ...judge("Route", (route) => {
      const to = field<string>(route, "spec", "to", "name");
      const service = find("Service", route.metadata.namespace, to);
      return service ? routeProblems(route, service) : [`there is no Service ${to}`];
    }),
    ...judge("Route", (route) =>
      hosts.filter((host) => host === hostOf(route)).length > 1 ? ["shares its host"] : [],
    ),
    ...judge("PodDisruptionBudget", (budget) => {
      const selector = field<LabelSelector>(budget, "spec", "selector");
      const chosen = all.filter((w) => w.namespace === budget.metadata.namespace && selects(selector, w.labels));
      return chosen.length === 1 ? [] : [`selects the pods of ${chosen.length} workloads instead of one`];
    }),
    ...all.flatMap((workload) => {
      const serviceName =
        workload.kind === "StatefulSet" ? field<string>(workload.manifest, "spec", "serviceName") : undefined;
      const service = find("Service", workload.namespace, serviceName);
      const problems = [
        ...probeProblems(workload),
        ...(serviceName === undefined ||
        (service && isHeadless(service) && behind(service, all, atRunTime).includes(workload))
          ? []
          : [`serviceName "${serviceName}" is no headless Service that selects its pods`]),
      ];
      return problems.map((problem) => finding(workload.manifest, problem));
    }),
  ];
}

const hostOf = (route: Manifest) => `${field(route, "spec", "host")}${field(route, "spec", "path") ?? ""}`;

function serviceProblems(service: Manifest, all: readonly Workload[], atRunTime: AtRunTime): string[] {
  const targets = behind(service, all, atRunTime);
  if (targets.length === 0) return ["selects the pods of no workload"];
  return [
    ...(servicePorts(service).length > 0 || isHeadless(service) ? [] : ["has no ports"]),
    ...targets
      .filter(({ ends }) => ends)
      .map(({ id, kind }) => `also selects the pods of ${kind} ${id}, which do not serve`),
    ...servicePorts(service).flatMap(({ name = "", port, targetPort = port, protocol }) => [
      ...targets
        .filter((workload) => !workload.ends && !findPort(portsOf(workload), targetPort, protocol))
        .map(({ id }) => `port ${name}: no container of ${id} has a port ${targetPort}`),
      // The name of a headless Service resolves to pods: nothing translates the port.
      ...(isHeadless(service) && targets.some((w) => findPort(portsOf(w), targetPort, protocol)?.containerPort !== port)
        ? [`port ${name}: a headless Service cannot lead ${port} to ${targetPort}`]
        : []),
    ]),
  ];
}

/** A Route names the port of the Service by its name, or the pods' port by number. */
function routeProblems(route: Manifest, service: Manifest): string[] {
  const wanted = field<string | number>(route, "spec", "port", "targetPort");
  const ports = servicePorts(service);
  if (wanted === undefined) return ports.length === 1 ? [] : ["names no port of a Service that has several"];
  const fits = ports.some(({ name, port, targetPort = port }) => wanted === name || wanted === targetPort);
  return fits
    ? []
    : [`Service ${service.metadata.name} has no port "${wanted}" but ${ports.map((p) => p.name).join(", ")}`];
}

/** Probes and lifecycle hooks ask a port that their own container declares. */
function probeProblems(workload: Workload): string[] {
  return containersOf(workload).flatMap(({ name, ports = [], lifecycle, ...container }) => {
    const handlers: Readonly<Record<string, Handler | undefined>> = {
      startupProbe: container.startupProbe,
      readinessProbe: container.readinessProbe,
      livenessProbe: container.livenessProbe,
      ...lifecycle,
    };
    return Object.entries(handlers).flatMap(([handler, { httpGet, tcpSocket, grpc } = {}]) => {
      const wanted = httpGet?.port ?? tcpSocket?.port ?? grpc?.port;
      return wanted === undefined || findPort(ports, wanted)
        ? []
        : [`container ${name}: ${handler} asks port ${wanted}, which the container does not declare`];
    });
  });
}
