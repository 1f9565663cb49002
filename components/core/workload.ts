import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { Peer } from "./flows";
import type { Labels } from "./names";
import { type ContainerSpec, type PodSpec, podSpec, sourcesOf } from "./pods";
import { jobSize, type Size } from "./profiles";
import type { Account, Handle, Service } from "./service";
import { apiToken, combinedChecksum } from "./sources";

/** A workload of a service. What its replicas imply (disruption budget, spread) and what it uses (flows, order) is derived. */
export interface WorkloadSpec {
  /** Name of the object, its pods' prefix. */
  readonly name: string;
  /** The part of the service, as its labels and selectors say it. */
  readonly component: string;
  readonly account: Account;
  readonly size: Size;
  readonly init?: readonly ContainerSpec[];
  readonly containers: readonly ContainerSpec[];
  /** What it uses of other services: gives egress to them and waits until they are ready to be used. */
  readonly uses?: readonly (Handle | undefined)[];
  /** Whether it talks to the Kubernetes API: gives the token and egress to the API server. */
  readonly apiServer?: boolean;
  /** Pods of this workload talk to each other on these ports. */
  readonly amongItself?: readonly number[];
  /** Labels on the pods beside the six. */
  readonly podLabels?: Labels;
  readonly gracePeriod?: number;
}

export interface Workload {
  readonly peer: Peer;
  readonly resource: pulumi.Resource;
}

/** Long enough for restores, image pulls on slow links and quorum recovery. */
const timeouts = { create: "30m", update: "30m", delete: "10m" };

export interface StatefulSpec extends WorkloadSpec {
  /** The headless Service of the pods' DNS names. */
  readonly governing: string;
  /** Name of each pod's volume, of the size's `disk`; absent = the pods have identity but keep nothing. */
  readonly volume?: string;
  /**
   * Start the pods one after the other, where the first prepares what the others then find. Default all together:
   * quorums form only so, and the ordered start would block recovery on the first pod.
   */
  readonly ordered?: boolean;
  /** Seconds a pod must have been ready before an update goes on to the next one. Default 0. */
  readonly minReady?: number;
}

/** Pods with an identity each. */
export function statefulSet(service: Service, spec: StatefulSpec): Workload {
  const { peer, template, dependsOn } = prepare(service, spec);
  const resource = new k8s.apps.v1.StatefulSet(
    spec.name,
    {
      metadata: service.metadata(spec.name, spec.component),
      spec: {
        replicas: spec.size.replicas,
        serviceName: spec.governing,
        podManagementPolicy: spec.ordered ? "OrderedReady" : "Parallel",
        ...(spec.minReady ? { minReadySeconds: spec.minReady } : {}),
        selector: { matchLabels: peer.selector },
        template: { ...template, spec: { ...template.spec, ...spread(service, spec, peer) } },
        ...(spec.volume ? { volumeClaimTemplates: [volumeClaim(service, spec.volume, spec.size, peer)] } : {}),
      },
    },
    service.child({
      dependsOn,
      customTimeouts: timeouts,
      ...(spec.volume ? { protect: service.platform.protects } : {}),
    }),
  );
  disruptionBudget(service, spec, peer);
  return { peer, resource };
}

function volumeClaim(service: Service, name: string, size: Size, peer: Peer) {
  const { storageClass } = service.platform.settings;
  return {
    // Only labels that never change: any change here would replace the StatefulSet.
    metadata: { name, labels: peer.selector },
    spec: {
      accessModes: ["ReadWriteOnce"],
      ...(storageClass ? { storageClassName: storageClass } : {}),
      resources: { requests: { storage: size.disk ?? "" } },
    },
  };
}

/**
 * Pods without data leave a node that is lost for 10 s, instead of Kubernetes' 300: the control plane has waited 40 s for
 * it already, and the single Trino coordinator must be back within two minutes.
 */
const awayBriefly = ["not-ready", "unreachable"].map((state) => ({
  key: `node.kubernetes.io/${state}`,
  operator: "Exists",
  effect: "NoExecute",
  tolerationSeconds: 10,
}));

