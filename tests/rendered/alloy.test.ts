import * as assert from "node:assert/strict";
import { entriesOf as filesOf, type Manifest } from "../../policies/objects/manifest";
import { containersOf, workloads } from "../../policies/objects/pods";
import { type AlloyBlock, expressionOf, parseAlloy } from "../support/alloy";
import { filesCollected, rendering } from "../support/stacks";
import { danglingIn, referencesIn, unknownToAlloy } from "./logs/alloy-reference";
import { entriesOf, levelOf } from "./logs/pipeline";
import { samples } from "./logs/samples";

const config = (manifests: readonly Manifest[]): string => {
  const found = manifests.find(({ kind, metadata }) => kind === "ConfigMap" && metadata.name === "alloy-config");
  assert.ok(found);
  return filesOf(found)["config.alloy"] ?? "";
};
const one = (blocks: readonly AlloyBlock[], name: string): AlloyBlock => {
  const found = blocks.filter((block) => block.name === name);
  assert.equal(found.length, 1, `${name}: ${found.length}`);
  return found[0] as AlloyBlock;
};
/** `<service>/<container>` of those that a stage means. */
const containersIn = ({ attributes }: AlloyBlock): readonly string[] => {
  const [, app, containers = ""] = /^\{app="([^"]+)", container=~"([^"]+)"\}$/.exec(String(attributes.selector)) ?? [];
  return containers.split("|").map((container) => `${app}/${container}`);
};
const stacks = {
  ha: () => rendering("ha"),
  standalone: () => rendering("standalone"),
  "ha, from files": filesCollected,
} as const;

for (const [stack, rendered] of Object.entries(stacks)) {
  describe(`Alloy's configuration of ${stack}`, function () {
    // Its parser is built at the first time on a machine.
    this.timeout(600_000);
    let manifests: readonly Manifest[];
    let blocks: readonly AlloyBlock[];
    before(async () => {
      manifests = (await rendered()).manifests as readonly Manifest[];
      blocks = await parseAlloy(config(manifests));
    });

    it("has only blocks and arguments of its version, with values of their types", () =>
      assert.deepEqual(unknownToAlloy(blocks), []));

    it("refers to what its components export", () => {
      assert.deepEqual(danglingIn(blocks), []);
      assert.ok(referencesIn(blocks).length >= 4);
    });

    it("finds the pods of its node in every namespace of the stack", () => {
      const { blocks: inner } = one(blocks, "discovery.kubernetes");
      const namespaces = manifests.filter(({ kind }) => kind === "Namespace").map(({ metadata }) => metadata.name);
      assert.deepEqual(one(inner, "namespaces").attributes.names, namespaces.sort());
      const field = expressionOf(one(inner, "selectors").attributes.field) ?? "";
      const variable = /sys\.env\("(\w+)"\)/.exec(field)?.[1];
      const [alloy] = workloads(manifests).filter(({ kind }) => kind === "DaemonSet");
      const env = alloy?.pod.containers?.[0]?.env?.find(({ name }) => name === variable);
      assert.equal(env?.valueFrom?.fieldRef?.fieldPath, "spec.nodeName");
    });

    it("has five labels and no more, and the pod beside the line", () => {
      const targets = one(blocks, "discovery.relabel").blocks.map(({ attributes }) => String(attributes.target_label));
      const external = Object.keys(one(blocks, "loki.write").attributes.external_labels as object);
      const { blocks: pipeline } = one(blocks, "loki.process");
      const beside = Object.keys(one(pipeline, "stage.structured_metadata").attributes.values as object);
      const dropped = one(pipeline, "stage.label_drop").attributes.values as readonly string[];
      const labels = [...targets, ...external].filter(
        (name) => !name.startsWith("__") && !beside.includes(name) && !dropped.includes(name),
      );
      assert.deepEqual(labels.sort(), ["app", "cluster", "component", "container", "namespace"]);
      assert.ok(beside.includes("pod"));
    });

    it("means containers that are there", () => {
      const present = new Set(
        workloads(manifests).flatMap((workload) =>
          containersOf(workload).map(({ name }) => `${workload.labels["app.kubernetes.io/name"]}/${name}`),
        ),
      );
      const matches = one(blocks, "loki.process").blocks.filter(({ name }) => name === "stage.match");
      assert.ok(matches.length > 5);
      for (const name of matches.flatMap(containersIn)) assert.ok(present.has(name), name);
    });

    it("brings nothing older than Loki takes", () => {
      const loki = manifests.find(({ kind, metadata }) => kind === "ConfigMap" && metadata.name === "loki-config");
      const [, takes] = /reject_old_samples_max_age: (\d+)h/.exec(filesOf(loki as Manifest)["loki.yaml"] ?? "") ?? [];
      const { blocks: pipeline } = one(blocks, "loki.process");
      assert.equal(one(pipeline, "stage.drop").attributes.older_than, `${Number(takes) - 1}h`);
    });
  });
}

describe("log lines", function () {
  this.timeout(600_000);
  let pipeline: AlloyBlock;
  let fromFiles: AlloyBlock;
  before(async () => {
    const process = async (manifests: readonly Manifest[]) => one(await parseAlloy(config(manifests)), "loki.process");
    pipeline = await process((await rendering("ha")).manifests as readonly Manifest[]);
    fromFiles = await process((await filesCollected()).manifests as readonly Manifest[]);
  });

  it("have an example for each way of reading them", () => {
    const declared = pipeline.blocks.filter(({ name }) => name === "stage.match").map(containersIn);
    assert.deepEqual(
      declared.filter((names) => !names.some((name) => name in samples)),
      [],
    );
  });

  for (const [name, { lines, entries }] of Object.entries(samples)) {
    it(`of ${name} become entries with their level`, () => {
      const [app = "", container = ""] = name.split("/");
      const labels = { app, container, namespace: "n", component: "c", pod: `${app}-0` };
      const cri = lines.map((line) => `2026-11-26T04:00:00.123456789Z stdout F ${line}`);
      for (const made of [entriesOf(pipeline, labels, lines), entriesOf(fromFiles, labels, cri)]) {
        assert.deepEqual(
          made.map((entry) => [entry.line.split("\n").length, levelOf(entry), entry.metadata.pod]),
          entries.map(([, count, level]) => [count, level, labels.pod]),
          JSON.stringify(made, undefined, 2),
        );
        for (const [i, [start]] of entries.entries()) assert.ok(made[i]?.line.startsWith(start), made[i]?.line);
      }
    });
  }

  it("of a container that nobody has described stay as they are", () => {
    const lines = ["[2026-11-26 04:00:01,000] ERROR x", ...["", "  at y"]];
    const made = entriesOf(pipeline, { app: "somebody", container: "kafka", pod: "p" }, lines);
    assert.deepEqual(
      made.map(({ line }) => line),
      lines,
    );
  });
});
