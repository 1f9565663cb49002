import * as fs from "node:fs";
import * as path from "node:path";
import { hashFiles, stored } from "../../sandbox/lib/store";
import { kubernetesDefinitions } from "./kubernetes";
import { openshiftDefinitions, openshiftVersion } from "./openshift";

/** A JSON schema, as far as the code that prepares schemas looks into it. */
export type JsonSchema = { readonly [key: string]: unknown };

/** Definitions by name, and which of them describes a kind: `apps/v1 Deployment` -> name. */
export interface Definitions {
  readonly $defs: Readonly<Record<string, JsonSchema>>;
  readonly kinds: Readonly<Record<string, string>>;
}

/** The oldest Kubernetes we promise to run on (OpenShift 4.13) and the one the sandbox runs (4.21). */
export const kubernetesVersions = ["1.26", "1.34"] as const;
export type KubernetesVersion = (typeof kubernetesVersions)[number];

export type Schemas = Readonly<Record<KubernetesVersion, Definitions>>;

/**
 * Strict schemas of each Kubernetes version together with OpenShift's kinds. Obtained once from pinned, hash-checked
 * packages and kept in the store outside the checkout, hence without network from the second time on.
 */
export async function loadSchemas(): Promise<Schemas> {
  const inputs = [hashFiles([__dirname]), openshiftVersion()];
  const dir = await stored("kubernetes-schemas", inputs, async (target) => {
    const kubernetes = await kubernetesDefinitions(kubernetesVersions, target);
    const openshift = await openshiftDefinitions();
    for (const version of kubernetesVersions) {
      const upstream = kubernetes[version];
      const all = {
        $defs: { ...openshift.$defs, ...upstream.$defs },
        kinds: { ...upstream.kinds, ...openshift.kinds },
      };
      fs.writeFileSync(path.join(target, `${version}.json`), JSON.stringify(all));
    }
  });
  const read = (version: KubernetesVersion) =>
    JSON.parse(fs.readFileSync(path.join(dir, `${version}.json`), "utf8")) as Definitions;
  return { "1.26": read("1.26"), "1.34": read("1.34") };
}
