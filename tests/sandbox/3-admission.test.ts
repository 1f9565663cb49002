import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parse, parseAllDocuments, stringify } from "yaml";
import { root } from "../../scripts/lib/render";
import { eventually, inSandbox, kubectl, ownSandbox, tryInSandbox } from "./support/sandbox";

type Json = { readonly [key: string]: unknown };

/** A case of the table, which describes the fields. */
interface Case {
  readonly name: string;
  readonly namespace?: string;
  readonly account?: string;
  readonly as?: string;
  readonly created?: string;
  readonly pod?: Json;
  readonly container?: Json;
  readonly spec?: Json;
  readonly annotations?: Json;
  readonly update?: { readonly metadata: { readonly [key: string]: Json } };
  readonly ephemeral?: Json;
  readonly scc?: string;
  readonly by?: string;
  readonly gets?: { readonly pod?: Json; readonly container?: Json };
  readonly podSecurity?: string;
  readonly refused?: readonly string[];
}

interface Pod {
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: { readonly securityContext?: Json } & Readonly<
    Record<"containers" | "initContainers" | "ephemeralContainers", readonly { readonly securityContext?: Json }[]>
  >;
}

const table = parse(fs.readFileSync(path.join(root, "sandbox/go/openshift/testdata/pods.yaml"), "utf8"), {
  merge: true,
}) as { ranges: Json; sccs: readonly { metadata: { name: string } }[]; cases: readonly Case[] };

const enforce = "pod-security.kubernetes.io/enforce";
const namespaces = { pods: "privileged", "pods-baseline": "baseline", "pods-restricted": "restricted" };

describe("SCC admission and Pod Security on the real API server", () => {
  ownSandbox("--simulate", "standalone");

  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), "admission-"));
  after(() => fs.rmSync(scratch, { recursive: true }));

  /** A manifest as a file for kubectl. */
  function file(...objects: readonly unknown[]): string {
    const name = path.join(scratch, "objects.yaml");
    fs.writeFileSync(name, objects.map((object) => stringify(object, { aliasDuplicateObjects: false })).join("---\n"));
    return name;
  }

  const admitted = new Map<string, Pod>();
  let refusals = "";

  /** Creates the pods of some cases, and notes what was admitted and what was refused. One call for each requester. */
  function create(cases: readonly Case[], requester: (one: Case) => string | undefined, ...args: string[]): void {
    for (const as of new Set(cases.map(requester))) {
      const pods = cases.filter((one) => requester(one) === as).map(podOf);
      const ran = tryInSandbox("kubectl", "create", ...args, ...impersonation(as), "-o", "yaml", "-f", file(...pods));
      for (const document of parseAllDocuments(ran.stdout)) {
        const pod = document.toJS() as Pod;
        admitted.set(pod.metadata.name, pod);
      }
      refusals += ran.stderr;
    }
  }

  before("the table's namespaces, ServiceAccounts and SCCs, then its pods and their updates", () => {
    inSandbox("kubectl", "apply", "--server-side", "-f", file(...setup()));
    const isUpdate = ({ update, ephemeral }: Case) => update !== undefined || ephemeral !== undefined;
    create(
      table.cases.filter((one) => !isUpdate(one)),
      ({ as }) => as,
      "--dry-run=server",
    );
    const updated = table.cases.filter(isUpdate);
    create(updated, ({ created }) => created);
    for (const one of updated) {
      const pod = admitted.get(slug(one.name));
      assert.ok(pod, refusals);
      admitted.delete(slug(one.name));
      const subresource = one.ephemeral ? "/ephemeralcontainers" : "";
      const url = `/api/v1/namespaces/${one.namespace ?? "pods"}/pods/${slug(one.name)}${subresource}?dryRun=All`;
      const body = path.join(scratch, "update.json");
      fs.writeFileSync(body, JSON.stringify(change(pod, one)));
      const ran = tryInSandbox("kubectl", "replace", `--raw=${url}`, ...impersonation(one.as), "-f", body);
      if (ran.code === 0) admitted.set(slug(one.name), JSON.parse(ran.stdout) as Pod);
      else refusals += ran.stderr;
    }
  });

  for (const one of table.cases) {
    const parts = one.refused ?? (one.podSecurity ? [one.podSecurity] : []);
    it(`${parts.length > 0 ? "refuses" : "admits"}: ${one.name}`, () => {
      const refusal = refusals.split("\n").find((line) => line.includes(`pods "${slug(one.name)}" is forbidden`));
      const pod = admitted.get(slug(one.name));
      assert.equal(pod === undefined, parts.length > 0, pod ? JSON.stringify(pod) : refusals);
      for (const part of parts) assert.ok(refusal?.includes(part), `${refusal}\nlacks: ${part}`);
      if (!pod) return;
      const { "openshift.io/scc": scc, "security.openshift.io/validated-scc-subject-type": by } =
        pod.metadata.annotations ?? {};
      assert.deepEqual({ scc, by }, { scc: one.scc, by: one.scc && (one.by ?? "serviceaccount") });
      assertHas(pod.spec.securityContext, one.gets?.pod);
      const { containers, initContainers = [], ephemeralContainers } = pod.spec;
      for (const { securityContext } of ephemeralContainers ?? [...initContainers, ...containers])
        assertHas(securityContext, one.gets?.container);
    });
  }

  it("gives a controller's pods what their ServiceAccount may use, whoever made the controller", async () => {
    const wanted = { default: "restricted-v2", anyuid: "anyuid" };
    inSandbox("kubectl", "create", "-f", file(...Object.keys(wanted).map((account) => deployment(account))));
    const found = () =>
      kubectl<{ items: readonly Pod[] }>("get", "pods", "-n", "pods", "-l", "app").items.map(
        ({ metadata: { annotations = {} } }) =>
          `${annotations["openshift.io/scc"]} by ${annotations["security.openshift.io/validated-scc-subject-type"]}`,
      );
    await eventually("two pods", 20, () => found().length === 2);
    assert.deepEqual(found().sort(), ["anyuid by serviceaccount", "restricted-v2 by serviceaccount"]);
  });

  it("tells in a Deployment's status why it gets no pods", async () => {
    inSandbox("kubectl", "create", "-f", file(deployment("default", { runAsUser: 0 })));
    const message = () =>
      kubectl<{ status: { conditions?: readonly { type: string; message: string }[] } }>(
        "get",
        "deployment",
        "-n",
        "pods",
        "default-0",
      ).status.conditions?.find(({ type }) => type === "ReplicaFailure")?.message;
    await eventually("a failure of the ReplicaSet", 20, () => message() !== undefined);
    assert.match(message() ?? "", /unable to validate against any security context constraint: \[provider "anyuid"/);
  });
});

