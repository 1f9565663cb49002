import type { Manifest } from "../../policies/objects/manifest";
import { describeEdges, type Edge } from "./checks.runner";
import { changed, changedIn, sample, stable } from "./checks.sample";

const pod = "spec.template.spec";
const main = `${pod}.containers.0`;
const app = (path: string | readonly string[], value: unknown) => changed("Deployment", "app", path, value);
const db = (path: string | readonly string[], value: unknown) => changed("StatefulSet", "db", path, value);
const job = (path: string | readonly string[], value: unknown) => changed("Job", "db-init-1a2b", path, value);
const conf = (text: string) => changed("ConfigMap", "db", "data", { "db.conf": text });
const hostname = "kubernetes.io/hostname";
const required = `${pod}.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution`;

describeEdges("edges of availability and capacity", [
  [
    "availability",
    "one of two pods that may go",
    changedIn(app("spec.replicas", 2), "PodDisruptionBudget", "app", "spec.minAvailable", 1),
    "right",
  ],
  [
    "availability",
    "replicas apart by zone only",
    app(`${required}.0.topologyKey`, "topology.kubernetes.io/zone"),
    /share a node/,
  ],
  [
    "availability",
    "replicas apart from others only",
    app(`${required}.0.labelSelector.matchLabels`, stable("ap")),
    /share a node/,
  ],
  [
    "availability",
    "spread over nodes only",
    app(`${pod}.topologySpreadConstraints.0.topologyKey`, hostname),
    /not spread over zones/,
  ],
  [
    "budget",
    "exactly what it allows",
    db("spec.volumeClaimTemplates.0.spec.resources.requests.storage", `${1024 / 4}Gi`),
    "right",
  ],
  ["packing", "a node filled to the brim", db(`${main}.resources.requests.cpu`, "1"), "right"],
]);

const envFrom = (ref: object) => app(`${main}.envFrom`, [ref]);
const variable = (valueFrom: object) => app(`${main}.env.0.valueFrom`, valueFrom);
const files = {
  ...{ name: "config" },
  configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] },
};
const cron: readonly Manifest[] = sample.map((m) =>
  m.kind === "Job" ? { ...m, kind: "CronJob", spec: { schedule: "@daily", jobTemplate: { spec: m.spec } } } : m,
);

describeEdges("edges of references", [
  ["references", "the ConfigMap that every namespace has", db(`${pod}.volumes.0`, files), "right"],
  [
    "references",
    "a key that ConfigMap does not have",
    db(`${pod}.volumes.0`, { ...files, configMap: { ...files.configMap, items: [{ key: "x", path: "x" }] } }),
    /has no key "x"/,
  ],
  [
    "references",
    "an optional ConfigMap",
    variable({ configMapKeyRef: { name: "x", key: "y", optional: true } }),
    "right",
  ],
  [
    "references",
    "an unknown ConfigMap of a variable",
    variable({ configMapKeyRef: { name: "x", key: "y" } }),
    /no ConfigMap x/,
  ],
  ["references", "an unknown ConfigMap of all variables", envFrom({ configMapRef: { name: "x" } }), /no ConfigMap x/],
  ["references", "an unknown pull secret", app(`${pod}.imagePullSecrets`, [{ name: "x" }]), /no Secret x/],
  ["references", "a file by subPath", db(`${main}.volumeMounts.0.subPath`, "db.conf"), "right"],
  ["references", "a folder of a volume by subPath", db(`${main}.volumeMounts.1.subPath`, "pgdata"), "right"],
  [
    "references",
    "variables of a Secret in arguments",
    changedIn(job(`${main}.envFrom`, [{ secretRef: { name: "db" } }]), "Job", "db-init-1a2b", `${main}.args`, [
      "$(password)",
    ]),
    "right",
  ],
  [
    "references",
    "escaped and shell's own parentheses",
    job(`${main}.args`, ["$$(NOT_A_VARIABLE) $(date +%s)"]),
    "right",
  ],
  [
    "references",
    "a second claim",
    db("spec.volumeClaimTemplates.1", { metadata: { name: "more" }, spec: {} }),
    /no container mounts the volume "more"/,
  ],
  ["references", "pods with nothing to read and no checksum", app("spec.template.metadata.annotations", {}), "right"],
  [
    "references",
    "a variable that a change would not roll",
    job("spec.template.metadata.annotations", {}),
    /would not roll/,
  ],
  [
    "references",
    "variables that a change would not roll",
    changedIn(app("spec.template.metadata.annotations", {}), "Deployment", "app", `${main}.envFrom`, [
      { configMapRef: { name: "kube-root-ca.crt" } },
    ]),
    /would not roll/,
  ],
  ["references", "a CronJob", cron, "right"],
  [
    "references",
    "an unknown account of a CronJob",
    cron.filter(({ kind, metadata }) => kind !== "ServiceAccount" || metadata.name !== "db-init"),
    /CronJob t-storage\/db-init-1a2b: there is no ServiceAccount db-init/,
  ],
]);

