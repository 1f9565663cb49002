import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Namespaces } from "../security/namespaces";
import { networkPolicies } from "../security/network-policies";
import { StatefulScc } from "../security/scc";
import { Alerts } from "./alerts";
import { catalogue, type ServiceName } from "./catalogue";
import { CertificateAuthority } from "./certificates";
import { Flows } from "./flows";
import { Footprint } from "./footprint";
import { imageReference, imageVersion, type PublishedImage } from "./images";
import { Logs } from "./logs";
import { Metrics } from "./metrics";
import { type Layer, labels, type Mode, namespaceOf, type Space } from "./names";
import { Panels } from "./panels";
import type { Size, WorkloadName } from "./profiles";
import type { Service } from "./service";
import type { Settings } from "./settings";

/** Names of the services a component is wired to: each required one is there, each optional one may be. */
type Wiring<W> = { readonly [K in keyof W]: W[K] | undefined };
type ServiceClass<S extends Service, W> = {
  readonly service: ServiceName;
  new (platform: Platform, wiring: W): S;
};

/** What all services share: settings, the cluster, namespaces, the certificate authority, and the records that the rest is derived from. */
export class Platform {
  readonly flows = new Flows();
  readonly footprint = new Footprint();
  readonly metrics = new Metrics();
  readonly logs = new Logs();
  readonly alerts = new Alerts();
  readonly panels = new Panels();
  /** Certificates of the platform's authority, and when each ends (RFC 3339). */
  readonly certificates: { readonly name: string; readonly end: pulumi.Output<string> }[] = [];
  readonly urls: Record<string, string> = {};
  readonly provider: k8s.Provider;
  readonly namespaces: Namespaces;
  readonly authority: CertificateAuthority;
  readonly statefulScc: StatefulScc;
  private readonly lateMakers: (() => void)[] = [];
  private completeWiring: () => void = () => undefined;
  private readonly wiring = new Promise<void>((resolve) => {
    this.completeWiring = resolve;
  });

  constructor(readonly settings: Settings) {
    this.provider = new k8s.Provider("cluster", {
      // Without it another server address or CA in the kubeconfig would replace the provider, and with it every resource.
      clusterIdentifier: settings.clusterIdentifier,
      ...(settings.context ? { context: settings.context } : {}),
      // Fixed names are changed in place; pods that read them are rolled by checksum.
      enableConfigMapMutable: true,
      enableSecretMutable: true,
    });
    this.namespaces = new Namespaces(this);
    this.authority = new CertificateAuthority(this);
    this.statefulScc = new StatefulScc(this);
  }

  get mode(): Mode {
    return this.settings.mode;
  }

  /** Whether what holds data is protected from deletion and replacement. */
  get protects(): boolean {
    return this.mode === "ha";
  }

  /** The layers that chosen services live in. */
  get layers(): readonly Layer[] {
    return [...new Set([...this.settings.services].map((service) => catalogue[service].layer))];
  }

  /** Where chosen services live: their layers, and apart a collector that reads the nodes' files and people's notebooks. */
  get spaces(): readonly Space[] {
    const { services, logCollection } = this.settings;
    return [
      ...this.layers,
      ...(services.has("alloy") && logCollection === "file" ? (["logging"] as const) : []),
      ...(services.has("jupyterlab") ? (["notebooks"] as const) : []),
    ];
  }

  namespace(space: Space): string {
    return namespaceOf(this.settings.prefix, space);
  }

  image(name: PublishedImage): string {
    return imageReference(name, this.settings.images);
  }

  size(workload: WorkloadName): Size {
    return this.settings.sizes[workload];
  }

  /** The public host of a service's Route. */
  host(name: string): string {
    return `${name}.${this.settings.domain}`;
  }

  /** Labels of what belongs to a service, or to the platform as a whole. */
  labels(service: ServiceName | "platform", component: string): Record<string, string> {
    const version = service === "platform" ? "1" : imageVersion(catalogue[service].image, this.settings.images);
    return labels(this.settings.prefix, service, component, version);
  }

  /** Options of a top-level component. */
  options(): pulumi.ComponentResourceOptions {
    return { providers: { kubernetes: this.provider } };
  }

  /**
   * Builds a service if `datalyptica:services` has it. Settings have checked already that what it requires is chosen too,
   * so a required wiring is never absent here.
   */
  install<S extends Service, W extends object>(type: ServiceClass<S, W>, wiring: Wiring<W>): S | undefined {
    return this.settings.services.has(type.service) ? new type(this, wiring as W) : undefined;
  }

  /**
   * What is known only when every service is wired: a server's list of its users, for example. A resource that has such
   * an input is created after the last handle was given out; handles must not wait for it.
   */
  whenWired<T>(derive: () => pulumi.Input<T>): pulumi.Output<pulumi.Unwrap<T>> {
    return pulumi.output(this.wiring.then(derive)) as pulumi.Output<pulumi.Unwrap<T>>;
  }

  /** Makes resources whose shape is known only when every service is wired, such as pods that read files of all their clients. */
  onceWired(make: () => void): void {
    this.lateMakers.push(make);
  }

  /** Derives what depends on the whole wiring, and gives the stack's outputs. */
  finish(): Record<string, unknown> {
    for (const make of this.lateMakers) make();
    this.completeWiring();
    networkPolicies(this);
    return {
      urls: this.urls,
      namespaces: Object.fromEntries(this.spaces.map((space) => [space, this.namespace(space)])),
      footprint: this.footprint.summary(),
    };
  }
}
