import { catalogue, type ServiceName, serviceNames } from "../../../components/core/catalogue";
import { limits } from "../../../components/core/limits";
import { type Layer, type Mode, namespaceOf, serviceHost } from "../../../components/core/names";
import type { WorkloadName } from "../../../components/core/profiles";
import { connected, type Endpoint, type Server } from "../clients/https";
import { type Kubectl, type KubernetesObject, secretValues } from "../kubectl";
import { UsageError } from "./command";

const label = "app.kubernetes.io/";
const partOf = `${label}part-of=datalyptica`;

type Secret = KubernetesObject & { readonly data?: Readonly<Record<string, string>> };
type ConfigMap = KubernetesObject & { readonly data?: Readonly<Record<string, string>> };
type Workload = KubernetesObject & { readonly spec: { readonly replicas?: number } };
type Route = KubernetesObject & { readonly spec: { readonly host: string } };

/** What a service was given on another: a bucket or a database of this name, and the Secret's values for it. */
export interface Grant {
  readonly owner: string;
  readonly name: string;
  readonly values: Readonly<Record<string, string>>;
}

/** One stack as its own objects in the cluster describe it: neither Pulumi nor the stack's config is needed. */
export class Installation {
  private constructor(
    readonly kubectl: Kubectl,
    readonly prefix: string,
    private readonly namespaces: readonly string[],
    private readonly workloads: readonly Workload[],
  ) {}

  /**
   * Finds a stack by the labels of its namespaces.
   * @param prefix which one, if there are several; default the only one
   */
  static async find(kubectl: Kubectl, prefix?: string): Promise<Installation> {
    const namespaces = await kubectl.list("namespaces", { selector: partOf });
    const prefixes = [...new Set(namespaces.map((each) => each.metadata.labels?.[`${label}instance`] ?? ""))];
    if (prefixes.length === 0) {
      throw new Error(
        `no stack in this cluster: no namespace has the label ${partOf}; deploy one (pulumi up), or log in to the right cluster`,
      );
    }
    const given = prefix === undefined ? "not given" : `"${prefix}"`;
    const [chosen, ...others] = prefixes.filter((each) => prefix === undefined || each === prefix);
    if (chosen === undefined || others.length > 0) {
      throw new UsageError(`--prefix: ${given}; allowed, since this cluster has them: ${prefixes.sort().join(", ")}`);
    }
    const own = namespaces
      .filter(({ metadata }) => metadata.labels?.[`${label}instance`] === chosen)
      .map(({ metadata }) => metadata.name);
    const selector = `${partOf},${label}instance=${chosen}`;
    const workloads = await Promise.all(
      own.map((namespace) => kubectl.list<Workload>("statefulsets,deployments,daemonsets", { namespace, selector })),
    );
    return new Installation(kubectl, chosen, own, workloads.flat());
  }

  /** The mode, by what only `ha` has: a workload with several replicas. */
  get mode(): Mode {
    return this.workloads.some(({ spec }) => (spec.replicas ?? 1) > 1) ? "ha" : "standalone";
  }

  /** Services that have a workload in the stack, in the catalogue's order. */
  get services(): readonly ServiceName[] {
    const present = new Set(this.workloads.map(({ metadata }) => metadata.labels?.[`${label}name`]));
    return serviceNames.filter((service) => present.has(service));
  }

  /** @throws Error when the workload's replicas are not what the mode allows, for instance scaled by hand */
  replicas(workload: WorkloadName): number {
    const replicas = this.workloads.find(({ metadata }) => metadata.name === workload)?.spec.replicas ?? 0;
    const { replicas: allowed, because } = limits[workload];
    const counts = allowed[this.mode];
    if (!counts.includes(replicas)) {
      throw new Error(
        `${workload}: ${replicas} replicas in mode ${this.mode}; allowed: ${counts.join(" or ")} (${because})`,
      );
    }
    return replicas;
  }

  /** Where a service lives: its layer's namespace, unless its workloads are elsewhere. */
  namespace(service: ServiceName): string {
    const { layer }: { readonly layer: Layer } = catalogue[service];
    const own = this.workloads.find(({ metadata }) => metadata.labels?.[`${label}name`] === service);
    return own?.metadata.namespace ?? namespaceOf(this.prefix, layer);
  }

  /** The values of the service's Secret `<service>-<part>`. */
  secret(service: ServiceName, part: string): Promise<Readonly<Record<string, string>>> {
    return this.kubectl.secret(this.namespace(service), `${service}-${part}`);
  }

  /** All buckets or databases in use, by the Secrets `<owner>-bucket-<name>` and `<owner>-database-<name>` of their owners. */
  async grants(kind: "bucket" | "database"): Promise<readonly Grant[]> {
    const secrets = await this.objects<Secret>("secrets", `,${label}component=access`);
    return secrets.flatMap((secret) => {
      const owner = secret.metadata.labels?.[`${label}name`] ?? "";
      const start = `${owner}-${kind}-`;
      const { name } = secret.metadata;
      return name.startsWith(start) ? [{ owner, name: name.slice(start.length), values: secretValues(secret) }] : [];
    });
  }

  /** The public addresses. */
  async urls(): Promise<readonly string[]> {
    return (await this.objects<Route>("routes.route.openshift.io")).map(({ spec }) => `https://${spec.host}`).sort();
  }

  /**
   * Opens a port of a service for as long as `use` runs.
   * @param target see Kubectl.portForward
   */
  async forward<T>(
    service: ServiceName,
    target: string,
    port: number,
    use: (localPort: number) => Promise<T>,
  ): Promise<T> {
    const open = await this.kubectl.portForward(this.namespace(service), target, port);
    try {
      return await use(open.port);
    } catch (error) {
      const complaints = open.complaints();
      if (complaints !== "") (error as Error).message += ` (kubectl: ${complaints})`;
      throw error;
    } finally {
      await open.close();
    }
  }

  /**
   * A TLS port of one of the service's Kubernetes Services, verified against the platform's authority.
   * @param target that Kubernetes Service, which must have a selector; default the one of the service's name. With a pod,
   *   the pod must answer for the default one.
   */
  async connect<T>(
    service: ServiceName,
    port: number,
    use: (server: Server) => Promise<T>,
    target = `service/${service}`,
  ): Promise<T> {
    const name = target.startsWith("service/") ? target.slice("service/".length) : service;
    return this.forward(service, target, port, async (localPort) =>
      connected(await this.endpoint(service, port, { localPort }, name), use),
    );
  }

  /**
   * A Kubernetes Service with what it takes to trust it.
   * @param via where it is reached
   * @param name the Kubernetes Service; default the one of the service's name
   */
  async endpoint(
    service: ServiceName,
    port: number,
    via: Pick<Endpoint, "address" | "localPort">,
    name: string = service,
  ): Promise<Endpoint> {
    const namespace = this.namespace(service);
    const bundle = await this.kubectl.get<ConfigMap>(namespace, "configmap", "platform-ca");
    const ca = bundle.data?.["ca.crt"];
    if (!ca) throw new Error(`ConfigMap platform-ca in ${namespace} has no ca.crt`);
    return { host: serviceHost(name, namespace), port, ca, ...via };
  }

  /** All objects of the stack. @param more further terms of the label selector */
  async objects<T extends KubernetesObject>(resource: string, more = ""): Promise<readonly T[]> {
    const selector = `${partOf},${label}instance=${this.prefix}${more}`;
    return (
      await Promise.all(this.namespaces.map((namespace) => this.kubectl.list<T>(resource, { namespace, selector })))
    ).flat();
  }
}
