import { entriesOf, type Finding, finding, type Manifest, ofKind, stringsIn } from "../objects/manifest";
import { containersOf, workloads } from "../objects/pods";

/** Keys of Secrets whose values are no secrets: names and addresses that stand beside a password or secret key. */
export const publicKeys =
  /^(?!.*secret)(.*[-_.])?(user(name)?|role|database|dbname|host|port|region|bucket|endpoint|ca|access[-_]?key([-_]?id)?|client[-_]?id)(\.crt|\.pem)?$/i;
/** Java's customary password of truststores, which protects nothing: they hold certificates only. */
const wellKnown = ["changeit"];
const sensitive = /(PASS(WORD|WD)?|SECRET|TOKEN|CREDENTIALS?|(ACCESS|API|PRIVATE|ENCRYPTION|SIGNING)[-_.]?KEY)$/i;
const shortest = 8;

/**
 * No value of a Secret appears outside Secrets, as it is, base64 or URL-encoded; and no env variable whose name says
 * secret carries a literal. Certificates are public; `isPublic` says which keys of Secrets are as well.
 */
export function secrets(manifests: readonly Manifest[], isPublic: RegExp = publicKeys): Finding[] {
  const values = ofKind(manifests, "Secret").flatMap((secret) =>
    Object.entries(entriesOf(secret))
      .filter(([key, value]) => !isPublic.test(key) && isSecret(value.trim()))
      .map(([key, value]) => ({
        name: `${secret.metadata.namespace}/${secret.metadata.name} ${key}`,
        forms: formsOf(value),
      })),
  );
  return manifests
    .filter(({ kind }) => kind !== "Secret")
    .flatMap((manifest) => {
      const found = stringsIn({
        ...manifest,
        ...(manifest.kind === "ConfigMap" ? { data: entriesOf(manifest) } : {}),
      }).flatMap(({ path, text }) =>
        values
          .filter(({ forms }) => forms.some((form) => text.includes(form)))
          .map(({ name }) => finding(manifest, `${path} contains the value of Secret ${name}`)),
      );
      return [...found, ...literals(manifest)];
    });
}

/** Long enough to be found by itself, and neither well known nor certificates without a key. */
const isSecret = (value: string) =>
  value.length >= shortest &&
  !wellKnown.includes(value) &&
  (!value.includes("BEGIN CERTIFICATE") || value.includes("PRIVATE KEY"));

function formsOf(value: string): string[] {
  const text = value.trim();
  return [...new Set([text, Buffer.from(text).toString("base64").replace(/=+$/, ""), encodeURIComponent(text)])];
}

/** A path or a composition of other variables is no literal secret. */
function literals(manifest: Manifest): Finding[] {
  return workloads([manifest]).flatMap((workload) =>
    containersOf(workload).flatMap(({ name: container, env = [] }) =>
      env
        .filter(
          ({ name, value }) => sensitive.test(name) && value && !value.startsWith("/") && !/\$\([^)]+\)/.test(value),
        )
        .map(({ name }) =>
          finding(manifest, `container ${container}: env ${name} carries a literal instead of a Secret's key`),
        ),
    ),
  );
}
