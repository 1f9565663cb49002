import type { Labels, Manifest } from "../../../policies/objects/manifest";
import type { Connection } from "../../../policies/objects/netpol";
import { apiServer, dns } from "../../../policies/objects/peers";
import { workloads } from "../../../policies/objects/pods";
import { gateway } from "../../../sandbox/lib/network";
import { matrix, unserved } from "../../checks/flows";
import { agentCommand, ask } from "./agents";
import { eventually, hand, inSandbox, kubectl, type List, type Pod } from "./sandbox";

/**
 * The network matrix of a running stack with real packets: what the rendered policies allow must pass, everything else
 * must be dropped. Each workload has a double that carries its labels and nothing of its work; beside them are a stray pod
 * in every namespace, which belongs to no workload, and an outsider in a namespace without policies.
 */
export class Flows {
  private readonly doubles: readonly Double[];
  private readonly expected: readonly Connection[];
  /** The doubles' addresses. */
  private readonly askedAt = new Map<string, string | undefined>();
  /** Where a workload is reached: at one of its own pods, or at its double when it has none that runs. */
  private readonly reached = new Map<string, string | undefined>([[apiServer, gateway]]);

  /** @param manifests the stack's rendered objects */
  constructor(manifests: readonly Manifest[]) {
    const found = workloads(manifests);
    // The one with Python in it.
    const image = found.find(({ name }) => name === "postgresql")?.pod.containers?.[0]?.image ?? "";
    const double = (name: string, namespace: string, labels: Labels, workload?: string) =>
      doubleOf(image, name, namespace, labels, workload);
    const namespaces = [...new Set(found.map(({ namespace }) => namespace))];
    const strays = namespaces.map((namespace) => double("stray", namespace, {}));
    const alone = [...strays, double("outsider", "default", {})];
    this.doubles = [
      ...found.map(({ name, namespace, labels }) => double(name, namespace, labels, `${namespace}/${name}`)),
      ...alone,
    ];
    // With packets, of each target the ports it serves and one it does not. Every port with every target is in the checks of
    // the rendered objects.
    const ends = this.doubles.map(({ workload }) => workload);
    this.expected = [...matrix([...manifests, ...alone.map(({ manifest }) => manifest)])].filter(
      ({ from, to, protocol, served, allowed, port }) =>
        ends.includes(from) &&
        [...ends, dns, apiServer].includes(to) &&
        protocol === "TCP" &&
        (served || allowed || port === unserved.containerPort),
    );
  }

  /**
   * Whether packets can tell that a policy is missing: one of a whole namespace, or one that lets doubles reach each other
   * or the API server. What only the router or builds use is in the checks of the rendered objects.
   */
  covers(policy: PolicyName): boolean {
    const id = idOf(policy);
    return (
      ["default-deny", "allow-dns"].includes(policy.name) ||
      this.expected.some(({ from, to, allowed }) => allowed && to !== dns && (from === id || to === id))
    );
  }

  /**
   * Puts policies into groups that may be missing at the same time: none of a group decides about a connection that another
   * of it allows, so that each one's own connections tell whether it is there. One of a whole namespace is alone in its group.
   */
  groups<P extends { readonly metadata: PolicyName }>(policies: readonly P[]): readonly (readonly P[])[] {
    const groups: P[][] = [];
    for (const policy of policies) {
      const near = this.neighbours(policy.metadata);
      const group = groups.find((others) =>
        others.every(({ metadata }) => near && this.neighbours(metadata) && !near.has(idOf(metadata))),
      );
      if (group) group.push(policy);
      else groups.push([policy]);
    }
    return groups;
  }

  /** What a workload may reach and what may reach it; nothing for the policy of a whole namespace. */
  private neighbours(policy: PolicyName): ReadonlySet<string> | undefined {
    const id = idOf(policy);
    if (!this.doubles.some(({ workload }) => workload === id)) return undefined;
    const near = this.expected.filter(({ from, to, allowed }) => allowed && (from === id || to === id));
    return new Set(near.flatMap(({ from, to }) => [from, to]));
  }

