import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { imageReference, imageVersion, ownImages, publishedImages } from "../../components/core/images";
import { standIns } from "../../sandbox/images/standins";

const plain = { mirrors: {}, overrides: {} };
const root = path.join(__dirname, "../..");

describe("images", () => {
  it("come from the catalogue, a mirror or an override", () => {
    assert.equal(imageReference("trino", plain), "docker.io/trinodb/trino:483");
    const mirrors = { "docker.io": "registry.example.com/docker" };
    assert.equal(imageReference("trino", { ...plain, mirrors }), "registry.example.com/docker/trinodb/trino:483");
    const overrides = { trino: "example.com/own/trino:484-fix" };
    assert.equal(imageReference("trino", { mirrors, overrides }), "example.com/own/trino:484-fix");
    assert.equal(imageVersion("trino", { mirrors, overrides }), "484-fix");
  });

  it("have a version label even when an override is a digest", () => {
    const overrides = { trino: `example.com/own/trino@sha256:${"0".repeat(64)}` };
    assert.equal(imageVersion("trino", { mirrors: {}, overrides }), "sha256-000000000000");
  });

  it("are all found by Renovate's pattern", () => {
    const { customManagers } = JSON.parse(fs.readFileSync(path.join(root, "renovate.json"), "utf8")) as {
      customManagers: readonly { matchStrings: readonly string[] }[];
    };
    const text = fs.readFileSync(path.join(root, "components/core/image-catalogue.json"), "utf8");
    const found = [...text.matchAll(new RegExp(customManagers[0]?.matchStrings[0] ?? "", "g"))];
    assert.equal(found.length, publishedImages.length);
  });

  /** For the time until their stand-ins are made. Remove each with its stand-in. */
  const withoutStandIn: readonly string[] = ["kafka-connect"];

  it("all have a stand-in, so that the sandbox can run them", () => {
    const own = ownImages
      .filter((name) => !withoutStandIn.includes(name))
      .map((name) => `sandbox.local/${name}:${imageVersion(name, plain)}`);
    const published = publishedImages
      .filter((name) => !withoutStandIn.includes(name))
      .map((name) => imageReference(name, plain));
    assert.deepEqual([...own, ...published].sort(), Object.keys(standIns).sort());
  });
});
