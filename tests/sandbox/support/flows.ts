import * as assert from "node:assert/strict";
import { execFile } from "node:child_process";
import * as path from "node:path";
import { promisify } from "node:util";
import type { Labels, Manifest } from "../../../policies/objects/manifest";
import type { Connection } from "../../../policies/objects/netpol";
import { apiServer, dns } from "../../../policies/objects/peers";
import { workloads } from "../../../policies/objects/pods";
import { root } from "../../../scripts/lib/render";
import { matrix } from "../../checks/flows";
import { inSandbox, kubectl, type List, type Pod } from "./sandbox";

/**
 * The network matrix of a running stack with real packets: what the rendered policies allow must pass, everything else
 * must be dropped. Each workload has a double that carries its labels and nothing of its work; beside them are a stray pod
 * in every namespace, which belongs to no workload, and an outsider in a namespace without policies.
 */
export class Flows {
  private readonly doubles: readonly Double[];
  private readonly expected: readonly Connection[];

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
    this.expected = matrix([...manifests, ...alone.map(({ manifest }) => manifest)]).filter(
      ({ protocol }) => protocol === "TCP",
    );
  }

  /** Starts the doubles; they serve nothing, and no Service leads to them. */
  start(): void {
    const list = { apiVersion: "v1", kind: "List", items: this.doubles.map(({ manifest }) => manifest) };
    inSandbox("bash", "-c", 'kubectl apply -f - <<<"$1"', "bash", JSON.stringify(list));
    for (const { pod, namespace } of this.doubles) {
      inSandbox("kubectl", "wait", `pod/${pod}`, "-n", namespace, "--for=jsonpath={.status.phase}=Running");
    }
  }

  stop(): void {
    for (const { pod, namespace } of this.doubles) {
      inSandbox("kubectl", "delete", "pod", pod, "-n", namespace, "--grace-period=0", "--force", "--wait=false");
    }
  }

  /** Tries every connection. @returns those that do not do as the policies say */
  async differences(): Promise<readonly string[]> {
    const addresses = this.addresses();
    const found = await Promise.all(
      this.doubles.map(async ({ workload, pod, namespace }) => {
        const mine = this.expected.flatMap(({ from, to, port, allowed }) => {
          const address = addresses.get(to);
          return from === workload && address ? [{ to, port, allowed, address }] : [];
        });
        const passed = await attempt(namespace, pod, mine);
        assert.equal(passed.length, mine.length, pod);
        return mine.flatMap(({ to, port, allowed }, index) =>
          passed[index] === allowed ? [] : [`${workload} -> ${to}:${port} ${allowed ? "is dropped" : "passes"}`],
        );
      }),
    );
    return found.flat();
  }

  /** Where each workload is reached: at one of its own pods, or at its double when it has none that runs. */
  private addresses(): ReadonlyMap<string, string> {
    const running = kubectl<List<Pod & { readonly status: { readonly podIP?: string } }>>(
      "get",
      "pods",
      "-A",
    ).items.filter(({ status }) => status.phase === "Running");
    const of = (namespace: string, prefix: string) =>
      running.find(({ metadata }) => metadata.namespace === namespace && metadata.name.startsWith(prefix))?.status
        .podIP;
    const known = this.doubles.flatMap(({ workload, pod, namespace, name }) => {
      const address = of(namespace, `${name}-`) ?? of(namespace, pod);
      return address ? [[workload, address] as const] : [];
    });
    return new Map([...known, [dns, of("openshift-dns", "dns-default") ?? ""], [apiServer, "10.128.0.1"]]);
  }
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
          command: ["sleep", "infinity"],
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
        },
      ],
    },
  };
  return { workload: workload ?? `${namespace}/${pod}`, name, pod, namespace, manifest };
}

/** All connections at once. A refusal by the target's own kernel shows that the packet arrived. */
const client = `
import asyncio, json, sys
async def passes(host, port):
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection(host, port), 2)
        writer.close()
        return True
    except ConnectionRefusedError:
        return True
    except (asyncio.TimeoutError, OSError):
        return False
async def main():
    print(json.dumps(await asyncio.gather(*(passes(*target) for target in json.loads(sys.argv[1])))))
asyncio.run(main())
`;

async function attempt(
  namespace: string,
  pod: string,
  targets: readonly { readonly address: string; readonly port: number }[],
): Promise<readonly boolean[]> {
  const list = JSON.stringify(targets.map(({ address, port }) => [address, port]));
  const args = ["kubectl", "exec", "-n", namespace, pod, "--", "python3", "-c", client, list];
  const { stdout } = await promisify(execFile)(path.join(root, "scripts/with-sandbox"), args);
  return JSON.parse(stdout) as boolean[];
}
