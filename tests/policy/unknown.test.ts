import * as assert from "node:assert/strict";
import { familyNames } from "../../policies/families";
import { type Asked, judge, unknown } from "../../policies/judge";
import { listAt, type Manifest, objectOf } from "../../policies/objects/manifest";
import { changed, sample } from "../unit/checks.sample";

type Path = readonly (string | number)[];

/** Every place in a value, lists and maps included. */
function placesIn(value: unknown, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [path];
  const inner = Array.isArray(value)
    ? value.flatMap((item, index) => placesIn(item, [...path, index]))
    : Object.entries(value).flatMap(([key, item]) => placesIn(item, [...path, key]));
  return path.length > 0 ? [path, ...inner] : inner;
}

/** A copy in which the value at a place is not known. */
function withUnknown(value: unknown, [key, ...rest]: Path): unknown {
  if (key === undefined) return unknown;
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string | number, unknown>;
  copy[key] = withUnknown(copy[key], rest);
  return copy;
}

const stackOf = (manifests: readonly Manifest[]): Asked[] =>
  manifests.map((props) => ({ urn: objectOf(props), props, protect: true }));

/** A stack in which one value of one object is not known. */
const hiding = (stack: readonly Asked[], object: string, place: Path): Asked[] =>
  stack.map((one) => (one.urn === object ? { ...one, props: withUnknown(one.props, place) } : one));

/** All places once that differ in more than the number of an item. */
function differentPlaces({ urn, props }: Asked): Path[] {
  const [kind] = urn.split(" ");
  return placesIn(props).filter((place) => {
    const shape = `${kind} ${place.join("/").replace(/\/\d+/g, "/*")}`;
    return !tried.has(shape) && tried.add(shape);
  });
}
const tried = new Set<string>();
const right = stackOf(sample);

const mainOf = (kind: string) =>
  listAt<object>(
    sample.find((one) => one.kind === kind),
    "spec",
    "template",
    "spec",
    "containers",
  )[0];

describe("what is not known yet", () => {
  for (const one of right) {
    const places = differentPlaces(one);
    it(`is never taken for wrong: ${places.length} places of ${one.urn}`, () => {
      for (const place of places) {
        const stack = hiding(right, one.urn, place);
        for (const name of familyNames) {
          assert.deepEqual(judge(name, stack, []).violations, [], `${name}, ${place.join("/")}`);
        }
      }
    });
  }

  /** Pulumi's Secret hides all its entries when it must hide one. */
  const inSecret = ["stringData"];
  const checksum = ["spec", "template", "metadata", "annotations", "t/checksum"];
  const main = "spec.template.spec.containers.0";
  /** What a first preview of a stack does not know. */
  const first = (stack: readonly Asked[]) =>
    hiding(hiding(stack, "Secret t-storage/db", inSecret), "StatefulSet t-storage/db", checksum);

  it("makes no family wait where it is a generated password or a checksum", () => {
    for (const name of familyNames) assert.deepEqual(judge(name, first(right), []).waits, [], name);
  });

  it("may be the keys of a Secret, whoever reads them", () => {
    const container = (more: object) =>
      changed("Deployment", "app", "spec.template.spec.containers.0", { ...mainOf("Deployment"), ...more }).map(
        (one) => (one.kind === "Secret" ? { ...one, metadata: { ...one.metadata, namespace: "t-data" } } : one),
      );
    const readers = [
      container({ envFrom: [{ secretRef: { name: "db" } }], args: ["$(PASSWORD)"] }),
      container({ envFrom: [{ secretRef: { name: "db" } }], env: [{ name: "A", value: "$(PASSWORD)" }] }),
    ];
    for (const reader of readers) {
      const said = judge("references", hiding(stackOf(reader), "Secret t-data/db", inSecret), []);
      assert.deepEqual([said.violations.filter(({ message }) => message.includes("t-data/app")), said.waits], [[], []]);
    }
  });

  it("hides no violation beside it", () => {
    const wrong = stackOf(changed("StatefulSet", "db", `${main}.securityContext.privileged`, true));
    const stack = hiding(first(wrong), "StatefulSet t-storage/db", [...main.split("."), "image"]);
    assert.deepEqual(
      familyNames.flatMap((name) => judge(name, stack, []).violations.map(({ message }) => message)),
      ["StatefulSet t-storage/db: container db: privileged is true instead of false"],
    );
  });

  it("makes a family wait where it says which object is meant, and is named then", () => {
    const place = ["roleRef", "name"];
    const { violations, waits } = judge("rbac", hiding(right, "RoleBinding t-storage/db", place), []);
    assert.deepEqual(violations, []);
    assert.deepEqual(waits, [{ urn: "RoleBinding t-storage/db", path: "roleRef/name" }]);
  });

  it("is judged when it is known", () => {
    const leak = stackOf(changed("ConfigMap", "db", "data.x", "correct-horse"));
    assert.deepEqual(judge("secrets", first(leak), []).violations, []);
    assert.match(judge("secrets", leak, []).violations[0]?.message ?? "", /contains the value of Secret t-storage\/db/);
  });
});