/** Interchangeable pods. @param replace end the old pod before the new one starts, where two must not run at once */
export function deployment(service: Service, spec: WorkloadSpec & { readonly replace?: boolean }): Workload {
  const { peer, template, dependsOn } = prepare(service, spec);
  const pod = { ...template.spec, ...spread(service, spec, peer), tolerations: awayBriefly };
  const resource = new k8s.apps.v1.Deployment(
    spec.name,
    {
      metadata: service.metadata(spec.name, spec.component),
      spec: {
        replicas: spec.size.replicas,
        strategy: spec.replace
          ? { type: "Recreate" }
          : { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
        revisionHistoryLimit: 3,
        selector: { matchLabels: peer.selector },
        template: { ...template, spec: pod },
      },
    },
    service.child({ dependsOn, customTimeouts: timeouts }),
  );
  disruptionBudget(service, spec, peer);
  return { peer, resource };
}

/**
 * One pod on each node that platform pods can run on: it tolerates what they do. (Kubernetes adds that it also stays on
 * nodes that are cordoned or not ready.) `size.replicas` counts in the footprint only.
 */
export function daemonSet(service: Service, spec: WorkloadSpec): Workload {
  const { peer, template, dependsOn } = prepare(service, spec);
  const resource = new k8s.apps.v1.DaemonSet(
    spec.name,
    {
      metadata: service.metadata(spec.name, spec.component),
      spec: {
        updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "10%" } },
        revisionHistoryLimit: 3,
        selector: { matchLabels: peer.selector },
        template,
      },
    },
    service.child({ dependsOn, customTimeouts: timeouts }),
  );
  return { peer, resource };
}

/** On a PodTemplate: how many pods of it may run at once. Whoever makes them keeps to it. */
export const atOnce = "datalyptica.io/at-once";

/**
 * Pods that a service makes at run time: nothing runs of it before. Whoever makes them takes everything from here.
 * `size.replicas` is how many may run at once, which counts in the footprint.
 */
export function podTemplate(service: Service, spec: WorkloadSpec): Workload {
  const { peer, template, dependsOn } = prepare(service, spec);
  const resource = new k8s.core.v1.PodTemplate(
    spec.name,
    {
      metadata: service.metadata(spec.name, spec.component, { [atOnce]: `${spec.size.replicas}` }),
      template: { ...template, spec: { ...template.spec, restartPolicy: "OnFailure" } },
    },
    service.child({ dependsOn }),
  );
  return { peer, resource };
}

/** What runs to completion, at install or on a schedule. */
export type TaskSpec = Omit<WorkloadSpec, "size" | "amongItself" | "podLabels"> & {
  /** Requests; default the size of small Jobs. */
  readonly size?: Size;
};

/**
 * A Job that prepares something, written so that running it again changes nothing. Its name is fixed: when its inputs
 * change, Pulumi replaces it, which runs it again.
 * @param once what it finds wrong is somebody's to mend, so it is not tried again before the next update; its pod stays,
 *   and with it the message. Default: it is tried until what it needs is there
 */
export function job(service: Service, spec: TaskSpec & { readonly once?: boolean }): Workload {
  const { peer, template, dependsOn } = prepare(service, { ...spec, size: spec.size ?? jobSize });
  const resource = new k8s.batch.v1.Job(
    spec.name,
    {
      metadata: service.metadata(spec.name, spec.component),
      spec: {
        // No ttl: a Job that vanished would come back, and run again, at the next refresh.
        backoffLimit: spec.once ? 0 : 20,
        template: { ...template, spec: { ...template.spec, restartPolicy: spec.once ? "Never" : "OnFailure" } },
      },
    },
    service.child({ dependsOn, customTimeouts: timeouts }),
  );
  return { peer, resource };
}

/**
 * A Job on a schedule, never two at a time. It runs later than what it uses is made, so it waits for none of that.
 * @param schedule cron expression, UTC; absent = only when somebody asks: `kubectl create job --from=cronjob/<name> ...`
 * @param once a run that fails is not tried again before the next one. Default two more tries
 * @param deadline seconds after which a run is ended. Default never
 */