/** Namespaces with Pod Security levels, a ServiceAccount for each SCC that may use it by RBAC, and the table's SCCs. */
function setup(): unknown[] {
  const apiGroup = "rbac.authorization.k8s.io";
  const clusterRole = (name: string, rule: Json) => ({
    apiVersion: `${apiGroup}/v1`,
    kind: "ClusterRole",
    metadata: { name },
    rules: [rule],
  });
  const roleBinding = (name: string, namespace: string, role: string, subject: Json) => ({
    apiVersion: `${apiGroup}/v1`,
    kind: "RoleBinding",
    metadata: { name, namespace },
    roleRef: { apiGroup, kind: "ClusterRole", name: role },
    subjects: [subject],
  });
  const scc = { apiGroups: ["security.openshift.io"], resources: ["securitycontextconstraints"], verbs: ["use"] };
  const own = table.sccs.map(({ metadata }) => metadata.name);
  return [
    ...table.sccs,
    ...own.map((name) => clusterRole(`system:openshift:scc:${name}`, { ...scc, resourceNames: [name] })),
    clusterRole("pods", { apiGroups: [""], resources: ["pods", "pods/ephemeralcontainers"], verbs: ["*"] }),
    ...Object.entries(namespaces).flatMap(([namespace, level]) => [
      {
        apiVersion: "v1",
        kind: "Namespace",
        metadata: { name: namespace, labels: { [enforce]: level }, annotations: table.ranges },
      },
      roleBinding("pods", namespace, "pods", { apiGroup, kind: "Group", name: "system:serviceaccounts" }),
      ...["named", "nonroot-v2", "anyuid", "privileged", ...own].flatMap((name) => [
        { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace } },
        ...(name === "named"
          ? []
          : [
              roleBinding(name, namespace, `system:openshift:scc:${name}`, { kind: "ServiceAccount", name, namespace }),
            ]),
      ]),
    ]),
  ];
}

const slug = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]+/g, "-");

function podOf({ name, namespace = "pods", account = "default", pod, container, spec, annotations }: Case): unknown {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: slug(name), namespace, annotations },
    spec: {
      serviceAccountName: account,
      // Updates below must not meet those of a scheduler.
      schedulerName: "none",
      containers: [{ name: "c", image: "none", securityContext: container }],
      securityContext: pod,
      ...spec,
    },
  };
}

/** The pod with a case's update or new ephemeral container in it. */
function change(pod: Pod, { update, ephemeral }: Case): unknown {
  if (ephemeral) {
    const ephemeralContainers = [{ name: "e", image: "none", securityContext: ephemeral }];
    return { ...pod, spec: { ...pod.spec, ephemeralContainers } };
  }
  const metadata: Record<string, unknown> = { ...pod.metadata };
  for (const [key, value] of Object.entries(update?.metadata ?? {}))
    metadata[key] = Array.isArray(value) ? value : { ...(metadata[key] as Json), ...value };
  return { ...pod, metadata };
}

/** kubectl's arguments to be who a case's "as" means. */
function impersonation(as = "kube-system:replicaset-controller"): readonly string[] {
  if (as === "admin") return [];
  return [`--as=system:serviceaccount:${as.includes(":") ? as : `pods:${as}`}`];
}

function deployment(serviceAccountName: string, securityContext?: Json): unknown {
  const name = securityContext ? `${serviceAccountName}-0` : serviceAccountName;
  const labels = { app: name };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: "pods" },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { serviceAccountName, containers: [{ name: "c", image: "none", securityContext }] },
      },
    },
  };
}

/** All that is wanted is there; null is wanted where nothing may be. */
function assertHas(got: unknown, want: Json = {}): void {
  const has = (have: unknown, wanted: unknown): void => {
    if (wanted === null || typeof wanted !== "object" || Array.isArray(wanted)) assert.deepEqual(have ?? null, wanted);
    else for (const [key, value] of Object.entries(wanted)) has((have as Json | undefined)?.[key], value);
  };
  has(got, want);
}
