import { describeCheck } from "./checks.runner";
import { changed, sample, stable, without } from "./checks.sample";

const pod = "spec.template.spec";
const db = `${pod}.containers.0`;
const env = (name: string, value: string) => [{ name, value }];

describeCheck("fields", [
  ["an object twice", [...sample, ...sample.slice(0, 1)], /more than once/],
  [
    "a gated field",
    changed("PodDisruptionBudget", "db", "spec.unhealthyPodEvictionPolicy", "AlwaysAllow"),
    /drops silently/,
  ],
  [
    "a gated pod field",
    changed("Deployment", "app", "spec.template.spec.topologySpreadConstraints.0.minDomains", 2),
    /minDomains/,
  ],
  [
    "a variable twice",
    changed("Deployment", "app", `${db}.env`, [...env("A", "1"), ...env("A", "2")]),
    /variable "A" twice/,
  ],
  ["a long port name", changed("StatefulSet", "db", `${db}.ports.0.name`, "much-too-long-name"), /no port name/],
  ["a bad quantity", changed("StatefulSet", "db", `${db}.resources.limits.memory`, "2GB"), /"2GB" is no quantity/],
  [
    "a bad label value",
    changed("Deployment", "app", ["metadata", "labels", "app.kubernetes.io/version"], "a b"),
    /no label value/,
  ],
  ["pull secrets of an account", changed("ServiceAccount", "db", "imagePullSecrets", []), /sets imagePullSecrets/],
  ["a bad name", changed("Service", "app", "metadata.name", "App"), /no name for a Service/],
  [
    "a volume of no kind",
    changed("StatefulSet", "db", `${pod}.volumes.0`, { name: "config" }),
    /volume config has 0 sources/,
  ],
  [
    "a probe with two actions",
    changed("Deployment", "app", `${db}.livenessProbe.tcpSocket`, { port: 8080 }),
    /livenessProbe has 2/,
  ],
  ["a variable from nowhere", changed("StatefulSet", "db", `${db}.env.0.valueFrom`, {}), /env POD has 0 sources/],
  [
    "a field pods cannot read",
    changed("StatefulSet", "db", `${db}.env.0.valueFrom.fieldRef.fieldPath`, "metadata.nam"),
    /no field a pod can read/,
  ],
  ["an unknown word", changed("Job", "db-init-1a2b", `${pod}.restartPolicy`, "Sometimes"), /"Sometimes" is none of/],
  [
    "a claim without size",
    changed("StatefulSet", "db", "spec.volumeClaimTemplates.0.spec.resources", {}),
    /lacks access mode or size/,
  ],
  [
    "a claim that 1.26 does not know",
    changed("StatefulSet", "db", "spec.volumeClaimTemplates.0.spec.accessModes", ["ReadWriteOncePod"]),
    /off in Kubernetes 1.26/,
  ],
  ["a name too long for labels", changed("StatefulSet", "db", "metadata.name", "d".repeat(53)), /longer than 52/],
  [
    "a borrowed namespace label",
    changed("Namespace", "t-data", ["metadata", "labels", "kubernetes.io/metadata.name"], "x"),
    /is not its name/,
  ],
]);

