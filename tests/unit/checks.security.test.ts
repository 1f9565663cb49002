import * as assert from "node:assert/strict";
import { availability } from "../checks/availability";
import { type Manifest, report } from "../checks/manifest";
import { scc } from "../checks/scc";
import { security, staleWaivers, type Waiver } from "../checks/security";
import { type Case, describeCheck, itFinds } from "./checks.runner";
import { changed, changedIn, sample, without } from "./checks.sample";

const pod = "spec.template.spec";
const db = `${pod}.containers.0`;

describeCheck("security", [
  ["a user id", changed("StatefulSet", "db", "spec.template.spec.securityContext.fsGroup", 26), /sets fsGroup/],
  ["a container's user id", changed("StatefulSet", "db", `${db}.securityContext.runAsUser`, 26), /sets runAsUser/],
  ["root", changed("StatefulSet", "db", `${db}.securityContext.runAsNonRoot`, false), /runAsNonRoot/],
  [
    "escalation",
    changed("StatefulSet", "db", `${db}.securityContext.allowPrivilegeEscalation`, undefined),
    /allowPrivilegeEscalation/,
  ],
  [
    "capabilities",
    changed("StatefulSet", "db", `${db}.securityContext.capabilities`, { drop: ["ALL"], add: ["SYS_ADMIN"] }),
    /capabilities/,
  ],
  [
    "no seccomp profile",
    changed("StatefulSet", "db", "spec.template.spec.securityContext.seccompProfile", undefined),
    /seccomp/,
  ],
  ["the host's network", changed("Deployment", "app", "spec.template.spec.hostNetwork", true), /sets hostNetwork/],
  [
    "a host path",
    changed("StatefulSet", "db", "spec.template.spec.volumes.0", { name: "config", hostPath: { path: "/" } }),
    /type hostPath/,
  ],
  [
    "a writable root",
    changed("StatefulSet", "db", `${db}.securityContext.readOnlyRootFilesystem`, false),
    /lacks readOnlyRootFilesystem/,
  ],
  ["no limit", changed("StatefulSet", "db", `${db}.resources.limits.cpu`, undefined), /limit of cpu/],
  [
    "no request of an init container",
    changed("Deployment", "app", "spec.template.spec.initContainers.0.resources", {}),
    /container wait: does not state/,
  ],
  [
    "a request above its limit",
    changed("StatefulSet", "db", `${db}.resources.requests.memory`, "3Gi"),
    /does not fit limit/,
  ],
  ["no liveness probe", changed("Deployment", "app", `${db}.livenessProbe`, undefined), /lacks livenessProbe/],
  ["service links", changed("Deployment", "app", "spec.template.spec.enableServiceLinks", undefined), /service links/],
  [
    "an unsaid token",
    changed("Deployment", "app", "spec.template.spec.automountServiceAccountToken", undefined),
    /API token/,
  ],
  ["no SCC", changed("Deployment", "app", "spec.template.metadata.annotations", {}), /required-scc/],
  ["a moving tag", changed("Deployment", "app", `${db}.image`, "registry.example:5000/app:latest"), /tag that moves/],
  ["no tag", changed("Deployment", "app", `${db}.image`, "registry.example:5000/app"), /neither tag nor digest/],
  [
    "a borrowed account",
    changed("Job", "db-init-1a2b", "spec.template.spec.serviceAccountName", "db"),
    /shares its ServiceAccount/,
  ],
  ["a plain Route", changed("Route", "app", "spec.tls.insecureEdgeTerminationPolicy", "Allow"), /redirect/],
  [
    "a lax namespace",
    changed("Namespace", "t-data", ["metadata", "labels", "pod-security.kubernetes.io/enforce"], "baseline"),
    /is not "restricted"/,
  ],
  [
    "a namespace whose level OpenShift derives",
    changed("Namespace", "t-data", ["metadata", "labels", "security.openshift.io/scc.podSecurityLabelSync"], undefined),
    /is not "false"/,
  ],
  ["a node port", changed("Service", "app", "spec.type", "NodePort"), /open beyond the cluster/],
]);

