import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { Kubectl } from "../../scripts/lib/kubectl";
import { faultsOf, proveSurvives } from "../../scripts/lib/proofs/cluster";
import {
  type Drop,
  isWhole,
  type Pod,
  podFaults,
  podsOf,
  unasked,
  unready,
  type Workload,
} from "../../scripts/lib/proofs/judge";
import { smokeCheck } from "../../scripts/lib/smoke/check";
import { Installation } from "../../scripts/lib/smoke/installation";
import { fakeKubectl } from "./smoke.support";

const ready = [{ type: "Ready", status: "True" }];
const labelled = (service: string, component: string) => ({
  "app.kubernetes.io/name": service,
  "app.kubernetes.io/instance": "x",
  "app.kubernetes.io/component": component,
  "app.kubernetes.io/part-of": "datalyptica",
});

/** A pod that is well, but for what is given. */
function pod(
  name: string,
  { status = {}, ...metadata }: { status?: Partial<Pod["status"]>; [field: string]: unknown } = {},
) {
  const scc = { "openshift.io/required-scc": "restricted-v2", "openshift.io/scc": "restricted-v2" };
  const own = { namespace: "x-data", uid: `uid of ${name}`, labels: labelled("trino", "worker"), annotations: scc };
  return {
    kind: "Pod",
    metadata: { name, ...own, ...metadata },
    status: { phase: "Running", conditions: ready, ...status },
  } as Pod;
}

function workload(name: string, replicas: number, component = name): Workload {
  const labels = labelled("trino", component);
  const { "app.kubernetes.io/part-of": _, ...matchLabels } = labels;
  return {
    metadata: { name, namespace: "x-data", labels },
    spec: { replicas, selector: { matchLabels } },
    status: replicas > 0 ? { readyReplicas: replicas } : {},
  } as Workload;
}

describe("pods of a service that has come up", () => {
  const drop = (from: string, to: string): Drop => ({ from, to, port: "8080/TCP", packets: 3 });
  const restarted = [{ name: "main", restartCount: 2 }];

  for (const [what, pods, drops, expected] of [
    ["are well", [pod("a-0"), pod("a-1")], [], []],
    [
      "a Job that tried twice and ended well",
      [pod("a"), pod("j", { status: { phase: "Succeeded", conditions: [], containerStatuses: restarted } })],
      [],
      [],
    ],
    ["none at all", [], [], ["it has no running pod"]],
    ["Jobs only", [pod("j", { status: { phase: "Succeeded" } })], [], ["it has no running pod"]],
    [
      "one that waits",
      [pod("a"), pod("b", { status: { phase: "Pending", conditions: [] } })],
      [],
      ["b is not ready (Pending)"],
    ],
    [
      "one that is not ready",
      [pod("a", { status: { conditions: [{ type: "Ready", status: "False" }] } })],
      [],
      ["a is not ready (Running)"],
    ],
    [
      "a container that was started again",
      [pod("a", { status: { containerStatuses: restarted } })],
      [],
      ["restarts of a/main: 2"],
    ],
    [
      "an init container that was started again",
      [pod("a", { status: { initContainerStatuses: restarted } })],
      [],
      ["restarts of a/main: 2"],
    ],
    [
      "another SCC than asked for",
      [pod("a", { annotations: { "openshift.io/required-scc": "restricted-v2", "openshift.io/scc": "anyuid" } })],
      [],
      ["a asks for SCC restricted-v2 and has anyuid"],
    ],
    ["no SCC admission", [pod("a", { annotations: {} })], [], ["a asks for SCC undefined and has undefined"]],
    [
      "packets it sent",
      [pod("a")],
      [drop("x-data/a", "10.0.0.1")],
      ["packets dropped from x-data/a to 10.0.0.1:8080/TCP: 3"],
    ],
    [
      "packets it was sent",
      [pod("a")],
      [drop("x-storage/b", "x-data/a")],
      ["packets dropped from x-storage/b to x-data/a:8080/TCP: 3"],
    ],
    ["packets of others", [pod("a")], [drop("x-data/ab", "x-storage/a")], []],
  ] as const) {
    it(what, () => assert.deepEqual(podFaults(pods, drops), expected));
  }

  it("are told from those of other workloads by the labels that select them", () => {
    const [first, second] = [pod("trino-worker-b"), pod("trino-worker-a")];
    const coordinator = pod("trino-coordinator-0", { labels: labelled("trino", "coordinator") });
    const elsewhere = pod("trino-worker-0", { namespace: "y-data" });
    const own = podsOf(workload("trino-worker", 2, "worker"), [first, coordinator, second, elsewhere]);
    assert.deepEqual(own, [second, first]);
  });

  it("are not blamed for what a check tries itself, and for nothing else of its notebook", () => {
    const notebook = "x-notebooks/jupyter-smoke-check";
    const tried = { from: notebook, to: "x-storage/postgresql-0", port: "5432/TCP", packets: 3 };
    const others = [
      { ...tried, port: "8443/TCP" },
      { ...tried, from: "x-notebooks/jupyter-ada" },
    ];
    assert.deepEqual([tried, ...others].filter(unasked), others);
  });

  it("are named when they are not ready", () => {
    assert.deepEqual(unready([pod("a"), pod("b", { status: { phase: "Failed" } })]), ["b is not ready (Failed)"]);
  });
});

