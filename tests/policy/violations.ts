import type { FamilyName } from "../../policies/families";
import { stable } from "../unit/checks.sample";

/**
 * One wrong field of one object of the sample stack: what is wrong, the object, the field and its value (`undefined` takes
 * it away), what is said about it, and about which object where that is another one.
 */
export type Violation = readonly [
  what: string,
  object: string,
  path: string | readonly string[],
  value: unknown,
  says: RegExp,
  on?: string,
];

const pod = "spec.template.spec";
const main = `${pod}.containers.0`;
const recommended = (key: string) => ["metadata", "labels", `app.kubernetes.io/${key}`];
const podLabels = ["spec", "template", "metadata", "labels"];
const podAnnotation = (key: string) => ["spec", "template", "metadata", "annotations", key];
const peerName = ["spec", "ingress", "0", "from", "0", "podSelector", "matchLabels", "app.kubernetes.io/name"];
const antiAffinity = `${pod}.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution.0`;
const onSecrets = (more: object) => [{ apiGroups: [""], resources: ["secrets"], verbs: ["get"], ...more }];

export const violations: Readonly<Record<FamilyName, readonly Violation[]>> = {
  hardening: [
    ["a user id", "StatefulSet db", `${pod}.securityContext.fsGroup`, 26, /fsGroup is set, to 26/],
    ["a container's user id", "StatefulSet db", `${main}.securityContext.runAsUser`, 26, /db: runAsUser is set/],
    ["root", "StatefulSet db", `${main}.securityContext.runAsNonRoot`, false, /runAsNonRoot is false/],
    [
      "escalation",
      "StatefulSet db",
      `${main}.securityContext.allowPrivilegeEscalation`,
      undefined,
      /allowPrivilegeEsc/,
    ],
    ["a privileged container", "Deployment app", `${main}.securityContext.privileged`, true, /app: privileged is true/],
    ["capabilities", "StatefulSet db", `${main}.securityContext.capabilities.add`, ["SYS_ADMIN"], /capabilities.add/],
    ["capabilities that are kept", "Deployment app", `${main}.securityContext.capabilities`, {}, /capabilities.drop/],
    ["no seccomp profile", "StatefulSet db", `${pod}.securityContext.seccompProfile`, undefined, /seccompProfile.type/],
    ["a writable root", "StatefulSet db", `${main}.securityContext.readOnlyRootFilesystem`, false, /readOnlyRootFiles/],
    ["the host's processes", "Deployment app", `${pod}.hostPID`, true, /hostPID is set/],
    ["a host port", "Deployment app", `${main}.ports.0.hostPort`, 80, /hostPort 80/],
    ["a host path", "Deployment app", `${pod}.volumes.0`, { name: "tmp", hostPath: {} }, /tmp is of type hostPath/],
    ["service links", "Deployment app", `${pod}.enableServiceLinks`, undefined, /enableServiceLinks is undefined/],
    ["an unsaid token", "Deployment app", `${pod}.automountServiceAccountToken`, undefined, /automountServiceAccountT/],
    ["no word on the SCC", "Deployment app", podAnnotation("openshift.io/required-scc"), undefined, /required-scc/],
    ["the default account", "Deployment app", `${pod}.serviceAccountName`, "default", /serviceAccountName is default/],
    ["a borrowed account", "Job db-init-1a2b", `${pod}.serviceAccountName`, "db", /serviceAccountName db is shared/],
    [
      "a lax namespace",
      "Namespace t-data",
      ["metadata", "labels", "pod-security.kubernetes.io/enforce"],
      "baseline",
      /enforce is baseline/,
    ],
    [
      "a namespace whose level OpenShift derives",
      "Namespace t-data",
      ["metadata", "labels", "security.openshift.io/scc.podSecurityLabelSync"],
      undefined,
      /podSecurityLabelSync is undefined instead of false/,
    ],
  ],
  resources: [
    ["no limit", "StatefulSet db", `${main}.resources.limits.cpu`, undefined, /resources.limits.cpu is missing/],
    ["no request", "Job db-init-1a2b", `${main}.resources.requests.memory`, undefined, /requests.memory is missing/],
    [
      "an init container without resources",
      "Deployment app",
      `${pod}.initContainers.0.resources`,
      {},
      /container wait: resources/,
    ],
    ["a request above its limit", "StatefulSet db", `${main}.resources.requests.memory`, "3Gi", /3Gi does not fit/],
    ["a request of nothing", "Deployment app", `${main}.resources.requests.cpu`, "0", /requests.cpu 0 does not fit/],
  ],
  probes: [
    ["no liveness probe", "Deployment app", `${main}.livenessProbe`, undefined, /livenessProbe is missing/],
    ["no readiness probe", "StatefulSet db", `${main}.readinessProbe`, undefined, /readinessProbe is missing/],
    ["no startup probe", "StatefulSet db", `${main}.startupProbe`, undefined, /startupProbe is missing/],
  ],
  images: [
    ["a moving tag", "Deployment app", `${main}.image`, "registry.example:5000/app:latest", /app:latest" has a tag/],
    ["a word as tag", "StatefulSet db", `${main}.image`, "registry.example/db:lts", /db:lts" has a tag that moves/],
    ["no tag", "Deployment app", `${main}.image`, "registry.example:5000/app", /neither tag nor digest/],
    ["no image", "Job db-init-1a2b", `${main}.image`, undefined, /image "" /],
    ["no registry", "Deployment app", `${pod}.initContainers.0.image`, "library/busybox:1.37", /names no registry/],
    ["half a digest", "StatefulSet db", `${main}.image`, "registry.example/db@sha256:12", /no proper digest/],
  ],
  labels: [
    [
      "a missing label",
      "ConfigMap db",
      recommended("version"),
      undefined,
      /lacks the label app.kubernetes.io\/version/,
    ],
    ["a foreign manager", "ConfigMap db", recommended("managed-by"), "helm", /managed-by is helm instead of pulumi/],
    [
      "unlabelled pods",
      "Job db-init-1a2b",
      [...podLabels, "app.kubernetes.io/part-of"],
      undefined,
      /its pods: .*part-of/,
    ],
    [
      "pods that call themselves otherwise",
      "Deployment app",
      recommended("instance"),
      "u",
      /instance is t instead of u/,
    ],
    [
      "a selector on the version",
      "Service app",
      ["spec", "selector", "app.kubernetes.io/version"],
      "1.0",
      /selects by/,
    ],
    ["a selector of everything", "StatefulSet db", "spec.selector", {}, /also selects the pods of t-storage\/db-init/],
    [
      "a selector that misses its pods",
      "Deployment app",
      ["spec", "selector", "matchLabels", "app.kubernetes.io/name"],
      "ap",
      /does not select its own pods/,
    ],
    [
      "a version on a claim",
      "StatefulSet db",
      ["spec", "volumeClaimTemplates", "0", "metadata", "labels", "app.kubernetes.io/version"],
      "1",
      /claim data carries app.kubernetes.io\/version/,
    ],
    [
      "spread of other pods",
      "Deployment app",
      `${pod}.topologySpreadConstraints.0.labelSelector.matchLabels`,
      stable("ap"),
      /topology spread means other pods/,
    ],
  ],
  scc: [
    [
      "an SCC that is not there",
      "Deployment app",
      podAnnotation("openshift.io/required-scc"),
      "x",
      /requires the SCC x/,
    ],
    [
      "an SCC that its account may not use",
      "Job db-init-1a2b",
      podAnnotation("openshift.io/required-scc"),
      "t-stateful",
      /t-stateful, which its ServiceAccount may not use/,
    ],
    [
      "privileged containers",
      "SecurityContextConstraints t-stateful",
      "allowPrivilegedContainer",
      true,
      /allowPrivileg/,
    ],
    ["any user", "SecurityContextConstraints t-stateful", "runAsUser.type", "RunAsAny", /runAsUser/],
    ["root", "SecurityContextConstraints t-stateful", "runAsUser.uid", 0, /runAsUser.uid is 0/],
    [
      "an SELinux type that confines nothing",
      "SecurityContextConstraints t-stateful",
      "seLinuxContext.seLinuxOptions",
      { type: "spc_t" },
      /seLinuxOptions is .*spc_t/,
    ],
    ["any capability", "SecurityContextConstraints t-stateful", "allowedCapabilities", ["*"], /allowedCapabilities/],
    ["a priority", "SecurityContextConstraints t-stateful", "priority", 5, /priority/],
    ["everybody", "SecurityContextConstraints t-stateful", "groups", ["system:authenticated"], /groups/],
    [
      "a volume that the SCC refuses",
      "SecurityContextConstraints t-stateful",
      "volumes",
      ["configMap"],
      /persistentVolumeClaim volume, which the SCC t-stateful does not allow/,
      "StatefulSet db",
    ],
  ],
  rbac: [
    ["a wildcard", "Role db", "rules.0.verbs", ["*"], /has a wildcard: .*"verbs":\["\*"\]/],
    ["a wildcard in a ClusterRole", "ClusterRole t-stateful", "rules.1", wild(), /has a wildcard/],
    ["a growing right", "Role db", "rules.0.verbs", ["escalate"], /may "escalate"/],
    ["a rule without effect", "Role db", "rules.0.resources", [], /rule without effect: .*"resources":\[\]/],
    ["every Secret", "Role db", "rules", onSecrets({}), /resourceNames is missing/],
    [
      "a list of Secrets",
      "Role db",
      "rules",
      onSecrets({ resourceNames: ["db"], verbs: ["get", "list"] }),
      /verbs has list on secrets/,
    ],
    ["cluster-admin", "RoleBinding db", "roleRef", clusterRole("cluster-admin"), /binds ClusterRole cluster-adm/],
    ["a person", "RoleBinding db", "subjects.1", subject("User"), /subject User \/x/],
    [
      "an account that is not there",
      "RoleBinding db",
      "subjects.1",
      subject("ServiceAccount"),
      /subject Service.* \/x/,
    ],
    ["rights without a token", "StatefulSet db", `${pod}.automountServiceAccountToken`, false, /mounts no API token/],
    ["a token without rights", "Deployment app", `${pod}.automountServiceAccountToken`, true, /mounts an API token/],
    [
      "an account that gives tokens away",
      "ServiceAccount app",
      "automountServiceAccountToken",
      true,
      /mounts API tokens/,
    ],
  ],
  network: [
    [
      "a namespace open to the outside",
      "NetworkPolicy t-data/default-deny",
      "spec.policyTypes",
      ["Ingress"],
      /no policy denies egress by default/,
      "Namespace t-data",
    ],
    [
      "a namespace open to the inside",
      "NetworkPolicy t-data/default-deny",
      "spec.policyTypes",
      ["Egress"],
      /no policy denies ingress by default/,
      "Namespace t-data",
    ],
    [
      "a denial of some pods only",
      "NetworkPolicy t-storage/default-deny",
      "spec.podSelector.matchLabels",
      stable("db"),
      /no policy denies/,
      "Namespace t-storage",
    ],
    ["a policy for nobody", "NetworkPolicy app", "spec.podSelector.matchLabels", stable("ap"), /selects no pods/],
    ["a peer that is nobody", "NetworkPolicy db", peerName, "ap", /no pod fits its peer .*"ap"/],
    ["an unknown named port", "NetworkPolicy db", "spec.ingress.0.ports.0.port", "https", /opens port https\/TCP/],
    ["an unknown egress port", "NetworkPolicy app", "spec.egress.0.ports.0.port", 5433, /opens port 5433\/TCP/],
    ["another protocol", "NetworkPolicy db", "spec.ingress.1.ports.0.protocol", "UDP", /opens port 5432\/UDP/],
  ],
  exposure: [
    ["a plain Route", "Route app", "spec.tls", undefined, /tls.* is undefined/],
    ["a Route past the router's TLS", "Route app", "spec.tls.termination", "passthrough", /termination is passthrough/],
    ["plain HTTP beside TLS", "Route app", "spec.tls.insecureEdgeTerminationPolicy", "Allow", /Policy is Allow/],
    ["a node port", "Service app", "spec.type", "NodePort", /spec.type is NodePort/],
    ["an address of its own", "Service app", "spec.externalIPs", ["192.0.2.1"], /spec.externalIPs is 192.0.2.1/],
  ],
  data: [
    ["an unprotected database", "StatefulSet db", "protect", false, /protect is not true/],
    ["an unprotected namespace of one", "Namespace t-storage", "protect", false, /protect is not true/],
  ],
  secrets: [
    [
      "a value in a ConfigMap",
      "ConfigMap db",
      "data.x",
      "password=correct-horse",
      /data.x contains .* t-storage\/db pass/,
    ],
    [
      "a value in an argument",
      "Deployment app",
      `${main}.args`,
      ["--pw=correct-horse"],
      /args\[0\] contains the value/,
    ],
    [
      "a value in an annotation, base64",
      "Deployment app",
      "metadata.annotations",
      { a: Buffer.from("correct-horse").toString("base64") },
      /metadata.annotations.a contains the value/,
    ],
    ["a literal password", "Deployment app", `${main}.env.0`, literal("ADMIN_PASSWORD"), /env ADMIN_PASSWORD carries/],
  ],
  fields: [
    [
      "a field that 1.26 drops",
      "PodDisruptionBudget db",
      "spec.unhealthyPodEvictionPolicy",
      "AlwaysAllow",
      /unhealthyP/,
    ],
    ["a pod field that 1.26 drops", "Deployment app", `${pod}.topologySpreadConstraints.0.minDomains`, 2, /minDomains/],
    [
      "an access mode that 1.26 does not know",
      "StatefulSet db",
      "spec.volumeClaimTemplates.0.spec.accessModes",
      ["ReadWriteOncePod"],
      /ReadWriteOncePod/,
    ],
    ["a word of no meaning", "Job db-init-1a2b", `${pod}.restartPolicy`, "Sometimes", /restartPolicy: "Sometimes"/],
    ["a long port name", "Deployment app", `${main}.ports.1`, port("much-too-long-name"), /no port name/],
    ["a bad quantity", "StatefulSet db", `${main}.resources.limits.memory`, "2GB", /memory: "2GB" is no quantity/],
    ["a variable from nowhere", "StatefulSet db", `${main}.env.0.valueFrom`, {}, /env POD has 0 sources/],
    [
      "a probe with two actions",
      "Deployment app",
      `${main}.livenessProbe.tcpSocket`,
      { port: 8080 },
      /livenessProbe has/,
    ],
    ["pull secrets of an account", "ServiceAccount db", "imagePullSecrets", [], /sets imagePullSecrets/],
    ["a label that is none", "ConfigMap db", recommended("version"), "a b", /"a b" is no label value/],
  ],
  availability: [
    [
      "a budget that blocks drains",
      "PodDisruptionBudget db",
      "spec.maxUnavailable",
      0,
      /no node can/,
      "StatefulSet db",
    ],
    [
      "a budget below the quorum",
      "PodDisruptionBudget db",
      "spec.maxUnavailable",
      2,
      /leaves 1 of 3/,
      "StatefulSet db",
    ],
    ["one in percent", "PodDisruptionBudget db", "spec.maxUnavailable", "60%", /leaves 1 of 3/, "StatefulSet db"],
    [
      "a budget for other pods",
      "PodDisruptionBudget app",
      "spec.selector.matchLabels",
      stable("ap"),
      /has 0/,
      "Deployment app",
    ],
    ["an even number of voters", "StatefulSet db", "spec.replicas", 4, /replicas is 4/],
    ["a budget for one pod", "Deployment app", "spec.replicas", 1, /although it has one replica/],
    ["replicas that share a node", "Deployment app", `${pod}.affinity`, undefined, /share a node/],
    ["replicas apart by zone only", "Deployment app", `${antiAffinity}.topologyKey`, "zone", /share a node/],
    ["replicas in one zone", "Deployment app", `${pod}.topologySpreadConstraints`, undefined, /not spread over zones/],
  ],
  references: [
    ["a key of a volume", "StatefulSet db", `${pod}.volumes.0.configMap.items.0.key`, "x", /has no key "x"/],
    ["a key of a Secret", "StatefulSet db", `${main}.env.2.valueFrom.secretKeyRef.key`, "pass", /has no key "pass"/],
    ["a Secret", "Deployment app", `${main}.envFrom`, [{ secretRef: { name: "x" } }], /no Secret x/],
    ["a file by subPath", "StatefulSet db", `${main}.volumeMounts.0.subPath`, "x.conf", /subPath "x.conf"/],
    ["a volume", "StatefulSet db", `${main}.volumeMounts.2`, { name: "x", mountPath: "/x" }, /mounts the volume "x"/],
    [
      "a mount",
      "StatefulSet db",
      `${pod}.volumes.1`,
      { name: "x", configMap: { name: "db" } },
      /no container mounts the volume "x"/,
    ],
    ["an account", "Job db-init-1a2b", `${pod}.serviceAccountName`, "x", /no ServiceAccount x/],
    ["a priority class", "Deployment app", `${pod}.priorityClassName`, "x", /no PriorityClass x/],
    ["a variable", "StatefulSet db", `${main}.args`, ["--id=$(POD_NAME)"], /\$\(POD_NAME\), which is not defined/],
    ["a namespace", "Route app", "metadata.namespace", "t-store", /no Namespace t-store/],
    [
      "what rolls pods that read",
      "StatefulSet db",
      podAnnotation("t/checksum"),
      undefined,
      /a change would not roll it/,
    ],
  ],
};

function wild(): object {
  return { apiGroups: ["*"], resources: ["pods"], verbs: ["get"] };
}
function clusterRole(name: string): object {
  return { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name };
}
function subject(kind: string): object {
  return { kind, name: "x" };
}
function literal(name: string): object {
  return { name, value: "hunter2" };
}
function port(name: string): object {
  return { name, containerPort: 9090 };
}
