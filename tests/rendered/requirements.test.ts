import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { field, type Manifest } from "../../policies/objects/manifest";
import { workloads } from "../../policies/objects/pods";
import { bytes, millicores } from "../../policies/objects/quantity";
import { arrowsIn } from "../../scripts/lib/docs/dependencies";
import {
  allRequirements,
  checksOf,
  filesOf,
  groups,
  openBecause,
  type Requirement,
  renderedTest,
} from "../../scripts/lib/docs/requirements";
import { root } from "../../scripts/lib/render";
import { rendering } from "../support/stacks";

const met = allRequirements.filter((requirement) => !openBecause(requirement));

describe("the list of requirements", () => {
  it("has each id once, and none is missing", () => {
    const expected = Object.entries(groups).flatMap(([letter, { count }]) =>
      Array.from({ length: count }, (_, i) => `${letter}${i + 1}`),
    );
    assert.deepEqual(
      allRequirements.map(({ id }) => id),
      expected,
    );
    assert.equal(allRequirements.length, 122);
    for (const { id, title } of allRequirements) assert.ok(title.length > 5, id);
  });

  it("names what is compared for each service, account, right and Route, met or open", () => {
    for (const { id, service, workloads = {} } of allRequirements.filter(({ id }) => /^[HS]/.test(id))) {
      assert.ok(service, id);
      assert.ok(Object.keys(workloads).length > 0, `${id} names no workload`);
    }
    for (const { id, objects = [] } of allRequirements.filter(({ id }) => /^[RT]/.test(id))) {
      assert.ok(objects.length > 0, `${id} names no object`);
    }
  });

  it("names for each that is met a file and a check, and says of each other why it is open", () => {
    for (const requirement of allRequirements) {
      const { id, open } = requirement;
      if (openBecause(requirement)) {
        if (open) assert.ok(open.length > 5, id);
        assert.ok(!open || !requirement.checks, `${id} is open, and has checks`);
      } else {
        assert.ok(filesOf(requirement).length > 0, `${id} names no file`);
        assert.ok(checksOf(requirement).length > 0, `${id} names no check`);
      }
    }
  });

  it("names only files that are there, and tests that have such a title", () => {
    const text = (file: string) => {
      assert.ok(fs.existsSync(path.join(root, file)), `${file} is not there`);
      return fs.readFileSync(path.join(root, file), "utf8");
    };
    for (const requirement of met) {
      for (const file of filesOf(requirement)) text(file);
      for (const { test, title } of checksOf(requirement)) {
        // The tests below are named by the list itself.
        if (test !== renderedTest)
          assert.ok(text(test).includes(title), `${requirement.id}: ${test} has no "${title}"`);
      }
    }
  });
});

const workload = /^(Deployment|StatefulSet|DaemonSet|CronJob)$/;

/** What a workload of the service must be, by its name. */
function isSo(manifests: readonly Manifest[], requirement: Requirement, name: string, wanted: number | string): void {
  const { service, mode } = requirement;
  const own = manifests.filter(({ metadata }) => metadata.labels?.["app.kubernetes.io/name"] === service);
  const found = own.find(({ kind, metadata }) => workload.test(kind) && metadata.name === name);
  assert.ok(found, `${service} has no workload ${name}`);
  if (typeof wanted === "string") {
    assert.equal(found.kind, wanted);
    return;
  }
  const replicas = field<number>(found, "spec", "replicas");
  assert.equal(replicas, wanted, name);
  const budget = own.some(({ kind, metadata }) => kind === "PodDisruptionBudget" && metadata.name === name);
  const apart = field(found, "spec", "template", "spec", "affinity", "podAntiAffinity");
  const several = mode === "ha" && wanted > 1;
  assert.equal(budget, several, `${name}: budget`);
  assert.equal(apart !== undefined, several, `${name}: anti-affinity`);
}

describe("requirement", function () {
  this.timeout(300_000);
  let ha: readonly Manifest[];
  let standalone: readonly Manifest[];
  before(async () => {
    ha = (await rendering("ha")).manifests as readonly Manifest[];
    standalone = (await rendering("standalone")).manifests as readonly Manifest[];
  });

  for (const requirement of met.filter((each) => checksOf(each).some(({ test }) => test === renderedTest))) {
    it(`${requirement.id}: ${requirement.title}`, () => {
      const { workloads: wanted = {}, objects = [], flows = [], mode } = requirement;
      const manifests = mode === "standalone" ? standalone : ha;
      for (const [name, what] of Object.entries(wanted)) isSo(manifests, requirement, name, what);
      for (const object of objects) {
        const [kind, name] = object.split("/");
        assert.ok(
          manifests.some((each) => each.kind === kind && each.metadata.name === name),
          `there is no ${object}`,
        );
      }
      const arrows = arrowsIn(ha).map(({ from, to }) => `${from} -> ${to}`);
      for (const flow of flows) assert.ok(arrows.includes(flow), `no policy lets ${flow}`);
    });
  }

  it("R36-R41: the platform's own SCCs are bound to exactly the accounts that they are for", () => {
    const bound = (role: string) =>
      ha
        .filter((each) => /Binding$/.test(each.kind) && field(each, "roleRef", "name") === role)
        .flatMap((each) => field<{ kind: string; name: string }[]>(each, "subjects") ?? [])
        .map(({ kind, name }) => `${kind} ${name}`)
        .sort();
    const accounts = (...names: readonly string[]) => names.map((name) => `ServiceAccount ${name}`);
    assert.deepEqual(bound("datalyptica-stateful-scc"), accounts("kafka", "minio", "postgresql", "redis"));
    assert.deepEqual(bound("datalyptica-log-collector-scc"), accounts("alloy"));
  });

  it("T1-T8: each Route has its name in front of the domain, TLS, and leads plain HTTP there", () => {
    for (const { id, title, objects = [] } of met.filter(({ id }) => id.startsWith("T"))) {
      const route = ha.find((each) => `${each.kind}/${each.metadata.name}` === objects[0]);
      assert.equal(`Route ${field<string>(route, "spec", "host")?.split(".")[0]}.<domain>`, title.split(":")[0], id);
      assert.match(field<string>(route, "spec", "tls", "termination") ?? "", /^(edge|reencrypt)$/, id);
      assert.equal(field(route, "spec", "tls", "insecureEdgeTerminationPolicy"), "Redirect", id);
    }
  });

  it("S1-S25: no workload of standalone asks for more than that of ha, has a budget or two replicas", () => {
    const requests = (manifests: readonly Manifest[]) =>
      new Map(
        workloads(manifests).flatMap(({ name, pod }) =>
          (pod.containers ?? []).map((container) => {
            const { cpu, memory } = container.resources?.requests ?? {};
            return [`${name}/${container.name}`, [millicores(cpu), bytes(memory)] as const] as const;
          }),
        ),
      );
    const large = requests(ha);
    for (const [name, [cpu, memory]] of requests(standalone)) {
      // What ha has as several workloads is one here.
      const [more, most] = large.get(name) ?? [cpu, memory];
      assert.ok(cpu <= more && memory <= most, `${name}: ${cpu}m, ${memory} bytes; in ha ${more}m, ${most}`);
    }
    assert.ok(!standalone.some(({ kind }) => kind === "PodDisruptionBudget"));
    for (const manifest of standalone)
      assert.ok((field<number>(manifest, "spec", "replicas") ?? 1) <= 1, manifest.metadata.name);
  });
});
