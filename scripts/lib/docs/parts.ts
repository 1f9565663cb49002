import type { ServiceName } from "../../../components/core/catalogue";
import type { Manifest } from "../manifests";

/** What a service is made of, read back from rendered manifests. */
export interface Parts {
  /** `trino-worker 3`, `minio 4 (StatefulSet)`; CronJobs with their schedule. */
  readonly workloads: readonly string[];
  /** `data 4 x 500Gi`. */
  readonly volumes: readonly string[];
  /** `trino: 8443`. */
  readonly ports: readonly string[];
  /** Buckets and databases that it was given on other services. */
  readonly keeps: readonly string[];
  /** How people log in, where that is Keycloak's. */
  readonly login: string | undefined;
}

interface Spec {
  readonly replicas?: number;
  readonly schedule?: string;
  readonly suspend?: boolean;
  readonly ports?: readonly { readonly port: number; readonly protocol?: string }[];
  readonly clusterIP?: string;
  readonly volumeClaimTemplates?: readonly {
    readonly metadata: { readonly name: string };
    readonly spec: { readonly resources: { readonly requests: { readonly storage: string } } };
  }[];
}

export function partsOf(manifests: readonly Manifest[], service: ServiceName): Parts {
  const own = manifests
    .filter(({ metadata }) => metadata.labels?.["app.kubernetes.io/name"] === service)
    .map(({ kind, metadata, spec }) => ({ kind, name: metadata.name, spec: (spec ?? {}) as Spec }));
  const of = (...kinds: readonly string[]) => own.filter(({ kind }) => kinds.includes(kind));
  const replicated = of("Deployment", "StatefulSet").filter(({ spec }) => (spec.replicas ?? 1) > 0);
  // The server has a Secret for each that it gave, which is called in the same way.
  const given = (what: string, server: ServiceName) =>
    (service === server ? [] : of("Secret"))
      .map(({ name }) => new RegExp(`^${service}-${what}-(.+)$`).exec(name)?.[1])
      .filter((name) => name !== undefined);
  return {
    workloads: [
      ...replicated.map(({ kind, name, spec }) => `${name} ${spec.replicas ?? 1} (${kind})`),
      ...of("DaemonSet").map(({ name }) => `${name} on each node (DaemonSet)`),
      ...of("CronJob").map(
        ({ name, spec }) => `${name} (CronJob, ${spec.suspend ? "when somebody asks" : `\`${spec.schedule}\``})`,
      ),
    ],
    volumes: replicated.flatMap(({ name, spec }) =>
      (spec.volumeClaimTemplates ?? []).map(
        (claim) => `${name}: ${spec.replicas ?? 1} x ${claim.spec.resources.requests.storage}`,
      ),
    ),
    // Headless ones are for the members themselves.
    ports: of("Service")
      .filter(({ spec }) => spec.clusterIP !== "None")
      .map(({ name, spec }) => `${name}: ${(spec.ports ?? []).map(({ port }) => port).join(", ")}`),
    keeps: [
      ...given("bucket", "minio").map((name) => `bucket \`${name}\``),
      ...given("database", "postgresql").map((name) => `database \`${name}\``),
    ],
    login: own.some(({ name }) => name === `${service}-oidc`) ? "by Keycloak" : undefined,
  };
}
