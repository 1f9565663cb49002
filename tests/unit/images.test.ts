import * as assert from "node:assert/strict";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import {
  imageNames,
  imageReference,
  imageSources,
  imageVersion,
  publishedImages,
  sandboxImage,
} from "../../components/core/images";
import { standIns, unavailable } from "../../sandbox/images/standins";

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

  it("of the platform's own have bases through the mirror of their registry, in the catalogue or not", () => {
    const mirrors = { "docker.io": "registry.example.com/docker" };
    const { containerfile } = imageSources("flink", { ...plain, mirrors });
    assert.match(containerfile, /^FROM registry\.example\.com\/docker\/library\/flink:\d/m);
    assert.doesNotMatch(containerfile, /^FROM docker\.io/m);
  });

  it("are all found by Renovate's pattern", () => {
    const { customManagers } = JSON.parse(fs.readFileSync(path.join(root, "renovate.json"), "utf8")) as {
      customManagers: readonly { matchStrings: readonly string[] }[];
    };
    const text = fs.readFileSync(path.join(root, "components/core/image-catalogue.json"), "utf8");
    const found = [...text.matchAll(new RegExp(customManagers[0]?.matchStrings[0] ?? "", "g"))];
    assert.equal(found.length, publishedImages.length);
  });

  it("all have a stand-in, so that the sandbox can run them, or it is told why not", () => {
    const known = [...Object.keys(standIns), ...Object.keys(unavailable)];
    assert.deepEqual(imageNames.map(sandboxImage).sort(), known.sort());
  });

  it("of Kafka Connect has the same plugins in the cluster and in the sandbox", () => {
    const folder = path.join(root, "images/kafka-connect");
    const pins = fs.readFileSync(path.join(folder, "maven.sha256"), "utf8").trim().split("\n");
    const named = (end: string) =>
      pins.filter((pin) => pin.endsWith(end)).map((pin) => `${pin.slice(0, 66)}${path.basename(pin)}\n`);
    const standIn = standIns[sandboxImage("kafka-connect")];
    const expected = ["debezium", "jdbc", "iceberg"].map((plugin) => standIn?.downloads[plugin]);
    const iceberg = named(".jar").sort((a, b) => (a.slice(66) < b.slice(66) ? -1 : 1));
    assert.deepEqual(
      [
        ...["postgres", "jdbc"].map((database) =>
          named(".tar.gz")
            .find((pin) => pin.includes(`-${database}-`))
            ?.slice(0, 64),
        ),
        createHash("sha256").update(iceberg.join("")).digest("hex"),
      ],
      expected.map((download) => download && "sha256" in download && download.sha256),
    );
    assert.equal(pins.length, iceberg.length + 2);
  });

  it("of Grafana is of the version whose schema dashboards are checked against", () => {
    const { devDependencies } = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8")) as {
      devDependencies: Readonly<Record<string, string>>;
    };
    assert.equal(imageVersion("grafana", plain), devDependencies["@grafana/schema"]);
  });

  it("of Spark has the same pins in the cluster and in the sandbox", () => {
    const text = (file: string) => fs.readFileSync(path.join(root, "images/spark", file), "utf8");
    const downloads = standIns[sandboxImage("spark")]?.downloads ?? {};
    const sha256 = (of: string) => createHash("sha256").update(of).digest("hex");
    const jars = text("maven.sha256").trim().split("\n");
    // As `sha256sum *` has them: in the order of the files' names.
    const listed = jars.map((pin) => `${pin.slice(0, 66)}${path.basename(pin)}\n`);
    listed.sort((a, b) => (a.slice(66) < b.slice(66) ? -1 : 1));
    assert.deepEqual(downloads.jars, { pom: "spark/pom.xml", sha256: sha256(listed.join("")) });
    const [, pyspark, archive] = /^(\S+) --hash=sha256:([0-9a-f]{64})$/m.exec(text("pyspark.txt")) ?? [];
    assert.deepEqual(downloads.spark, { pypi: pyspark, sha256: archive, source: true });
    assert.equal(pyspark, `pyspark==${imageVersion("spark", plain)}`);
    assert.ok("requirements" in (downloads.wheels ?? {}));
    for (const [, name, hashes = ""] of text("requirements.txt").matchAll(/^(\S+==\S+)((?: \\\n\s+--hash=\S+)*)$/gm)) {
      // Of one Python only where the wheel is for all of them.
      assert.match(hashes, /--hash=sha256:[0-9a-f]{64}/, name);
    }
    const [built] = text("build.txt").split(" ");
    assert.equal(fs.readFileSync(path.join(root, "sandbox/images/python-build.txt"), "utf8").trim(), built);
  });

  it("that are based on others come from the mirror of their registry", () => {
    const mirrors = { "registry.access.redhat.com": "registry.example.com/redhat" };
    const bases = (settings: typeof plain) =>
      [...imageSources("spark", settings).containerfile.matchAll(/^FROM (\S+)/gm)].map((match) => match[1] ?? "");
    assert.equal(bases(plain).length, 2);
    assert.deepEqual(
      bases({ ...plain, mirrors }),
      bases(plain).map((base) => base.replace("registry.access.redhat.com", "registry.example.com/redhat")),
    );
  });

  it("of Flink has the same connectors in the cluster and in the sandbox", () => {
    const pins = fs.readFileSync(path.join(root, "images/flink/maven.sha256"), "utf8").trim().split("\n");
    const jars = pins.map((pin) => `${pin.slice(0, 66)}${path.basename(pin)}\n`);
    const standIn = standIns[sandboxImage("flink")]?.downloads.jars;
    const found = createHash("sha256").update(jars.join("")).digest("hex");
    assert.equal(found, standIn && "sha256" in standIn && standIn.sha256);
  });

  it("of Kafka Connect is based on the brokers' image", () => {
    const containerfile = fs.readFileSync(path.join(root, "images/kafka-connect/Containerfile"), "utf8");
    const bases = [...containerfile.matchAll(/^FROM (\S+)/gm)].map((match) => match[1]);
    assert.deepEqual([...new Set(bases.slice(1))], [imageReference("kafka", plain)]);
    assert.equal(bases.length, 3);
  });
});