export function cronJob(
  service: Service,
  spec: TaskSpec & { readonly schedule?: string | undefined; readonly once?: boolean; readonly deadline?: number },
): Workload {
  const { peer, template, own } = prepare(service, { ...spec, size: spec.size ?? jobSize });
  const resource = new k8s.batch.v1.CronJob(
    spec.name,
    {
      metadata: service.metadata(spec.name, spec.component),
      spec: {
        // The API server wants one even where nothing follows it.
        schedule: spec.schedule ?? "0 0 1 1 *",
        ...(spec.schedule ? {} : { suspend: true }),
        timeZone: "Etc/UTC",
        concurrencyPolicy: "Forbid",
        startingDeadlineSeconds: 3600,
        successfulJobsHistoryLimit: 3,
        failedJobsHistoryLimit: 3,
        jobTemplate: {
          metadata: { labels: template.metadata.labels },
          spec: {
            backoffLimit: spec.once ? 0 : 2,
            ...(spec.deadline ? { activeDeadlineSeconds: spec.deadline } : {}),
            template: { ...template, spec: { ...template.spec, restartPolicy: spec.once ? "Never" : "OnFailure" } },
          },
        },
      },
    },
    service.child({ dependsOn: own }),
  );
  return { peer, resource };
}

const mountsToken = (spec: WorkloadSpec): boolean =>
  [...(spec.init ?? []), ...spec.containers].some(({ mounts = [] }) => mounts.includes(apiToken));

/** What all workloads share: flows and order from what it uses, labels, checksum, hardening, spread. */
function prepare(service: Service, spec: WorkloadSpec) {
  const { platform } = service;
  const peer = service.peer(spec.name, spec.component);
  platform.flows.register(peer);
  const uses = (spec.uses ?? []).filter((handle) => handle !== undefined);
  for (const endpoint of uses.flatMap((handle) => handle.reaches)) platform.flows.allow(peer, endpoint);
  for (const port of spec.amongItself ?? []) platform.flows.allow(peer, { peer, port });
  if (spec.apiServer || mountsToken(spec))
    platform.flows.allowOutside(peer, "apiserver", platform.settings.apiServerPort);

  for (const { name, logs } of [...(spec.init ?? []), ...spec.containers])
    platform.logs.add(service.service, name, logs);
  for (const { name, ports = {}, metrics = [] } of spec.containers) {
    for (const each of metrics) {
      const port = ports[each.port];
      if (!port)
        throw new Error(`${spec.name}: container ${name} shows metrics on port ${each.port}, which it has not`);
      platform.metrics.add(service.service, each, { peer, port });
    }
  }
  platform.footprint.add(
    `${service.service}/${spec.name}`,
    spec.size.replicas,
    spec.containers.map((container) => container.resources),
    spec.size.disk,
  );
  const pod: PodSpec = {
    serviceAccountName: spec.account.name,
    apiToken: spec.apiServer ?? false,
    scc: spec.account.scc,
    root: spec.account.root,
    containers: spec.containers,
    ...(spec.init ? { init: spec.init } : {}),
    ...(spec.gracePeriod ? { gracePeriod: spec.gracePeriod } : {}),
  };
  const sources = sourcesOf(pod);
  const template = {
    metadata: {
      labels: { ...platform.labels(service.service, spec.component), ...spec.podLabels },
      annotations: {
        "openshift.io/required-scc": spec.account.scc,
        ...(sources.length > 0 ? { "datalyptica.io/config-checksum": combinedChecksum(sources) } : {}),
      },
    },
    spec: podSpec(pod),
  };
  const own = [...spec.account.resources, ...sources.map((source) => source.resource)];
  return { peer, template, own, dependsOn: [...own, ...uses.flatMap((handle) => handle.ready)] };
}

/** Replicas that must survive a node never share one, and prefer different zones. */
function spread(service: Service, spec: WorkloadSpec, peer: Peer): Partial<k8s.types.input.core.v1.PodSpec> {
  if (service.platform.mode !== "ha" || spec.size.replicas < 2) return {};
  const labelSelector = { matchLabels: peer.selector };
  return {
    affinity: {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: "kubernetes.io/hostname", labelSelector }],
      },
    },
    topologySpreadConstraints: [
      { maxSkew: 1, topologyKey: "topology.kubernetes.io/zone", whenUnsatisfiable: "ScheduleAnyway", labelSelector },
    ],
  };
}

/** One pod at a time may be evicted: enough for drains, and never a quorum. */
function disruptionBudget(service: Service, spec: WorkloadSpec, peer: Peer): void {
  if (service.platform.mode !== "ha" || spec.size.replicas < 2) return;
  new k8s.policy.v1.PodDisruptionBudget(
    spec.name,
    {
      metadata: service.metadata(spec.name, spec.component),
      spec: { maxUnavailable: 1, selector: { matchLabels: peer.selector } },
    },
    service.child(),
  );
}