const gated: readonly (readonly [kind: string, name: string, path: string])[] = [
  ["StatefulSet", "db", "spec.ordinals"],
  ["StatefulSet", "db", "spec.persistentVolumeClaimRetentionPolicy"],
  ["StatefulSet", "db", "spec.updateStrategy.rollingUpdate.maxUnavailable"],
  ["Deployment", "app", `${pod}.schedulingGates`],
  ["Deployment", "app", `${pod}.resourceClaims`],
  ["Deployment", "app", `${pod}.topologySpreadConstraints.0.matchLabelKeys`],
  ["Deployment", "app", `${main}.resources.claims`],
  ["Deployment", "app", `${pod}.initContainers.0.resources.claims`],
];
const words: readonly (readonly [kind: string, name: string, path: string])[] = [
  ["StatefulSet", "db", "spec.volumeClaimTemplates.0.spec.accessModes.0"],
  ["StatefulSet", "db", "spec.podManagementPolicy"],
  ["StatefulSet", "db", `${pod}.securityContext.fsGroupChangePolicy`],
  ["StatefulSet", "db", `${pod}.volumes.0.emptyDir.medium`],
  ["Deployment", "app", `${main}.imagePullPolicy`],
  ["Deployment", "app", `${main}.terminationMessagePolicy`],
  ["Deployment", "app", `${main}.livenessProbe.httpGet.scheme`],
  ["Deployment", "app", `${pod}.topologySpreadConstraints.0.whenUnsatisfiable`],
  ["Job", "db-init-1a2b", "spec.concurrencyPolicy"],
  ["NetworkPolicy", "dns", "spec.policyTypes.0"],
  ["NetworkPolicy", "dns", "spec.egress.0.ports.0.protocol"],
];
const twice = (path: string, more: object) => changed("Deployment", "app", path, [more, more]);

