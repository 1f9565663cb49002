import { describeCheck } from "./checks.runner";
import { changed, sample, stable, without } from "./checks.sample";

const pod = "spec.template.spec";
const db = `${pod}.containers.0`;
const env = (name: string, value: string) => [{ name, value }];

describeCheck("fields", [
  ["an object twice", [...sample, ...sample.slice(0, 1)], /more than once/],
  [
    "a variable twice",
    changed("Deployment", "app", `${db}.env`, [...env("A", "1"), ...env("A", "2")]),
    /variable "A" twice/,
  ],
  ["a bad name", changed("Service", "app", "metadata.name", "App"), /no name for a Service/],
  [
    "a volume of no kind",
    changed("StatefulSet", "db", `${pod}.volumes.0`, { name: "config" }),
    /volume config has 0 sources/,
  ],
  [
    "a field pods cannot read",
    changed("StatefulSet", "db", `${db}.env.0.valueFrom.fieldRef.fieldPath`, "metadata.nam"),
    /no field a pod can read/,
  ],
  [
    "a claim without size",
    changed("StatefulSet", "db", "spec.volumeClaimTemplates.0.spec.resources", {}),
    /lacks access mode or size/,
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
    "a selector that takes other pods",
    changed("Deployment", "app", ["spec", "template", "metadata", "labels"], { ...stable("app"), ...stable("db") }),
    /does not select its own/,
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
]);

describeCheck("references", [
  ["an unknown namespace", without("Namespace", "t-data"), /no Namespace t-data/],
  ["an unknown ConfigMap", without("ConfigMap", "db"), /no ConfigMap db/],
  [
    "a projected key",
    changed("StatefulSet", "db", "spec.template.spec.volumes.0", {
      name: "config",
      projected: { sources: [{ secret: { name: "db", items: [{ key: "x", path: "x" }] } }] },
    }),
    /has no key "x"/,
  ],
  ["an unknown account", without("ServiceAccount", "app"), /no ServiceAccount app/],
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
  ["an empty ConfigMap", changed("ConfigMap", "db", "data", {}), /ConfigMap db is empty/],
]);