describe("workload of which a pod was killed", () => {
  const two = workload("trino-worker", 2, "worker");
  for (const [what, pods, expected] of [
    ["is whole with as many ready pods as before, none of them the killed one", [pod("a"), pod("c")], true],
    ["is not whole while the killed one is still listed", [pod("a"), pod("b", { uid: "killed" })], false],
    [
      "is not whole while the killed one ends beside its successor",
      [pod("a"), pod("b", { uid: "killed" }), pod("c")],
      false,
    ],
    ["is not whole with one too few", [pod("a")], false],
    ["is not whole while the new one is not ready", [pod("a"), pod("c", { status: { conditions: [] } })], false],
  ] as const) {
    it(what, () => assert.equal(isWhole(two, pods, "killed"), expected));
  }

  it("has one on each of its nodes when it is a DaemonSet", () => {
    const { replicas: _, ...spec } = two.spec;
    const everywhere: Workload = { ...two, spec, status: { desiredNumberScheduled: 2 } };
    assert.equal(isWhole(everywhere, [pod("a"), pod("c")], "killed"), true);
    assert.equal(isWhole(everywhere, [pod("a")], "killed"), false);
  });
});

/**
 * A cluster with one service of two workloads. A killed pod is replaced by one of another name, which becomes ready when
 * the pods have been looked at twice; with `gone`, never.
 */
