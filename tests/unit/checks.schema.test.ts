import * as assert from "node:assert/strict";
import { type Manifest, report } from "../../policies/objects/manifest";
import { schema } from "../checks/schema";
import { kubernetesVersions, loadSchemas, type Schemas } from "../schemas";
import { changed, sample } from "./checks.sample";

const container = "spec.template.spec.containers.0";

const openshift = (group: string, kind: string, rest: object): Manifest => ({
  ...{ apiVersion: `${group}.openshift.io/v1`, kind, metadata: { name: "x", namespace: "t-data" } },
  ...rest,
});
const docker = { type: "Docker", dockerStrategy: { buildArgs: [{ name: "a", value: "b" }] } };
const build = (spec: object) => openshift("build", "Build", { spec: { strategy: docker, ...spec } });

describe("schemas of Kubernetes and OpenShift", function () {
  this.timeout(120_000); // the first time they are downloaded
  let schemas: Schemas;
  before(async () => {
    schemas = await loadSchemas();
  });
  const judge = (version: keyof Schemas, ...manifests: readonly Manifest[]) =>
    report(schema(version, schemas[version])(manifests));

  for (const version of kubernetesVersions) {
    it(`${version}: accepts the sample, whose objects stay as they were`, () => {
      const before = JSON.stringify(sample);
      assert.equal(judge(version, ...sample), "");
      assert.equal(JSON.stringify(sample), before);
    });

    it(`${version}: takes less than two seconds`, () => {
      const start = performance.now();
      judge(version, ...sample);
      assert.ok(performance.now() - start < 2000);
    });

    for (const [what, broken, says] of [
      [
        "an unknown field",
        changed("Deployment", "app", `${container}.memory`, "1Gi"),
        /containers.0: unknown field "memory"/,
      ],
      [
        "an unknown field of metadata",
        changed("Service", "app", "metadata.lables", {}),
        /metadata: unknown field "lables"/,
      ],
      [
        "an unknown field of a selector",
        changed("NetworkPolicy", "db", "spec.podSelector.labels", {}),
        /unknown field "labels"/,
      ],
      ["a wrong type", changed("Deployment", "app", "spec.replicas", "3"), /spec.replicas: must be integer/],
      ["a number out of range", changed("Deployment", "app", "spec.replicas", 2 ** 40), /int32/],
      ["a missing field", changed("Deployment", "app", `${container}.name`, undefined), /required property 'name'/],
      ["data that is no base64", changed("Secret", "db", "data", { a: "#" }), /data.a: .*byte/],
      ["an unknown kind", changed("Service", "app", "apiVersion", "v2"), /has no kind "v2 Service"/],
      ["a retired version", changed("PodDisruptionBudget", "db", "apiVersion", "policy/v1beta1"), /has no kind/],
      ["an unknown field of a Route", changed("Route", "app", "spec.hostname", "x"), /spec: unknown field "hostname"/],
      [
        "an unknown word of a Route",
        changed("Route", "app", "spec.tls.termination", "edgy"),
        /allowed are edge, reencrypt, passthrough/,
      ],
      [
        "a condition of a Route",
        changed("Route", "app", "spec", {
          host: "",
          to: { kind: "Service", name: "app" },
          wildcardPolicy: "Subdomain",
        }),
        /spec: must/,
      ],
      [
        "a field missing in an SCC",
        [openshift("security", "SecurityContextConstraints", {})],
        /required property 'allowHostPID'/,
      ],
      ["an unknown field of a Build", [build({ outptu: {} })], /unknown field "outptu"/],
      [
        "an unknown field deep in a Build",
        [build({ strategy: { ...docker, dockerStrategy: { args: [] } } })],
        /dockerStrategy: unknown field "args"/,
      ],
      [
        "an unknown field of an ImageStream",
        [openshift("image", "ImageStream", { spec: { lookup: {} } })],
        /unknown field "lookup"/,
      ],
    ] as const) {
      it(`${version}: finds ${what}`, () => assert.match(judge(version, ...broken), says));
    }

    it(`${version}: accepts a Build and an ImageStream`, () => {
      const tags = [{ name: "1", from: { kind: "DockerImage", name: "docker.io/library/busybox:1" } }];
      const stream = openshift("image", "ImageStream", { spec: { lookupPolicy: { local: true }, tags } });
      const output = { to: { kind: "ImageStreamTag", name: "x:1" } };
      assert.equal(judge(version, build({ output, resources: { limits: { cpu: "1" } } }), stream), "");
    });
  }

  it("fills in defaults before it judges a Route", () =>
    assert.equal(judge("1.34", ...changed("Route", "app", "spec.host", undefined)), ""));

  for (const [what, path, value] of [
    ["a native sidecar", `${container}.restartPolicy`, "Always"],
    ["a sleeping hook", `${container}.lifecycle`, { preStop: { sleep: { seconds: 5 } } }],
    ["a supplemental groups policy", "spec.template.spec.securityContext.supplementalGroupsPolicy", "Strict"],
  ] as const) {
    it(`1.26 refuses ${what}, 1.34 knows it`, () => {
      const newer = changed("Deployment", "app", path, value);
      assert.match(judge("1.26", ...newer), /unknown field/);
      assert.equal(judge("1.34", ...newer), "");
    });
  }
});
