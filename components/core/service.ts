import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Scc } from "../security/scc";
import type { Alert } from "./alerts";
import { catalogue, type ServiceName } from "./catalogue";
import type { Endpoint, Peer } from "./flows";
import { type Labels, type Layer, type Space, selectorLabels } from "./names";
import type { ServicePanels } from "./panels";
import type { Platform } from "./platform";
import { checksum, type Source } from "./sources";

/** What one service offers another: where it is reached, and what must exist before it can be used. */
export interface Handle {
  readonly reaches: readonly Endpoint[];
  readonly ready: readonly pulumi.Resource[];
}

/** For what a service asks only once a person or a query wants it: it starts without, so `pulumi up` does not wait. */
export function onDemand(handle: Handle): Handle;
export function onDemand(handle: Handle | undefined): Handle | undefined;
export function onDemand(handle: Handle | undefined): Handle | undefined {
  return handle && { reaches: handle.reaches, ready: [] };
}

/** What a service's pods may do beyond running. */
interface AccountSpec {
  /** The part of the service that it is for, where that may do what the rest must not: `<service>-<part>`. Default all of it. */
  readonly part?: string;
  /** Rules of the namespaced Role, for products that talk to the Kubernetes API. */
  readonly rules?: k8s.types.input.rbac.v1.PolicyRule[];
  /** Whether these rules hold in every namespace of the platform, for what watches all services. Default its own. */
  readonly everywhere?: boolean;
  /** Rules in a namespace of another space, for what makes pods there. */
  readonly elsewhere?: { readonly space: Space; readonly rules: k8s.types.input.rbac.v1.PolicyRule[] };
  /** Rules of a ClusterRole, for what lies in no namespace. */
  readonly clusterRules?: k8s.types.input.rbac.v1.PolicyRule[];
  /** A ClusterRole that the cluster brings along. */
  readonly clusterRole?: string;
  /** Admitted by the platform's own SCC for stateful services instead of restricted-v2. */
  readonly stateful?: boolean;
  /** Admitted by an SCC of its own. */
  readonly own?: Scc;
}

export interface Account {
  readonly name: string;
  readonly scc: string;
  /** Whether its SCC has pods run as root. */
  readonly root: boolean;
  readonly resources: readonly pulumi.Resource[];
}

/** A service of the platform: one component in one namespace, with makers for what every service has. */
export abstract class Service extends pulumi.ComponentResource {
  readonly layer: Layer;
  readonly namespace: string;

  /** @param space where its pods live; default its layer */
  protected constructor(
    readonly platform: Platform,
    readonly service: ServiceName,
    readonly space: Space = catalogue[service].layer,
  ) {
    const { layer } = catalogue[service];
    const type = service.replace(/(?:^|-)([a-z])/g, (_, first: string) => first.toUpperCase());
    // Inputs of a component are stored in the state as they are: none, so that no secret can get there.
    super(`datalyptica:${layer}:${type}`, service, {}, platform.options());
    this.layer = layer;
    this.namespace = platform.namespace(space);
  }

  /** Options of a child: it goes with its namespace, so deleting that is deletion enough. */
  child(options: pulumi.CustomResourceOptions = {}): pulumi.CustomResourceOptions {
    return { parent: this, deletedWith: this.platform.namespaces.of(this.space), ...options };
  }

  /** Metadata of an object of this service. @param component the part it belongs to */
  metadata(name: string, component: string, annotations?: Labels): k8s.types.input.meta.v1.ObjectMeta {
    return {
      name,
      namespace: this.platform.namespaces.nameOf(this.space),
      labels: this.platform.labels(this.service, component),
      ...(annotations ? { annotations } : {}),
    };
  }

  /** The pods of a workload of this service. */
  peer(workload: string, component: string): Peer {
    return {
      namespace: this.namespace,
      name: workload,
      selector: selectorLabels(this.platform.settings.prefix, this.service, component),
      labels: this.platform.labels(this.service, component),
    };
  }

  /** Adds to what people are told of this service. */
  protected alert(alerts: readonly Alert[]): void {
    this.platform.alerts.add(this.service, alerts);
  }

  /** Says what dashboards show of this service. */
  protected show(panels: ServicePanels): void {
    this.platform.panels.add(this.service, panels);
  }

  /** A ConfigMap `<service>-<part>`. */
  configMap(part: string, component: string, data: pulumi.Input<Record<string, pulumi.Input<string>>>): Source {
    const name = `${this.service}-${part}`;
    const resource = new k8s.core.v1.ConfigMap(name, { metadata: this.metadata(name, component), data }, this.child());
    return { kind: "ConfigMap", name, checksum: checksum(data), resource };
  }

  /** A Secret `<service>-<part>`. */
  secret(part: string, component: string, stringData: pulumi.Input<Record<string, pulumi.Input<string>>>): Source {
    const name = `${this.service}-${part}`;
    const resource = new k8s.core.v1.Secret(
      name,
      { metadata: this.metadata(name, component), type: "Opaque", stringData },
      this.child(),
    );
    return { kind: "Secret", name, checksum: checksum(stringData), resource };
  }

