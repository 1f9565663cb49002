import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import images from "../../components/core/image-catalogue.json";
import { standIns } from "../../sandbox/images/standins";

const folder = path.join(__dirname, "../../sandbox/images");
const reference = ({ registry, repository, tag }: (typeof images)["kafka"]) => `${registry}/${repository}:${tag}`;

describe("stand-ins", () => {
  const all = Object.entries(standIns).map(([image, standIn]) => {
    const file = fs.readFileSync(path.join(folder, standIn.folder, "Containerfile"), "utf8");
    return { image, ...standIn, file, final: file.slice(file.lastIndexOf("\nFROM ")) };
  });

  it("are based on what is built before them", () => {
    const built = new Set(["trixie", "busybox", "jdk21", "jdk25"]);
    for (const { image, base, folder } of all) {
      assert.ok(built.has(base), `${image}: ${base}`);
      built.add(folder);
    }
  });

  for (const { image, file, final, downloads, differences } of all) {
    it(`${image} uses each of its downloads, and has no compiler in it`, () => {
      const used = new Set([...file.matchAll(/\/mnt\/([a-z][a-z0-9_-]*)/g)].map(([, key]) => key));
      assert.deepEqual([...used].sort(), Object.keys(downloads).sort());
      assert.doesNotMatch(final, /javac|jdk-headless|gcc/);
    });

    it(`${image} tells each difference in one line`, () => {
      assert.ok(differences.length > 0);
      for (const difference of differences) assert.doesNotMatch(difference, /\n|\.$/);
    });
  }

  it("of Schema Registry and Kafka-UI are other products, and only those", () => {
    const others = all.filter(({ anotherProduct }) => anotherProduct).map(({ image }) => image);
    assert.deepEqual(others, [reference(images["schema-registry"]), reference(images["kafka-ui"])]);
  });

  it("of Schema Registry answers with the version of its image", () => {
    const program = fs.readFileSync(path.join(folder, "schema-registry/SchemaRegistry.java"), "utf8");
    assert.match(
      program,
      new RegExp(`"version\\\\":\\\\"${images["schema-registry"].tag.replaceAll(".", "\\.")}\\\\"`),
    );
  });
});

describe("schema-registry-start", () => {
  /** Runs it with a `java` that tells its arguments, one a line, and the heap that it is to give to Apicurio. */
  function start(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const bin = fs.mkdtempSync(path.join(os.tmpdir(), "schema-registry-"));
    fs.writeFileSync(path.join(bin, "java"), '#!/bin/sh\nprintf "%s\\n" "$@" "registry: $REGISTRY_JAVA_OPTS"\n', {
      mode: 0o755,
    });
    const script = path.join(folder, "schema-registry/schema-registry-start");
    const { status, stdout, stderr } = spawnSync(script, args, {
      encoding: "utf8",
      env: { PATH: `${bin}:${process.env.PATH}`, ...env },
    });
    fs.rmSync(bin, { recursive: true });
    return { status, lines: stdout.trimEnd().split("\n"), stderr };
  }

  it("gives the agent and the login to the JVM that stays, and the heap to Apicurio", () => {
    const { status, lines } = start(["/etc/schema-registry/schema-registry.properties"], {
      SCHEMA_REGISTRY_HEAP_OPTS: "-Xms384m -Xmx384m",
      SCHEMA_REGISTRY_OPTS: "-javaagent:/agent.jar=9404:/rules.yml -Djava.security.auth.login.config=/jaas.conf",
      SCHEMA_REGISTRY_LOG4J_OPTS: "-Dlog4j2.configurationFile=/log4j2.yaml",
    });
    assert.equal(status, 0);
    for (const option of [
      "-javaagent:/agent.jar=9404:/rules.yml",
      "-Djava.security.auth.login.config=/jaas.conf",
      "-Dlog4j2.configurationFile=/log4j2.yaml",
    ]) {
      assert.ok(lines.includes(option), option);
    }
    assert.ok(!lines.includes("-Xmx384m"));
    assert.deepEqual(lines.slice(-3, -1), ["SchemaRegistry", "/etc/schema-registry/schema-registry.properties"]);
    assert.match(lines.at(-1) ?? "", /^registry: -Xms384m -Xmx384m -XX:/);
  });

  it("wants one properties file", () => {
    for (const args of [[], ["-daemon", "a.properties"]]) {
      const { status, stderr } = start(args);
      assert.equal(status, 1);
      assert.match(stderr, /^USAGE: .*schema-registry-start schema-registry\.properties/);
    }
  });
});
