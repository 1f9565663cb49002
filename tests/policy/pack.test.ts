import * as assert from "node:assert/strict";
import type { PolicyResource, ReportViolation, ResourceValidationArgs, StackValidationArgs } from "@pulumi/policy";
import { familyNames } from "../../policies/families";
import { type Manifest, objectOf } from "../../policies/objects/manifest";
import { policies } from "../../policies/pack";
import { changed, sample } from "../unit/checks.sample";

interface Reported {
  readonly policy: string;
  readonly message: string;
  readonly urn: string | undefined;
}

const typeOf = ({ apiVersion, kind }: Manifest) =>
  `kubernetes:${apiVersion.includes("/") ? apiVersion : `core/${apiVersion}`}:${kind}`;

/** As the SDK hands properties over: whoever reads what is not known yet gets an error. */
function asOfTheSdk<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  return new Proxy(value, {
    get: (target, key) => {
      const item: unknown = Reflect.get(target, key);
      if (item === notKnown) throw new Error(`${String(key)} can't be known during preview`);
      return typeof item === "function" ? item : asOfTheSdk(item);
    },
  });
}
const notKnown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** What the engine does with the pack: it shows each resource's inputs, then the stack's outputs. */
function run(
  asked: readonly Manifest[],
  {
    outputs = asked,
    more = [],
    protect = () => true,
  }: {
    readonly outputs?: readonly Manifest[];
    readonly more?: readonly PolicyResource[];
    readonly protect?: (manifest: Manifest) => boolean;
  } = {},
): Reported[] {
  const reported: Reported[] = [];
  const resource = (manifest: Manifest) =>
    ({
      ...{ type: typeOf(manifest), urn: `urn:${objectOf(manifest)}`, props: asOfTheSdk(manifest) },
      opts: { protect: protect(manifest) },
    }) as unknown as PolicyResource & ResourceValidationArgs;
  for (const policy of policies()) {
    const report: ReportViolation = (message, urn) => reported.push({ policy: policy.name, message, urn });
    if ("validateResource" in policy && typeof policy.validateResource === "function") {
      for (const manifest of asked) policy.validateResource(resource(manifest), report);
    }
    if ("validateStack" in policy) {
      // Ours answer at once.
      void policy.validateStack(
        { resources: [...outputs.map(resource), ...more] } as unknown as StackValidationArgs,
        report,
      );
    }
  }
  return reported;
}

const secret = changed("Secret", "db", "stringData.password", notKnown);
const replica = "spec.template.spec.containers.0";

describe("the pack as the engine runs it", () => {
  it("has one mandatory policy per family, and advisory ones that violate nothing", () => {
    const levels = policies().map(({ name, enforcementLevel }) => `${name} ${enforcementLevel}`);
    const mandatory = familyNames.map((name) => `${name} mandatory`);
    assert.deepEqual(levels, ["listen advisory", ...mandatory, "waiting advisory"]);
  });

  it("says nothing about a right stack, with or without what a preview does not know", () => {
    assert.deepEqual(run(sample), []);
    assert.deepEqual(run(secret), []);
  });

  it("reports a violation on the resource", () => {
    assert.deepEqual(run(changed("StatefulSet", "db", `${replica}.image`, "registry.example/db:latest")), [
      {
        policy: "images",
        message: 'StatefulSet t-storage/db: container db: image "registry.example/db:latest" has a tag that moves',
        urn: "urn:StatefulSet t-storage/db",
      },
    ]);
  });

  it("reports on the stack what is missing in a namespace that others made", () => {
    const own = changed("NetworkPolicy", "default-deny", "spec.policyTypes", ["Ingress"]);
    const said = run(own.filter(({ kind }) => kind !== "Namespace")).filter(({ policy }) => policy === "network");
    assert.deepEqual(said, [
      { policy: "network", message: "Namespace t-storage: no policy denies egress by default", urn: undefined },
    ]);
  });

  it("judges what the program asks for, not what the cluster made of it", () => {
    const filledIn = changed("StatefulSet", "db", "spec.persistentVolumeClaimRetentionPolicy", {});
    assert.deepEqual(run(sample, { outputs: filledIn }), []);
    assert.equal(run(filledIn)[0]?.policy, "fields");
  });

  it("leaves alone what the run does not ask for, but knows that it is there", () => {
    const wrong = changed("Deployment", "app", `${replica}.livenessProbe`, undefined);
    const targeted = wrong.filter(({ kind }) => kind !== "Deployment" && kind !== "Namespace");
    assert.deepEqual(run(targeted, { outputs: wrong }), []);
  });

  it("knows that an SCC has no namespace, whatever the provider says without a cluster", () => {
    const name = ["SecurityContextConstraints", "t-stateful"] as const;
    assert.deepEqual(run(changed(...name, "metadata.namespace", "default")), []);
  });

  it("sees what Pulumi protects", () => {
    const said = run(sample, { protect: ({ kind }) => kind !== "StatefulSet" });
    assert.deepEqual(
      said.map(({ policy, urn }) => `${policy} ${urn}`),
      ["data urn:StatefulSet t-storage/db"],
    );
  });

  it("passes over what is no Kubernetes object, and patches of others' objects", () => {
    const other = (type: string) => ({ type, urn: `urn:${type}`, props: {}, opts: {} }) as unknown as PolicyResource;
    const patch = { ...other("kubernetes:apps/v1:DeploymentPatch"), props: { kind: "Deployment", metadata: {} } };
    const more = [other("random:index/randomPassword:RandomPassword"), other("kubernetes:helm.sh/v3:Release"), patch];
    assert.deepEqual(run(sample, { more }), []);
  });

  it("says what it must wait for", () => {
    const said = run(changed("RoleBinding", "db", "roleRef.name", notKnown));
    assert.ok(said.every(({ policy, urn }) => policy === "waiting" && urn === "urn:RoleBinding t-storage/db"));
    assert.ok(said.some(({ message }) => message === "rbac: roleRef/name"));
  });

  it("fails on an object no rule can read, rather than passing it", () => {
    assert.throws(() => run(changed("StatefulSet", "db", `${replica}.env`, { A: "1" })), TypeError);
  });
});
