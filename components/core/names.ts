/** Every name and label of the platform comes from here. Names are an interface: clients, runbooks and backups use them. */

export const layers = ["storage", "control", "data", "analytics", "management", "infrastructure"] as const;
export type Layer = (typeof layers)[number];
export type Mode = "ha" | "standalone";
/**
 * Where pods live: a namespace for each layer, and two for what must not share one with others: the collector that may do
 * more, and people's notebooks, whose maker reaches all that lies beside them.
 */
export type Space = Layer | "logging" | "notebooks";

/** The namespace of a space: `<prefix>-<space>`. */
export const namespaceOf = (prefix: string, space: Space): string => `${prefix}-${space}`;

/** By which metrics, logs and alerts of one stack are known where several come together. */
export const clusterName = (prefix: string, mode: Mode): string => `${prefix}-${mode}`;

export type Labels = Readonly<Record<string, string>>;

/**
 * Labels that never change during an object's life, hence the only ones selectors use.
 * @param service the service the object belongs to, e.g. `trino`
 * @param component the part of it, e.g. `coordinator`; absent for what belongs to the service as a whole
 */
export function selectorLabels(instance: string, service: string, component: string): Labels {
  return {
    "app.kubernetes.io/name": service,
    "app.kubernetes.io/instance": instance,
    "app.kubernetes.io/component": component,
  };
}

/** The six recommended labels. `version` is the product's, so that a roll shows which pods are new. */
export function labels(instance: string, service: string, component: string, version: string): Labels {
  return {
    ...selectorLabels(instance, service, component),
    "app.kubernetes.io/part-of": "datalyptica",
    "app.kubernetes.io/managed-by": "pulumi",
    "app.kubernetes.io/version": version,
  };
}

/** DNS names under which a Service answers, shortest first: in its namespace, across namespaces, fully qualified. */
export function serviceNames(service: string, namespace: string): string[] {
  return [
    service,
    `${service}.${namespace}`,
    `${service}.${namespace}.svc`,
    `${service}.${namespace}.svc.cluster.local`,
  ];
}

/** The name configuration files use: resolved without search domains, hence one DNS query instead of several. */
export const serviceHost = (service: string, namespace: string): string => `${service}.${namespace}.svc.cluster.local`;