  /** A ServiceAccount of the service, with a Role only when the product talks to the API. */
  serviceAccount(spec: AccountSpec = {}): Account {
    const name = spec.part ? `${this.service}-${spec.part}` : this.service;
    const subjects = [{ kind: "ServiceAccount", name, namespace: this.namespace }];
    const account = new k8s.core.v1.ServiceAccount(
      name,
      { metadata: this.metadata(name, "access"), automountServiceAccountToken: false },
      this.child(),
    );
    const resources: pulumi.Resource[] = [account];
    const ruled = [
      ...(spec.everywhere ? this.platform.spaces : [this.space]).map((space) => ({ space, rules: spec.rules })),
      ...(spec.elsewhere ? [spec.elsewhere] : []),
    ];
    for (const { space, rules } of ruled) {
      if (!rules) continue;
      const logicalName = space === this.space ? name : `${name}-${space}`;
      const metadata = {
        ...this.metadata(name, "access"),
        namespace: this.platform.namespaces.nameOf(space),
      };
      const options = { deletedWith: this.platform.namespaces.of(space) };
      const role = new k8s.rbac.v1.Role(logicalName, { metadata, rules }, this.child(options));
      const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name };
      resources.push(
        new k8s.rbac.v1.RoleBinding(
          logicalName,
          { metadata, roleRef, subjects },
          this.child({ ...options, dependsOn: [role, account] }),
        ),
      );
    }
    if (spec.clusterRules) {
      // Cluster-scoped: the prefix keeps two stacks of one cluster apart.
      const ofStack = `${this.platform.settings.prefix}-${name}`;
      const metadata = { name: ofStack, labels: this.platform.labels(this.service, "access") };
      const role = new k8s.rbac.v1.ClusterRole(name, { metadata, rules: spec.clusterRules }, { parent: this });
      const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: ofStack };
      resources.push(
        new k8s.rbac.v1.ClusterRoleBinding(
          name,
          { metadata, roleRef, subjects },
          { parent: this, dependsOn: [role, account] },
        ),
      );
    }
    if (spec.clusterRole) {
      const ofStack = `${this.platform.settings.prefix}-${name}-${spec.clusterRole}`;
      const metadata = { name: ofStack, labels: this.platform.labels(this.service, "access") };
      const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: spec.clusterRole };
      resources.push(
        new k8s.rbac.v1.ClusterRoleBinding(
          `${name}-${spec.clusterRole}`,
          { metadata, roleRef, subjects },
          { parent: this, dependsOn: [account] },
        ),
      );
    }
    const scc = spec.own ?? (spec.stateful ? this.platform.statefulScc : undefined);
    if (!scc) return { name, scc: "restricted-v2", root: false, resources };

    const binding = `${name}-scc`;
    const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: scc.role };
    resources.push(
      new k8s.rbac.v1.RoleBinding(
        binding,
        { metadata: this.metadata(binding, "access"), roleRef, subjects },
        this.child({ dependsOn: [...scc.resources, account] }),
      ),
    );
    return { name, scc: scc.name, root: scc.root, resources };
  }

  /**
   * A Service in front of a workload's pods. Pulumi does not wait for it: the workload's own await is the one that knows
   * how long a start may take.
   * @param ports Service port name -> port, equal to the container's port of that name
   */
  clusterIp(
    name: string,
    component: string,
    ports: Readonly<Record<string, number>>,
    options: {
      /** No virtual address: one DNS record per pod, published before the pod is ready, since peers form quorums. */
      readonly headless?: boolean;
      /** Leads to pods before they are ready, as a headless one does. */
      readonly unready?: boolean;
      /** A client's connections all lead to the same pod for as long as that is ready: what it wrote there, it reads there. */
      readonly sticky?: boolean;
      /** Pods it selects; default the component's. `null` = none, someone else writes the endpoints. */
      readonly selector?: Labels | null;
    } = {},
  ): k8s.core.v1.Service {
    const selector = options.selector === undefined ? this.peer(name, component).selector : options.selector;
    return new k8s.core.v1.Service(
      name,
      {
        metadata: this.metadata(name, component, { "pulumi.com/skipAwait": "true" }),
        spec: {
          type: "ClusterIP",
          ...(options.headless ? { clusterIP: "None" } : {}),
          ...(options.headless || options.unready ? { publishNotReadyAddresses: true } : {}),
          ...(options.sticky ? { sessionAffinity: "ClientIP" } : {}),
          ...(selector ? { selector } : {}),
          ports: Object.entries(ports).map(([port, number]) => ({
            name: port,
            port: number,
            targetPort: selector ? port : number,
            protocol: "TCP",
          })),
        },
      },
      this.child(),
    );
  }
}
