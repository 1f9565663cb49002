import * as assert from "node:assert/strict";
import { imageSources } from "../../components/core/images";
import { field, type Manifest, ofKind } from "../../policies/objects/manifest";
import { render, stackConfig } from "../../scripts/lib/render";

const base =
  /^FROM (\S+)$/m.exec(imageSources("kafka-connect", { mirrors: {}, overrides: {} }).containerfile)?.[1] ?? "";

describe("an image of the platform's own", function () {
  this.timeout(60_000);
  /** What a stack has for the image. */
  async function built(config: object = {}) {
    const { manifests } = (await render({
      ...stackConfig("standalone"),
      "datalyptica:services": JSON.stringify(["kafka", "schema-registry", "kafka-connect"]),
      ...Object.fromEntries(
        Object.entries(config).map(([key, value]) => [`datalyptica:${key}`, JSON.stringify(value)]),
      ),
    })) as { manifests: readonly Manifest[] };
    const [build] = ofKind(manifests, "Build");
    const pods = ofKind(manifests, "StatefulSet").find(({ metadata }) => metadata.name === "kafka-connect");
    const image = field<{ image: string }[]>(pods, "spec", "template", "spec", "containers")?.[0]?.image;
    const policies = ofKind(manifests, "NetworkPolicy").map(({ metadata }) => metadata.name);
    return {
      image,
      dockerfile: field<string>(build, "spec", "source", "dockerfile"),
      name: build?.metadata.name,
      tag: field<string>(build, "spec", "output", "to", "name"),
      streams: ofKind(manifests, "ImageStream").map(({ metadata }) => metadata.name),
      mayBuild: policies.includes("kafka-connect-build"),
    };
  }
  let plain: Awaited<ReturnType<typeof built>>;
  before(async () => {
    plain = await built();
  });

  it("is what pods run: the tag that the build pushes, of the stream in their namespace", () => {
    const { image, name, tag = "", streams, mayBuild } = plain;
    assert.equal(image, `image-registry.openshift-image-registry.svc:5000/datalyptica-dev-control/${tag}`);
    assert.equal(tag.replace(":", "-"), name);
    assert.deepEqual(streams, ["kafka-connect"]);
    assert.ok(mayBuild);
  });

  it("is another build and another tag when its text is another, and the same when it is the same", async () => {
    const mirrors = { registryMirrors: { [base.split("/")[0] ?? ""]: "registry.example.com/mirror" } };
    const mirrored = await built(mirrors);
    assert.notEqual(mirrored.name, plain.name);
    assert.notEqual(mirrored.tag, plain.tag);
    assert.notEqual(mirrored.image, plain.image);
    assert.deepEqual(await built(mirrors), mirrored);
  });

  it("is based on what a mirror has, in place of the registry itself", async () => {
    const [registry = "", ...path] = base.split("/");
    const { dockerfile } = await built({ registryMirrors: { [registry]: "registry.example.com/mirror" } });
    assert.equal(dockerfile, plain.dockerfile?.replaceAll(base, ["registry.example.com/mirror", ...path].join("/")));
    assert.match(dockerfile ?? "", /^FROM registry\.example\.com\/mirror\//m);
  });

  it("is not built where a ready-made one is named", async () => {
    const ready = "registry.example.com/kafka-connect:7";
    assert.deepEqual(await built({ images: { "kafka-connect": ready } }), {
      image: ready,
      dockerfile: undefined,
      name: undefined,
      tag: undefined,
      streams: [],
      mayBuild: false,
    });
  });
});