  /** Starts the doubles; no Service leads to them. */
  async start(): Promise<void> {
    // Past the scheduler, which would keep doubles away from what their workloads' own pods must not share a node with.
    const [node] = kubectl<List<Pod>>("get", "nodes").items.map(({ metadata }) => metadata.name);
    const items = this.doubles.map(({ manifest }) => ({
      ...manifest,
      spec: { ...(manifest.spec as object), nodeName: node },
    }));
    hand("apply", { apiVersion: "v1", kind: "List", items });
    await eventually("all doubles answer", 300, async () => {
      const pods = podAddresses();
      for (const { workload, name, pod, namespace } of this.doubles) {
        const own = pods.named(namespace, pod);
        this.askedAt.set(workload, own);
        this.reached.set(workload, pods.of(namespace, name) ?? own);
      }
      this.reached.set(dns, pods.of("openshift-dns", "dns-default"));
      const answers = [...this.askedAt.values()].map((address) => ask(address ?? "", []));
      return (await Promise.allSettled(answers)).every(({ status }) => status === "fulfilled");
    });
  }

  stop(): void {
    for (const { pod, namespace } of this.doubles) {
      inSandbox("kubectl", "delete", "pod", pod, "-n", namespace, "--grace-period=0", "--force", "--ignore-not-found");
    }
  }

  /**
   * Tries connections, all doubles at the same time.
   * @param policy only those that this one decides about; default all
   * @returns those that twice do not do as the policies say: among so many at once, an answer may come late
   */
  async differences(policy?: PolicyName): Promise<readonly string[]> {
    const connections = policy ? this.expected.filter(concerning(policy, this.doubles)) : this.expected;
    const found = await this.unlike(await this.unlike(connections));
    return found.map(({ from, to, port, allowed }) => `${from} -> ${to}:${port} ${allowed ? "is dropped" : "passes"}`);
  }

  /** Those of the connections that do not do as the policies say. */
  private async unlike(connections: readonly Connection[]): Promise<readonly Connection[]> {
    const found = await Promise.all(
      this.doubles.map(async ({ workload }) => {
        const mine = connections.filter(({ from, to }) => from === workload && this.reached.get(to));
        if (mine.length === 0) return [];
        const passed = await ask(
          this.askedAt.get(workload) ?? "",
          mine.map(({ to, port }) => ["tcp", this.reached.get(to) ?? "", port] as const),
        ).catch((error: Error) => {
          throw new Error(`the double of ${workload} does not answer: ${error.message}`);
        });
        return mine.filter(({ allowed }, index) => passed[index] !== allowed);
      }),
    );
    return found.flat();
  }
}

/** A workload's policy has its name, and decides about what it sends and gets; others are about their whole namespace. */
function concerning(policy: PolicyName, doubles: readonly Double[]) {
  const id = idOf(policy);
  const own = doubles.some(({ workload }) => workload === id);
  const fits = (end: string) => (own ? end === id : end.startsWith(`${policy.namespace}/`));
  return ({ from, to }: Connection): boolean => fits(from) || fits(to);
}

/** A workload's policy has the workload's name, and so has the one beside it that says what notebooks may. */
const idOf = ({ name, namespace }: PolicyName): string => `${namespace}/${name.replace(/-from-notebooks$/, "")}`;

/** Addresses of running pods: of one by its name, and of any one of a workload. */
function podAddresses() {
  const { items } = kubectl<List<Pod & { readonly status: { readonly podIP?: string } }>>("get", "pods", "-A");
  const find = (namespace: string, fits: (name: string) => boolean): string | undefined =>
    items.find(
      ({ metadata, status }) => status.phase === "Running" && metadata.namespace === namespace && fits(metadata.name),
    )?.status.podIP;
  return {
    named: (namespace: string, name: string) => find(namespace, (each) => each === name),
    of: (namespace: string, workload: string) => find(namespace, (each) => each.startsWith(`${workload}-`)),
  };
}

export interface PolicyName {
  readonly name: string;
  readonly namespace: string;
}

interface Double {
  readonly workload: string;
  readonly name: string;
  readonly pod: string;
  readonly namespace: string;
  readonly manifest: Manifest;
}

function doubleOf(image: string, name: string, namespace: string, labels: Labels, workload?: string): Double {
  const pod = `double-${name}`;
  const own = Object.entries(labels).filter(([key]) => key.startsWith("app.kubernetes.io/"));
  const manifest = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: pod, namespace, labels: Object.fromEntries(own) },
    spec: {
      automountServiceAccountToken: false,
      // Nobody sets this condition: the pod never becomes ready, so no Service leads to it.
      readinessGates: [{ conditionType: "datalyptica.io/never" }],
      securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
      containers: [
        {
          name: "double",
          image,
          command: agentCommand,
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
        },
      ],
    },
  };
  return { workload: workload ?? `${namespace}/${pod}`, name, pod, namespace, manifest };
}
