import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import type { Manifest } from "../../policies/objects/manifest";
import { bytes, milli, millicores } from "../../policies/objects/quantity";
import { footprint, show } from "../checks/budget";
import { pack } from "../checks/packing";
import { describeCheck } from "./checks.runner";
import { changed, changedIn, sample } from "./checks.sample";

const pod = "spec.template.spec";
const request = `${pod}.containers.0.resources.requests`;

describeCheck("budget", [
  [
    "too much memory",
    changed("StatefulSet", "db", `${request}.memory`, "9Gi"),
    /budget of memory: 31 GiB requested, 20 GiB allowed/,
  ],
  ["too much CPU", changed("Deployment", "app", "spec.replicas", 20), /budget of cpu: 12 cores requested, 10 cores/],
  [
    "too much disk",
    changed("StatefulSet", "db", "spec.volumeClaimTemplates.0.spec.resources.requests.storage", "1Ti"),
    /budget of disk/,
  ],
]);

describeCheck("packing", [
  ["a pod larger than a node", changed("StatefulSet", "db", `${request}.cpu`, "3"), /db-0: finds no place on 4 nodes/],
  [
    "more replicas than nodes left",
    changed("StatefulSet", "db", "spec.replicas", 4),
    /db-3: finds no place on 3 nodes/,
  ],
]);

describe("footprint", () => {
  it("sums requests over replicas, Jobs included, per namespace and in total", () => {
    const { rows, namespaces, total } = footprint(sample);
    assert.deepEqual(total, { cpu: 3500, memory: 7 * 2 ** 30, disk: 30 * 2 ** 30 });
    assert.deepEqual(namespaces["t-data"], { cpu: 1500, memory: 3 * 2 ** 30, disk: 0 });
    assert.deepEqual(
      rows.map(({ name, replicas }) => `${name} ${replicas}`),
      ["db 3", "db-init-1a2b 1", "app 3"],
    );
    assert.equal(show("memory", total.memory), "7 GiB");
  });

  it("counts the larger of init and other containers, not both", () => {
    const needs = (memory: string) =>
      footprint(changed("Deployment", "app", `${pod}.initContainers.0.resources.requests.memory`, memory));
    assert.equal(needs("512Mi").namespaces["t-data"]?.memory, 3 * 2 ** 30);
    assert.equal(needs("2Gi").namespaces["t-data"]?.memory, 6 * 2 ** 30);
  });

  it("counts a limit where nothing is requested, suspended Jobs not, parallel ones by their number", () => {
    const job = (path: string, value: unknown) => footprint(changed("Job", "db-init-1a2b", path, value)).total.cpu;
    assert.equal(job(request, undefined), 5000);
    assert.equal(job("spec.suspend", true), 3000);
    assert.equal(job("spec.parallelism", 3), 4500);
  });

  it("counts claims that stand alone, and a DaemonSet once per node", () => {
    const claim: Manifest = {
      ...{ apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name: "c", namespace: "t-data" } },
      spec: { resources: { requests: { storage: "5Gi" } } },
    };
    assert.equal(footprint([...sample, claim]).namespaces["t-data"]?.disk, 5 * 2 ** 30);
    const daemons = sample.map((m) => (m.kind === "Deployment" ? { ...m, kind: "DaemonSet" } : m));
    assert.equal(footprint(daemons, 5).namespaces["t-data"]?.cpu, 2500);
  });
});

describe("bin packing", () => {
  const nodes = { count: 3, cpu: "2", memory: "4Gi" };

  it("keeps replicas apart and lets others share", () => {
    const packed = pack(sample, nodes);
    assert.deepEqual(packed.unplaced, []);
    for (const node of packed.nodes) {
      for (const service of ["t-storage/db-", "t-data/app-"]) {
        assert.ok(node.filter((name) => name.startsWith(service) && !name.includes("init")).length <= 1, node.join());
      }
    }
  });

  it("heeds anti-affinity of either pod", () => {
    const everything = [
      { labelSelector: {}, topologyKey: "kubernetes.io/hostname", namespaces: ["t-storage", "t-data"] },
    ];
    const lonely = changed(
      "Job",
      "db-init-1a2b",
      `${pod}.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution`,
      everything,
    );
    assert.deepEqual(pack(lonely, nodes).unplaced, ["t-storage/db-init-1a2b-0"]);
    assert.deepEqual(pack(lonely, { ...nodes, count: 4 }).unplaced, []);
  });

  it("heeds the limit of pods and puts one DaemonSet pod on each node", () => {
    assert.equal(pack(sample, { ...nodes, pods: 2 }).unplaced.length, 1);
    const daemons = changedIn(
      sample.map((m) => (m.kind === "Deployment" ? { ...m, kind: "DaemonSet" } : m)),
      "DaemonSet",
      "app",
      `${pod}.affinity`,
      undefined,
    );
    assert.ok(pack(daemons, nodes).nodes.every((node, index) => node.includes(`t-data/app-${index}`)));
  });
});

describe("quantities of the API", () => {
  const exact: Readonly<Record<string, bigint>> = {
    "0": 0n,
    "1": 1000n,
    "500m": 500n,
    "1.5": 1500n,
    ".5": 500n,
    "2.": 2000n,
    "+3": 3000n,
    "-1": -1000n,
    "1k": 1_000_000n,
    "1e3": 1_000_000n,
    "1E3": 1_000_000n,
    "1E": 10n ** 21n,
    "12e-1": 1200n,
    "1Ki": 1_024_000n,
    "1.5Gi": 1_610_612_736_000n,
    "1u": 1n,
    "1n": 1n,
    "1001u": 2n,
  };
  for (const [text, value] of Object.entries(exact)) {
    it(`reads ${text}`, () => assert.equal(milli(text), value));
  }
  for (const text of ["", "m", "1 Gi", "1gi", "1GB", "1.2.3", "1Km", "0x1", "1e", "--1", "1K"]) {
    it(`refuses "${text}"`, () => assert.equal(milli(text), undefined));
  }

  const suffix = {
    k: 1000n,
    M: 1000n ** 2n,
    G: 1000n ** 3n,
    T: 1000n ** 4n,
    Ki: 1024n,
    Mi: 1024n ** 2n,
    Gi: 1024n ** 3n,
  };
  it("a suffix multiplies", () =>
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom(...Object.entries(suffix)), (n, [name, factor]) => {
        assert.equal(milli(`${n}${name}`), BigInt(n) * factor * 1000n);
      }),
    ));

  it("decimals are exact and rounded up to a thousandth", () =>
    fc.assert(
      fc.property(fc.nat(1_000_000), fc.nat(999_999), (whole, fraction) => {
        const millionths = BigInt(whole) * 1_000_000n + BigInt(fraction);
        assert.equal(milli(`${whole}.${String(fraction).padStart(6, "0")}`), (millionths + 999n) / 1000n);
      }),
    ));

  it("never throws, and says nothing of what it does not understand", () =>
    fc.assert(
      fc.property(fc.string(), (text) => {
        const value = milli(text);
        assert.ok(value === undefined || /^[+-]?[\d.]/.test(text));
      }),
    ));

  it("become millicores and bytes; absent is nothing, nonsense throws", () => {
    assert.deepEqual([millicores("1.5"), millicores(2), millicores(undefined)], [1500, 2000, 0]);
    assert.deepEqual([bytes("2Gi"), bytes("1m"), bytes(undefined)], [2 ** 31, 1, 0]);
    assert.throws(() => bytes("2GB"), /"2GB" is no Kubernetes quantity such as 500m, 2 or 1.5Gi/);
  });
});
