import { type Finding, finding, type Manifest } from "../objects/manifest";

/**
 * Fields whose words the API server checks but the schemas leave open. Only names that mean the same wherever they
 * stand; the schemas of OpenShift's kinds list their words themselves.
 */
const words: Readonly<Record<string, readonly string[]>> = {
  accessModes: ["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"],
  concurrencyPolicy: ["Allow", "Forbid", "Replace"],
  fsGroupChangePolicy: ["OnRootMismatch", "Always"],
  imagePullPolicy: ["Always", "IfNotPresent", "Never"],
  medium: ["", "Memory"],
  podManagementPolicy: ["OrderedReady", "Parallel"],
  policyTypes: ["Ingress", "Egress"],
  protocol: ["TCP", "UDP", "SCTP"],
  restartPolicy: ["Always", "OnFailure", "Never"],
  scheme: ["HTTP", "HTTPS"],
  terminationMessagePolicy: ["File", "FallbackToLogsOnError"],
  whenUnsatisfiable: ["DoNotSchedule", "ScheduleAnyway"],
};

/** Words of a spec that its field does not know. */
export const unknownWords = (manifests: readonly Manifest[]): Finding[] =>
  manifests
    .filter(({ apiVersion }) => !apiVersion.includes("openshift.io"))
    .flatMap((manifest) => wordsIn(manifest.spec).map((problem) => finding(manifest, problem)));

function wordsIn(value: unknown): string[] {
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const allowed = words[key];
    const given: readonly unknown[] = Array.isArray(inner) ? inner : [inner];
    if (!allowed || given.some((word) => typeof word !== "string")) return wordsIn(inner);
    return given
      .filter((word) => !allowed.includes(String(word)))
      .map((word) => `${key}: "${word}" is none of ${allowed.join(", ")}`);
  });
}
