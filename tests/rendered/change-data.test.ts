import * as assert from "node:assert/strict";
import { entriesOf, type Manifest, report } from "../../policies/objects/manifest";
import { madeUpPassword } from "../../scripts/lib/mocks";
import { type Rendered, render, stackConfig } from "../../scripts/lib/render";
import { checksOf } from "../checks/index";
import { protectedIn, rendering } from "../support/stacks";
import { changeData } from "./flows";
import { facts } from "./stacks";

const tables = ["shop.public.orders", "customer_care.public.people"];

/** Changes of two tables of two databases go to the lakehouse. */
for (const [stack, prefix] of [
  ["ha", "datalyptica"],
  ["standalone", "datalyptica-dev"],
] as const) {
  describe(`changed rows to the lakehouse, in stack ${stack}`, function () {
    this.timeout(60_000);
    let on: Rendered;
    let off: Rendered;
    before(async () => {
      off = await rendering(stack);
      on = await render({ ...stackConfig(stack), "datalyptica:changeData": JSON.stringify(tables) });
    });
    const manifests = ({ manifests }: Rendered) => manifests as readonly Manifest[];
    const stackFacts = { ...facts[stack], flows: [...facts[stack].flows, ...changeData(prefix)] };

    for (const name of Object.keys(checksOf(stackFacts, () => true))) {
      it(name, () => assert.equal(report(checksOf(stackFacts, protectedIn(on))[name]?.(manifests(on)) ?? []), ""));
    }

    it("no generated password outside Secrets", () => {
      const elsewhere = JSON.stringify(on.manifests.filter(({ kind }) => kind !== "Secret"));
      const passwords = on.resources.filter(({ type }) => type === "random:index/randomPassword:RandomPassword");
      for (const database of ["shop", "customer-care"]) {
        assert.ok(passwords.some(({ name }) => name === `postgresql-changes-${database}`));
      }
      for (const { name } of passwords) assert.ok(!elsewhere.includes(madeUpPassword(name)), name);
    });

    const object = (kind: string, name: string) => {
      const found = manifests(on).find((each) => each.kind === kind && each.metadata.name === name);
      assert.ok(found, `${kind} ${name}`);
      return found;
    };

    it("gives both sides of a reader the same password, and each reader another", () => {
      const passwords = ["shop", "customer-care"].map((database) => {
        const here = entriesOf(object("Secret", `postgresql-changes-${database}`));
        const there = entriesOf(object("Secret", `kafka-connect-changes-${database}`));
        assert.deepEqual(there, here);
        return here.password;
      });
      assert.equal(new Set(passwords).size, 2);
    });

    it("finds every Secret that a connector names among the workers' files", () => {
      const mounted = JSON.stringify(object("StatefulSet", "kafka-connect"));
      const configs = JSON.stringify(entriesOf(object("ConfigMap", "kafka-connect-connectors")));
      const folders = [...configs.matchAll(/\$\{dir:([^:]+):/g)].map(([, folder = ""]) => folder);
      assert.equal(new Set(folders).size, 4);
      for (const folder of folders) assert.ok(mounted.includes(`"mountPath":"${folder}"`), folder);
    });

    it("starts readers after their slots: one that came first would make a slot that no other member has", () => {
      const waitsFor = (type: string, name: string) => {
        const found = on.resources.find((each) => each.type.endsWith(`:${type}`) && each.name === name);
        assert.ok(found, name);
        return found.after;
      };
      assert.ok(waitsFor("StatefulSet", "kafka-connect").includes("postgresql-slots"));
      assert.ok(waitsFor("Job", "kafka-connect-connectors").includes("kafka-connect"));
      for (const database of ["shop", "customer-care"]) {
        assert.ok(waitsFor("Job", "postgresql-slots").includes(`postgresql-changes-${database}`));
      }
    });

    it("leaves nothing behind when no table is named any more, and takes the slots away", () => {
      const names = off.manifests.map(({ metadata }) => metadata.name);
      assert.deepEqual(
        names.filter((name) => /changes|-views|compaction|-restart|debezium|connect-trino/.test(name)),
        [],
      );
      const here = (name: string) => off.manifests.find((each) => each.metadata.name === name) as Manifest;
      assert.deepEqual(entriesOf(here("postgresql-slots")), { "slots.json": "{}\n" });
      assert.deepEqual(entriesOf(here("kafka-connect-connectors")), { names: "" });
      assert.doesNotMatch(JSON.stringify(off.manifests), /debezium_\w+"|io\.debezium|shop/);
    });

    const changes = (service: string) => differences(manifests(off), manifests(on), service);

    it("changes in Trino the users and their rules only", () => {
      const { changed, added } = changes("trino");
      assert.deepEqual(added, []);
      assert.deepEqual(
        changed.filter((what) => !what.startsWith("ConfigMap trino-worker")),
        [
          "ConfigMap trino-coordinator data.rules.json",
          "ConfigMap trino-coordinator data.user-mapping.json",
          "NetworkPolicy trino-coordinator spec.ingress",
          "Secret trino-passwords stringData.password.db",
        ],
      );
      assert.deepEqual(
        changed.filter((what) => what.startsWith("ConfigMap trino-worker")),
        stack === "ha" ? ["ConfigMap trino-worker data.rules.json"] : [],
      );
    });

    it("changes in Kafka the grants of Connect's user only", () => {
      assert.deepEqual(changes("kafka"), { added: [], changed: ["ConfigMap kafka-grants-kafka-connect data.topics"] });
    });

    it("changes in PostgreSQL the readers and their slots only", () => {
      assert.deepEqual(changes("postgresql"), {
        added: [
          "ConfigMap postgresql-tables",
          ...["Job", "NetworkPolicy", "Secret"].map((kind) => `${kind} postgresql-changes`),
        ].flatMap((what) => ["customer-care", "shop"].map((database) => `${what}-${database}`)),
        changed: ["ConfigMap postgresql-slots data.slots.json", "NetworkPolicy postgresql spec.ingress"],
      });
    });

    it("changes in other services nothing but who may reach them, and their users", () => {
      for (const service of ["keycloak", "redis", "kafka-ui", "schema-registry"]) {
        assert.deepEqual(changes(service), { added: [], changed: [] }, service);
      }
      assert.deepEqual(changes("nessie"), { added: [], changed: ["NetworkPolicy nessie spec.ingress"] });
    });
  });
}

/** Checksums by which pods are rolled follow from what else is different. */
const checksum = "datalyptica.io/config-checksum";

/** Objects of a service that are only in the second stack, and places that differ; in policies without their inside. */
function differences(before: readonly Manifest[], after: readonly Manifest[], service: string) {
  const id = ({ kind, metadata }: Manifest) => `${kind} ${metadata.name}`;
  const of = (manifests: readonly Manifest[]) =>
    new Map(
      manifests
        .filter(({ metadata }) => metadata.labels?.["app.kubernetes.io/name"] === service)
        .map((each) => [id(each), each]),
    );
  const [first, second] = [of(before), of(after)];
  assert.ok(first.size > 0, service);
  assert.deepEqual(
    [...first.keys()].filter((name) => !second.has(name)),
    [],
  );
  return {
    added: [...second.keys()].filter((name) => !first.has(name)).sort(),
    changed: [...first]
      .flatMap(([name, was]) => places(was, second.get(name), []).map((place) => `${name} ${place}`))
      .sort(),
  };
}

function places(was: unknown, is: unknown, path: readonly string[]): string[] {
  if (JSON.stringify(was) === JSON.stringify(is) || path.at(-1) === checksum) return [];
  const open = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;
  if (!open(was) || !open(is) || Array.isArray(was) || path.length > 6) return [path.join(".")];
  return [...new Set([...Object.keys(was), ...Object.keys(is)])].flatMap((key) =>
    places(was[key], is[key], [...path, key]),
  );
}