describe("waivers", () => {
  const waiver: Waiver = {
    workload: "db",
    container: "db",
    rule: "readOnlyRootFilesystem",
    reason: "writes beside itself",
  };
  const writable = changed("StatefulSet", "db", `${db}.securityContext.readOnlyRootFilesystem`, false);

  it("let one container break one rule", () => assert.equal(report(security(writable, [waiver])), ""));
  it("do not cover another rule", () =>
    assert.match(report(security(writable, [{ ...waiver, rule: "livenessProbe" }])), /lacks readOnlyRootFilesystem/));
  it("that nothing needs are found", () =>
    assert.match(report(security(sample, [waiver])), /does not need its waiver/));
  it("need a reason", () => assert.match(report(security(writable, [{ ...waiver, reason: " " }])), /gives no reason/));
  it("for containers that no stack has are found", () => {
    assert.deepEqual(staleWaivers(sample, [waiver]), []);
    assert.match(report(staleWaivers(sample, [{ ...waiver, container: "dp" }])), /that no stack has/);
  });
});

describeCheck("rbac", [
  ["a wildcard", changed("Role", "db", "rules.0.verbs", ["*"]), /wildcard/],
  ["a growing right", changed("Role", "db", "rules.0.verbs", ["escalate"]), /may "escalate"/],
  ["an unknown Role", without("Role", "db"), /binds Role db/],
  ["an unknown subject", changed("RoleBinding", "db", "subjects.0.name", "dp"), /no ServiceAccount of this stack/],
  [
    "a built-in that is too wide",
    changed("RoleBinding", "db", "roleRef", { kind: "ClusterRole", name: "admin" }),
    /built-in/,
  ],
  ["a token without rights", without("RoleBinding", "db"), /has no rights/],
  [
    "rights without a token",
    changed("StatefulSet", "db", "spec.template.spec.automountServiceAccountToken", false),
    /has rights/,
  ],
  ["a grant to another account", changed("RoleBinding", "db", "subjects.0.name", "db-init"), /db: mounts an API token/],
  ["a rule without effect", changed("Role", "db", "rules.0.resources", []), /without effect/],
  [
    "an account that gives tokens away",
    changed("ServiceAccount", "app", "automountServiceAccountToken", true),
    /mounts API tokens into every pod/,
  ],
]);

describeCheck("availability", [
  ["no budget", without("PodDisruptionBudget", "app"), /0 disruption budgets/],
  [
    "a budget that blocks drains",
    changed("PodDisruptionBudget", "db", "spec.maxUnavailable", 0),
    /no node can be drained/,
  ],
  ["a budget below the quorum", changed("PodDisruptionBudget", "db", "spec.maxUnavailable", 2), /leaves 1 of 3 pods/],
  [
    "a budget in percent below the quorum",
    changed("PodDisruptionBudget", "db", "spec.maxUnavailable", "60%"),
    /leaves 1 of 3/,
  ],
  ["a budget for one pod", changed("Deployment", "app", "spec.replicas", 1), /although it has one replica/],
  ["no anti-affinity", changed("Deployment", "app", "spec.template.spec.affinity", undefined), /share a node/],
  ["no spread", changed("Deployment", "app", "spec.template.spec.topologySpreadConstraints", undefined), /over zones/],
]);

describe("availability in standalone mode", () => {
  const alone = sample
    .filter(({ kind }) => kind !== "PodDisruptionBudget" && kind !== "StatefulSet")
    .filter(({ kind }) => kind !== "Deployment");
  itFinds(
    (manifests) => availability(manifests, "standalone"),
    [
      ["a budget", sample, /exists in standalone mode/],
      ["spread", changed("Deployment", "app", `${pod}.affinity`, undefined), /app: is spread in standalone mode/],
      ["anti-affinity", changed("StatefulSet", "db", `${pod}.topologySpreadConstraints`, undefined), /db: is spread/],
    ],
    alone,
  );
});

