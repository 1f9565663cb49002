import * as assert from "node:assert/strict";
import { type FamilyName, familyNames } from "../../policies/families";
import { type Asked, judge } from "../../policies/judge";
import { type Manifest, objectOf } from "../../policies/objects/manifest";
import { changedIn, sample } from "../unit/checks.sample";
import { type Violation, violations } from "./violations";

/** What the whole pack says of a stack: `family: Kind namespace/name: message`. */
const verdict = (stack: readonly Asked[]) =>
  familyNames.flatMap((name) => judge(name, stack, []).violations.map(({ message }) => `${name}: ${message}`));

const right: readonly Asked[] = sample.map((props) => ({ urn: objectOf(props), props, protect: true }));

/** The sample's object that a violation is about; its name may be given with the namespace. */
function target(object: string): Asked {
  const found = right.find(({ urn }) => urn === object || urn.replace(/ .*\//, " ") === object);
  assert.ok(found, `the sample has no ${object}`);
  return found;
}

function broken([, object, path, value]: Violation): Asked {
  const old = target(object);
  if (path === "protect") return { ...old, protect: value === true };
  const manifest = old.props as Manifest;
  const [props] = changedIn([manifest], manifest.kind, manifest.metadata.name, path, value);
  assert.notDeepEqual(props, manifest);
  return { ...old, props };
}

describe("the policy pack", () => {
  it("has nothing to say about what is right", () => assert.deepEqual(verdict(right), []));

  it("is tried with at least 40 violations, some of each family", () => {
    const counts = familyNames.map((name) => violations[name].length);
    assert.ok(Math.min(...counts) > 0);
    assert.ok(counts.reduce((a, b) => a + b) >= 40);
  });

  for (const [family, cases] of Object.entries(violations) as [FamilyName, readonly Violation[]][]) {
    for (const violation of cases) {
      it(`finds by ${family}: ${violation[0]}`, () => {
        const [, object, , , says, on = object] = violation;
        const wrong = broken(violation);
        const said = verdict(right.map((one) => (one.urn === wrong.urn ? wrong : one)));
        const expected = on === object ? wrong : target(on);
        assert.notDeepEqual(said, []);
        for (const message of said) {
          assert.ok(message.startsWith(`${family}: ${objectOf(expected.props as Manifest)}: `), message);
          assert.match(message, says);
        }
      });
    }
  }
});