function cluster(gone = false) {
  const namespace = { metadata: { name: "x-data", labels: labelled("platform", "namespace") } };
  const pods = [
    pod("trino-coordinator-a", { labels: labelled("trino", "coordinator") }),
    pod("trino-worker-b"),
    pod("trino-worker-a"),
    pod("minio-0", { labels: labelled("minio", "server") }),
  ];
  const workloads = [
    workload("trino-coordinator", 1, "coordinator"),
    workload("trino-worker", 2, "worker"),
    workload("trino-none", 0, "none"),
  ];
  const program = `
const fs = require("node:fs");
const file = __dirname + "/state.json";
const state = JSON.parse(fs.readFileSync(file, "utf8"));
const [, , verb, what, ...rest] = process.argv;
const selector = rest.includes("--selector") ? rest[rest.indexOf("--selector") + 1].split(",").map((term) => term.split("=")) : [];
const list = (items) => console.log(JSON.stringify({ items: items.filter(({ metadata }) => selector.every(([key, value]) => metadata.labels[key] === value)) }));
if (verb === "delete") {
  const index = state.pods.findIndex(({ metadata }) => metadata.name === rest[0]);
  const [dead] = state.pods.splice(index, 1);
  state.killed.push([what, ...rest].join(" "));
  const { name } = dead.metadata;
  if (!${gone}) state.pods.push({ ...dead, metadata: { ...dead.metadata, name: name + "-new", uid: name + "-new" }, status: { phase: "Pending", looks: 2 } });
} else if (what === "namespaces") list([${JSON.stringify(namespace)}]);
else if (what.startsWith("statefulsets,deployments")) list(${JSON.stringify(workloads)});
else {
  list(state.pods);
  for (const { status } of state.pods) if (status.looks-- === 0) Object.assign(status, { phase: "Running", conditions: ${JSON.stringify(ready)} });
}
fs.writeFileSync(file, JSON.stringify(state));`;
  const fake = fakeKubectl(`exec "${process.execPath}" "$(dirname "$0")/kubectl.js" "$@"`);
  const state = path.join(fake.folder, "state.json");
  fs.writeFileSync(path.join(fake.folder, "kubectl.js"), program);
  fs.writeFileSync(state, JSON.stringify({ pods, killed: [] }));
  return {
    ...fake,
    find: () => Installation.find(new Kubectl(fake.program)),
    killed: () => (JSON.parse(fs.readFileSync(state, "utf8")) as { killed: readonly string[] }).killed,
  };
}

describe("survival of a service", () => {
  const force = "--namespace x-data --grace-period=0 --force";

  it("is proven by killing the first pod of each workload, and using the service after each", async () => {
    const fake = cluster();
    try {
      let uses = 0;
      const check = smokeCheck("trino", async () => `used ${++uses} times`);
      const seen = await proveSurvives(await fake.find(), "trino", check);
      assert.match(
        seen,
        /^worked again within [1-9]\d* s after the loss of trino-coordinator-a and of trino-worker-a$/,
      );
      assert.deepEqual(fake.killed(), [`pod trino-coordinator-a ${force}`, `pod trino-worker-a ${force}`]);
      assert.equal(uses, 2);
    } finally {
      fake.remove();
    }
  });

  it("is refuted by a service that does not work again, with what the smoke check says", async () => {
    const fake = cluster();
    try {
      const check = smokeCheck("trino", () => Promise.reject(new Error("no workers")));
      await assert.rejects(
        proveSurvives(await fake.find(), "trino", check, { whole: 5, works: 1 }),
        /^Error: not within 1 s: the smoke check passes after the loss of trino-coordinator-a: no workers$/,
      );
    } finally {
      fake.remove();
    }
  });

  it("is refuted by a pod that is not replaced", async () => {
    const fake = cluster(true);
    try {
      const check = smokeCheck("trino", async () => "works");
      await assert.rejects(
        proveSurvives(await fake.find(), "trino", check, { whole: 1, works: 1 }),
        /^Error: not within 1 s: trino-coordinator is whole after the loss of trino-coordinator-a$/,
      );
    } finally {
      fake.remove();
    }
  });

  it("cannot be proven of a service without workloads", async () => {
    const fake = cluster();
    try {
      await assert.rejects(proveSurvives(await fake.find(), "nessie"), /no workload whose pods could be killed/);
    } finally {
      fake.remove();
    }
  });

  it("looks at the pods of that service only", async () => {
    const fake = cluster();
    try {
      const drops = [{ from: "x-data/minio-0", to: "x-data/trino-worker-a", port: "1/TCP", packets: 1 }];
      assert.deepEqual(await faultsOf(await fake.find(), "minio", drops), [
        "packets dropped from x-data/minio-0 to x-data/trino-worker-a:1/TCP: 1",
      ]);
      assert.deepEqual(await faultsOf(await fake.find(), "nessie", drops), ["it has no running pod"]);
    } finally {
      fake.remove();
    }
  });
});