describe("check of SCCs", () => {
  const flags = ["PrivilegedContainer", "PrivilegeEscalation", "HostDirVolumePlugin"]
    .concat(["HostIPC", "HostNetwork", "HostPID", "HostPorts"])
    .map((what) => `allow${what}`);
  const scopes = { type: "MustRunAs" };
  const own: Manifest = {
    apiVersion: "security.openshift.io/v1",
    kind: "SecurityContextConstraints",
    metadata: { name: "t-stateful" },
    ...Object.fromEntries(flags.map((flag) => [flag, false])),
    priority: 0,
    requiredDropCapabilities: ["ALL"],
    runAsUser: { type: "MustRunAsRange" },
    seLinuxContext: scopes,
    fsGroup: scopes,
    supplementalGroups: scopes,
    seccompProfiles: ["runtime/default"],
    volumes: ["configMap", "persistentVolumeClaim"],
  };
  const metadata = { name: "t-use", namespace: "t-storage" };
  const rules = [
    {
      apiGroups: ["security.openshift.io"],
      resources: ["securitycontextconstraints"],
      resourceNames: ["t-stateful"],
      verbs: ["use"],
    },
  ];
  const right: readonly Manifest[] = [
    ...changed(
      "StatefulSet",
      "db",
      ["spec", "template", "metadata", "annotations", "openshift.io/required-scc"],
      "t-stateful",
    ),
    own,
    { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: { name: "t-use" }, rules },
    {
      ...{ apiVersion: "rbac.authorization.k8s.io/v1", kind: "RoleBinding", metadata },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "t-use" },
      subjects: [{ kind: "ServiceAccount", name: "db", namespace: "t-storage" }],
    },
  ];
  const wider = (key: string, value: unknown) =>
    changedIn(right, "SecurityContextConstraints", "t-stateful", key, value);
  itFinds(
    scc,
    [
      ["an SCC that is not there", right.filter((m) => m !== own), /not in this stack/],
      ["an SCC that pods may not use", right.filter(({ kind }) => kind !== "ClusterRole"), /may not use/],
      [
        "a grant of another SCC",
        changedIn(right, "ClusterRole", "t-use", "rules.0.resourceNames", ["x"]),
        /may not use/,
      ],
      ["a volume that the SCC refuses", wider("volumes", ["configMap"]), /persistentVolumeClaim volume, which/],
      ["host paths", wider("volumes", ["configMap", "persistentVolumeClaim", "hostPath"]), /volumes has hostPath/],
      ["any volumes", wider("volumes", undefined), /names no volume types/],
      ...flags.map((flag): Case => [flag, wider(flag, true), new RegExp(`${flag} is not false`)]),
      [
        "escalation left to the default",
        wider("allowPrivilegeEscalation", undefined),
        /allowPrivilegeEscalation is not false/,
      ],
      ["any user", wider("runAsUser.type", "RunAsAny"), /runAsUser is not MustRunAsRange/],
      ["any file system group", wider("fsGroup.type", "RunAsAny"), /fsGroup is not MustRunAs/],
      ["no word on groups", wider("supplementalGroups", undefined), /supplementalGroups is not MustRunAs or RunAsAny/],
      ["no word on seccomp", wider("seccompProfiles", undefined), /names no seccomp profile/],
      ["any SELinux label", wider("seLinuxContext.type", "RunAsAny"), /seLinuxContext/],
      ["capabilities", wider("allowedCapabilities", ["SYS_ADMIN"]), /allowedCapabilities has SYS_ADMIN/],
      ["capabilities kept", wider("requiredDropCapabilities", ["KILL"]), /does not drop ALL/],
      ["no seccomp", wider("seccompProfiles", ["*"]), /seccompProfiles has \*/],
      ["a priority", wider("priority", 5), /has a priority/],
      ["users beside RBAC", wider("groups", ["system:authenticated"]), /groups has system:authenticated/],
    ],
    right,
  );
});