describeEdges("edges of fields", [
  ...gated.map(([kind, name, path]): Edge => ["fields", path, changed(kind, name, path, []), /drops silently/]),
  ...words.map(
    ([kind, name, path]): Edge => ["fields", path, changed(kind, name, path, "Sometimes"), /"Sometimes" is none of/],
  ),
  [
    "fields",
    "a probe with its times",
    app(`${main}.livenessProbe`, {
      tcpSocket: { port: 8080 },
      periodSeconds: 5,
      initialDelaySeconds: 1,
      terminationGracePeriodSeconds: 9,
    }),
    "right",
  ],
  [
    "fields",
    "a hook with two actions",
    app(`${main}.lifecycle`, { preStop: { httpGet: { port: 1 }, tcpSocket: { port: 1 } } }),
    /preStop has 2/,
  ],
  ["fields", "a container without proper name", app(`${main}.name`, "App"), /"App" is no container name/],
  ["fields", "a volume without proper name", db(`${pod}.volumes.0.name`, "c_1"), /"c_1" is no volume name/],
  ["fields", "a variable without proper name", app(`${main}.env.0.name`, "1 A"), /no name for a variable/],
  ["fields", "dotted variables", app(`${main}.env.0.name`, "quarkus.datasource.password"), "right"],
  ["fields", "two containers of one name", twice(`${pod}.containers`, { name: "app" }), /container "app" twice/],
  ["fields", "two volumes of one name", twice(`${pod}.volumes`, { name: "v", emptyDir: {} }), /volume "v" twice/],
  [
    "fields",
    "two ports of one name and number",
    twice(`${main}.ports`, { name: "http", containerPort: 1 }),
    /port name "http" twice\n.*port "1\/TCP" twice/,
  ],
  [
    "fields",
    "one mount path twice",
    twice(`${main}.volumeMounts`, { name: "v", mountPath: "/v" }),
    /mount path "\/v" twice/,
  ],
  ["fields", "a bad request", app(`${main}.resources.requests.memory`, "1GB"), /"1GB" is no quantity/],
  [
    "fields",
    "a bad size of a claim",
    db("spec.volumeClaimTemplates.0.spec.resources.requests.storage", "1TB"),
    /"1TB" is no quantity/,
  ],
  [
    "fields",
    "a claim without access mode",
    db("spec.volumeClaimTemplates.0.spec.accessModes", []),
    /lacks access mode/,
  ],
  ["fields", "the longest name of a StatefulSet", db("metadata.name", "d".repeat(52)), "right"],
  ["fields", "a ConfigMap with dots", changed("ConfigMap", "db", "metadata.name", "db.v1"), "right"],
  [
    "fields",
    "a namespace with dots",
    changed("Namespace", "t-data", "metadata.name", "t.data"),
    /no name for a Namespace/,
  ],
  ["fields", "a Role with colons", changed("Role", "db", "metadata.name", "db:use"), "right"],
  ["fields", "a full ConfigMap", conf("x".repeat(2 ** 20)), "right"],
  ["fields", "a ConfigMap too large", conf("x".repeat(2 ** 20 + 1)), /more than 1048576/],
]);

const otherSubject = { kind: "ServiceAccount", name: "db-init", namespace: "t-storage" };
const image = (name: string) => app(`${main}.image`, name);

const puller: Manifest = {
  ...{
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
    metadata: { name: "pull", namespace: "t-data" },
  },
  roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "system:image-puller" },
  subjects: [otherSubject],
};

const secretByName = changed("Role", "db", "rules.1", {
  ...{ apiGroups: [""], resources: ["secrets"] },
  ...{ resourceNames: ["db"], verbs: ["get", "update"] },
});

describeEdges("edges of security", [
  ["images", "a digest", image(`registry.example/app@sha256:${"0".repeat(64)}`), "right"],
  ["images", "a registry with a port", image("registry.example:5000/app:1.0"), "right"],
  ["resources", "equal request and limit", app(`${main}.resources.requests.memory`, "2Gi"), "right"],
  ["hardening", "a container that is not privileged", app(`${main}.securityContext.privileged`, false), "right"],
  ["references", "the account that every namespace has", app(`${pod}.serviceAccountName`, "default"), "right"],
  ["rbac", "a Secret by its name", secretByName, "right"],
  ["rbac", "one of several subjects", changed("RoleBinding", "db", "subjects.1", otherSubject), "right"],
  ["rbac", "a built-in role of the system", [...sample, puller], "right"],
  [
    "rbac",
    "a Role called like one of the system",
    changed("RoleBinding", "db", "roleRef.name", "system:x"),
    /binds Role system:x/,
  ],
  [
    "labels",
    "an expression on the version",
    app("spec.selector.matchExpressions", [{ key: "app.kubernetes.io/version", operator: "Exists" }]),
    /selects by app.kubernetes.io\/version/,
  ],
  [
    "labels",
    "node selectors, which are no pods' labels",
    app(`${pod}.nodeSelector`, { "app.kubernetes.io/version": "1" }),
    "right",
  ],
]);