describeCheck("labels", [
  [
    "a missing label",
    changed("ConfigMap", "db", ["metadata", "labels", "app.kubernetes.io/version"], undefined),
    /lacks the label/,
  ],
  [
    "a foreign manager",
    changed("ConfigMap", "db", ["metadata", "labels", "app.kubernetes.io/managed-by"], "helm"),
    /instead of pulumi/,
  ],
  [
    "a selector on the version",
    changed("Service", "app", ["spec", "selector", "app.kubernetes.io/version"], "1.0"),
    /selects by .*version/,
  ],
  [
    "a selector that misses its pods",
    changed("Deployment", "app", ["spec", "selector", "matchLabels", "app.kubernetes.io/name"], "ap"),
    /own pods/,
  ],
  [
    "a version on a claim",
    changed(
      "StatefulSet",
      "db",
      ["spec", "volumeClaimTemplates", "0", "metadata", "labels", "app.kubernetes.io/version"],
      "1",
    ),
    /cannot change/,
  ],
  [
    "unlabelled pods",
    changed("Job", "db-init-1a2b", ["spec", "template", "metadata", "labels", "app.kubernetes.io/part-of"], undefined),
    /its pods: lacks/,
  ],
  [
    "a selector that takes other pods",
    changed("Deployment", "app", ["spec", "template", "metadata", "labels"], { ...stable("app"), ...stable("db") }),
    /does not select its own/,
  ],
  [
    "a selector of everything",
    changed("StatefulSet", "db", "spec.selector", {}),
    /also selects the pods of t-storage\/db-init/,
  ],
  [
    "anti-affinity to everything",
    changed(
      "StatefulSet",
      "db",
      `${pod}.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution.0.labelSelector`,
      {},
    ),
    /means other pods/,
  ],
  [
    "spread of other pods",
    changed("Deployment", "app", `${pod}.topologySpreadConstraints.0.labelSelector.matchLabels`, stable("ap")),
    /means other pods/,
  ],
  [
    "pods that call themselves otherwise",
    changed("Deployment", "app", ["metadata", "labels", "app.kubernetes.io/instance"], "u"),
    /instance is t instead of u/,
  ],
]);

describeCheck("references", [
  ["an unknown namespace", without("Namespace", "t-data"), /no Namespace t-data/],
  ["an unknown ConfigMap", without("ConfigMap", "db"), /no ConfigMap db/],
  [
    "an unknown key of a volume",
    changed("StatefulSet", "db", "spec.template.spec.volumes.0.configMap.items.0.key", "x"),
    /has no key "x"/,
  ],
  [
    "an unknown key of a Secret",
    changed("StatefulSet", "db", `${db}.env.2.valueFrom.secretKeyRef.key`, "pass"),
    /has no key "pass"/,
  ],
  [
    "an unknown Secret of envFrom",
    changed("Deployment", "app", `${db}.envFrom`, [{ secretRef: { name: "x" } }]),
    /no Secret x/,
  ],
  [
    "a projected key",
    changed("StatefulSet", "db", "spec.template.spec.volumes.0", {
      name: "config",
      projected: { sources: [{ secret: { name: "db", items: [{ key: "x", path: "x" }] } }] },
    }),
    /has no key "x"/,
  ],
  [
    "a subPath that is no file",
    changed("StatefulSet", "db", `${db}.volumeMounts.0.subPath`, "x.conf"),
    /subPath "x.conf"/,
  ],
  ["an unknown account", without("ServiceAccount", "app"), /no ServiceAccount app/],
  [
    "an unknown volume",
    changed("StatefulSet", "db", `${db}.volumeMounts.0.name`, "conf"),
    /which the pod does not have/,
  ],
  ["an unused volume", changed("StatefulSet", "db", `${db}.volumeMounts`, []), /no container mounts/],
  [
    "an unknown claim",
    changed("StatefulSet", "db", "spec.template.spec.volumes.0", {
      name: "config",
      persistentVolumeClaim: { claimName: "x" },
    }),
    /no PersistentVolumeClaim x/,
  ],
  [
    "a variable before its definition",
    changed("StatefulSet", "db", `${db}.env`, [...env("A", "$(B)"), ...env("B", "1")]),
    /\$\(B\), which is not defined before it/,
  ],
  [
    "an unknown variable in args",
    changed("StatefulSet", "db", `${db}.args`, ["--id=$(POD_NAME)"]),
    /\$\(POD_NAME\), which is not defined in env/,
  ],
  [
    "an unknown priority class",
    changed("Deployment", "app", "spec.template.spec.priorityClassName", "x"),
    /no PriorityClass x/,
  ],
  ["an empty ConfigMap", changed("ConfigMap", "db", "data", {}), /ConfigMap db is empty/],
  [
    "pods that a change would not roll",
    changed("StatefulSet", "db", ["spec", "template", "metadata", "annotations", "t/checksum"], undefined),
    /would not roll/,
  ],
]);
