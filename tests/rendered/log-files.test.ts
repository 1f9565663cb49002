import * as assert from "node:assert/strict";
import { field, type Manifest, report } from "../../policies/objects/manifest";
import { workloads } from "../../policies/objects/pods";
import { checksOf } from "../checks/index";
import { schema } from "../checks/schema";
import { kubernetesVersions, loadSchemas } from "../schemas";
import { filesCollected, protectedIn, rendering } from "../support/stacks";
import { factsFromFiles } from "./stacks";

/** `datalyptica:logCollection: file`: the one option that gives pods more than restricted-v2 does. */
describe("logs that are read from the nodes' files", () => {
  let manifests: readonly Manifest[];
  before(async () => {
    manifests = (await filesCollected()).manifests as readonly Manifest[];
  });
  const named = (kind: string, name: string): Manifest => {
    const found = manifests.find((each) => each.kind === kind && each.metadata.name === name);
    assert.ok(found, `${kind} ${name}`);
    return found;
  };

  for (const name of Object.keys(checksOf(factsFromFiles, () => true))) {
    it(`pass the check of ${name}`, async () => {
      const check = checksOf(factsFromFiles, protectedIn(await filesCollected()))[name];
      assert.equal(report(check?.(manifests) ?? []), "");
    });
  }

  for (const version of kubernetesVersions) {
    it(`fit the schema of Kubernetes ${version}`, async function () {
      this.timeout(120_000);
      assert.equal(report(schema(version, (await loadSchemas())[version])(manifests)), "");
    });
  }

  it("have a collector that may read them, and do nothing else that others may not", () => {
    const scc = named("SecurityContextConstraints", "datalyptica-log-collector");
    const other = named("SecurityContextConstraints", "datalyptica-stateful");
    const { metadata: _, ...widened } = Object.fromEntries(
      Object.entries(scc).filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(other[key])),
    );
    assert.deepEqual(widened, {
      allowHostDirVolumePlugin: true,
      runAsUser: { type: "MustRunAs", uid: 0 },
      seLinuxContext: { type: "MustRunAs", seLinuxOptions: { type: "spc_t" } },
      volumes: ["configMap", "emptyDir", "projected", "secret", "hostPath"],
    });
    const role = named("Role", "alloy");
    assert.deepEqual(role.rules, [{ apiGroups: [""], resources: ["pods"], verbs: ["list", "watch"] }]);
  });

  it("are mounted read-only, in a namespace where nobody else is", () => {
    const inside = workloads(manifests).filter(({ namespace }) => namespace === "datalyptica-logging");
    assert.deepEqual(
      inside.map(({ kind, name }) => `${kind} ${name}`),
      ["DaemonSet alloy"],
    );
    const paths = workloads(manifests).flatMap(({ id, pod }) =>
      (pod.volumes ?? []).flatMap((volume) =>
        field(volume, "hostPath") ? [[id, field(volume, "hostPath", "path")]] : [],
      ),
    );
    assert.deepEqual(paths, [["datalyptica-logging/alloy", "/var/log/pods"]]);
    const mount = inside[0]?.pod.containers?.[0]?.volumeMounts?.find(({ name }) => name === "pod-logs");
    assert.equal(field(mount, "readOnly"), true);
  });

  it("change nothing of the other services but who looks at the new namespace", async () => {
    const others = (all: readonly Manifest[]) =>
      new Map(
        all
          .filter(
            ({ metadata }) =>
              !["alloy", "platform", "prometheus", "loki"].includes(metadata.labels?.["app.kubernetes.io/name"] ?? ""),
          )
          .map((each) => [`${each.kind} ${each.metadata.namespace}/${each.metadata.name}`, each]),
      );
    assert.deepEqual(others(manifests), others((await rendering("ha")).manifests as readonly Manifest[]));
  });
});
