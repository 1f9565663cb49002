import * as assert from "node:assert/strict";
import type { JavaTrust } from "../../components/core/java";
import { limits } from "../../components/core/limits";
import { profiles, type Size } from "../../components/core/profiles";
import { mebibytes } from "../../components/core/quantities";
import * as config from "../../components/data/spark/config";
import type { Bucket } from "../../components/storage/minio";
import { runScript } from "../support/scripts";

const size = (memory: string, cpuLimit = "4"): Size => ({
  replicas: 3,
  cpu: "1",
  memory,
  cpuLimit,
  memoryLimit: memory,
});
const bucket = (name: string) => ({ bucket: name, endpoint: "https://s3:9000", region: "us-east-1" }) as Bucket;
const storage = {
  catalog: { uri: "https://nessie:19120/iceberg", storage: bucket("lakehouse") },
  events: bucket("spark-events"),
  landing: bucket("landing"),
} as unknown as config.Storage;

/** Settings as Spark reads them. */
const read = (text: string): ReadonlyMap<string, string> =>
  new Map(
    text
      .split("\n")
      .filter(Boolean)
      .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
const connect = (worker = size("14Gi")) =>
  read(
    config.connectProperties({
      secret: "hush",
      master: "spark://spark-master-0:7077",
      size: size("4Gi"),
      worker,
      trust: { options: ["-Dtrust=yes"] } as unknown as JavaTrust,
      storage,
    }),
  );

describe("a Spark worker", () => {
  const sizes = [
    profiles.ha["spark-worker"],
    profiles.standalone["spark-worker"],
    ...["1280Mi", "2Gi", "3Gi", "8Gi", "60Gi"].flatMap((memory) =>
      ["500m", "1", "2", "16"].map((cpu) => size(memory, cpu)),
    ),
  ];

  it("offers what its memory and its CPU carry, each executor the heap that Spark demands", () => {
    for (const each of sizes) {
      const { cores, executorHeap, daemonHeap, memory } = config.workerOf(each);
      const what = `${each.memory}, ${each.cpuLimit} cores: ${cores} x ${executorHeap}m`;
      assert.ok(cores >= 1 && cores <= Math.max(1, Number.parseFloat(each.cpuLimit)), what);
      // 450 MiB are Spark's least; a JVM has a few hundred beside its heap, and Python comes on top.
      assert.ok(executorHeap >= 450, what);
      assert.ok(daemonHeap + 100 + cores * (executorHeap + 300) <= mebibytes(each.memory), what);
      assert.equal(memory, cores * executorHeap);
    }
  });

  it("is refused where it could not hold one executor", () => {
    const least = limits["spark-worker"].memory;
    assert.ok(config.workerOf(size(least)).executorHeap >= 450);
    assert.ok(config.workerOf(size("1000Mi")).executorHeap < 450);
  });

  it("has a port for each executor, and one more", () => {
    for (const cores of [1, 4]) {
      const ports = config.blockPorts(cores);
      assert.equal(ports.length, cores + 1);
      assert.ok(!ports.includes(config.ports.driver.blocks));
    }
  });
});

describe("Spark Connect's settings", () => {
  it("let executors take exactly the ports that policies let through", () => {
    for (const worker of [size("14Gi"), size("1280Mi")]) {
      const settings = connect(worker);
      const ports = config.blockPorts(config.workerOf(worker).cores);
      assert.equal(settings.get("spark.blockManager.port"), `${ports[0]}`);
      assert.equal(settings.get("spark.port.maxRetries"), `${ports.length - 1}`);
      assert.equal(settings.get("spark.executor.cores"), "1");
    }
  });

  it("leave the cores of one worker to others, and never all of them", () => {
    assert.equal(connect().get("spark.cores.max"), "8");
    assert.equal(connect({ ...size("14Gi"), replicas: 1 }).get("spark.cores.max"), "4");
    assert.equal(connect().get("spark.dynamicAllocation.maxExecutors"), connect().get("spark.cores.max"));
  });

  it("listen without TLS to the pod itself only", () => {
    assert.equal(connect().get("spark.connect.grpc.binding.address"), "127.0.0.1");
    assert.ok(!(Object.values(config.ports.driver) as number[]).includes(config.plainPort));
  });

  it("hold keys of buckets as names of variables", () => {
    const keys = [...connect()].filter(([key]) => /access[.-]key|secret[.-](key|access)/.test(key));
    assert.equal(keys.length, 6);
    for (const [key, value] of keys)
      assert.match(value, /^(env:|\$\{env\.)(LAKEHOUSE|EVENTS|LANDING)_\w+_KEY\}?$/, key);
  });
});

describe("Spark's processes", () => {
  const daemons = read(config.daemonProperties("hush"));

  it("have one secret, and notice messages that somebody changed", () => {
    for (const settings of [daemons, connect()]) {
      assert.equal(settings.get("spark.authenticate"), "true");
      assert.equal(settings.get("spark.authenticate.secret"), "hush");
      assert.equal(settings.get("spark.network.crypto.enabled"), "true");
      // AES-CTR, the default, is malleable.
      assert.equal(settings.get("spark.network.crypto.cipher"), "AES/GCM/NoPadding");
      assert.equal(settings.get("spark.network.crypto.saslFallback"), "false");
    }
    const history = config.historyProperties(storage.events);
    assert.doesNotMatch(history, /authenticate/);
  });

  it("keep on a volume what the master knows, and have no way to submit without the secret", () => {
    assert.equal(daemons.get("spark.deploy.recoveryMode"), "FILESYSTEM");
    assert.equal(daemons.get("spark.deploy.recoveryDirectory"), config.directories.recovery);
    assert.equal(daemons.get("spark.master.rest.enabled"), "false");
  });

  it("get a name for their user, and become the program with its arguments as they are", async () => {
    const script = config.startScript.replace('exec "$@"', 'exec "$0-program" "a b" "$@"');
    const { status, calls, file } = await runScript(`set -- x\n${script}`, {
      "bin/bash-program": '#!/bin/bash\nprintf "%s\\n" "$@" > "$FOLDER/log"\n',
    });
    assert.equal(status, 0);
    assert.deepEqual(calls, ["a b", "x"]);
    assert.match(file("tmp/passwd") ?? "", /^spark:x:\d+:\d+:Spark:\/tmp:\/bin\/sh\n$/);
    assert.match(file("tmp/group") ?? "", /^spark:x:\d+:\n$/);
  });
});
