import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as net from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { caughtUpScript, rackScript, userScript } from "../../components/control/kafka/scripts";

/** Runs a script with programs of the test's in the place of the image's. */
function run(script: string, files: Readonly<Record<string, string>>, env: Readonly<Record<string, string>> = {}) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "kafka-"));
  try {
    for (const [name, text] of Object.entries(files)) {
      const file = path.join(folder, name);
      fs.mkdirSync(path.dirname(file), { recursive: true });
      fs.writeFileSync(file, text, { mode: 0o755 });
    }
    const moved = script.replace(/\/(opt\/kafka|etc|tmp|var)(?=\/)/g, `${folder}$&`);
    fs.mkdirSync(path.join(folder, "tmp"), { recursive: true });
    const { status, stdout, stderr } = spawnSync("bash", ["-ec", moved], {
      env: { PATH: `${folder}/bin:${process.env.PATH}`, FOLDER: folder, ...env },
      encoding: "utf8",
    });
    const log = path.join(folder, "log");
    const rack = path.join(folder, "tmp/rack");
    return {
      status,
      stdout,
      stderr,
      calls: fs.existsSync(log) ? fs.readFileSync(log, "utf8").trim().split("\n") : [],
      rack: fs.existsSync(rack) ? fs.readFileSync(rack, "utf8").trim() : undefined,
    };
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

describe("a user of Kafka", () => {
  const tool = (name: string, output = "") => ({
    [`opt/kafka/bin/kafka-${name}.sh`]: `#!/bin/bash\necho "${name} $*" >> "$FOLDER/log"\n${output}`,
  });
  const listed = (resource: string, ...operations: string[]) =>
    [
      `Current ACLs for resource \`ResourcePattern(${resource})\`:`,
      ...operations.map((each) => ` \t(principal=User:u, host=*, operation=${each}, permissionType=ALLOW)`),
    ].join("\n");

  const result = run(
    userScript,
    {
      "etc/credentials/password": "secret-word",
      "etc/provision/topics": "events 3\ncompacted 1 cleanup.policy=compact retention.ms=1\n",
      "etc/provision/acls":
        "topic cdc. prefixed Read DescribeConfigs\ngroup * literal Describe\ncluster kafka-cluster literal Describe\n",
      ...tool("configs"),
      ...tool("topics"),
      ...tool(
        "acls",
        `if [[ $* == *--list* ]]; then cat <<'LIST'
${listed("resourceType=TOPIC, name=cdc., patternType=PREFIXED", "READ", "DESCRIBE_CONFIGS", "WRITE")}
${listed("resourceType=TRANSACTIONAL_ID, name=old, patternType=LITERAL", "IDEMPOTENT_WRITE")}
${listed("resourceType=CLUSTER, name=kafka-cluster, patternType=LITERAL", "DESCRIBE", "ALTER")}
LIST
fi`,
      ),
    },
    { BOOTSTRAP: "kafka:9091", KAFKA_USER: "u" },
  );
  const called = (part: string) =>
    result.calls.filter((call) => call.includes(part)).map((call) => call.split(" --").slice(3).join(" --"));

  it("is made without its password in any argument", () => {
    assert.equal(result.status, 0, result.stderr);
    assert.match(result.calls[0] ?? "", /^configs .*--entity-type users --entity-name u --add-config-file /);
    assert.ok(!result.calls.join("\n").includes("secret-word"));
  });

  it("gets its topics, with their settings", () => {
    assert.deepEqual(called("--create"), [
      "create --if-not-exists --topic events --partitions 3",
      "create --if-not-exists --topic compacted --partitions 1",
    ]);
    assert.deepEqual(called("--entity-type topics"), [
      "alter --entity-type topics --entity-name compacted --add-config cleanup.policy=compact,retention.ms=1",
    ]);
  });

  it("gets the rights that are declared, whatever characters they have", () => {
    assert.deepEqual(called("--add "), [
      "add --allow-principal User:u --topic cdc. --resource-pattern-type prefixed --operation Read --operation DescribeConfigs",
      "add --allow-principal User:u --group * --resource-pattern-type literal --operation Describe",
      "add --allow-principal User:u --cluster --operation Describe",
    ]);
  });

  it("loses the rights that are declared no more, and no others", () => {
    assert.deepEqual(called("--remove"), [
      "remove --force --allow-principal User:u --topic cdc. --resource-pattern-type prefixed --operation Write",
      "remove --force --allow-principal User:u --transactional-id old --resource-pattern-type literal --operation IdempotentWrite",
      "remove --force --allow-principal User:u --cluster --operation Alter",
    ]);
  });
});

describe("a broker that starts", () => {
  const partition = (replicas: string, inSync: string) =>
    `\tTopic: t\tPartition: 0\tLeader: 1\tReplicas: ${replicas}\tIsr: ${inSync}\tElr: \tLastKnownElr: `;
  let listener: net.Server;
  let script: string;
  before(async () => {
    listener = net.createServer((socket) => socket.end());
    await new Promise<void>((resolve) => listener.listen(0, "localhost", resolve));
    const { port } = listener.address() as net.AddressInfo;
    script = caughtUpScript.replaceAll("9091", `${port}`);
  });

  const judged = (lines: readonly string[], status = 0) =>
    run(
      script,
      { "opt/kafka/bin/kafka-topics.sh": `#!/bin/bash\ncat <<'END'\n${lines.join("\n")}\nEND\nexit ${status}` },
      { POD_NAME: "kafka-broker-1" },
    );

  it("has started when no partition lacks it", () => {
    assert.equal(judged([]).status, 0);
    assert.equal(judged([partition("2,0,11", "2")]).status, 0, "others lag");
    assert.equal(judged([partition("2,0,1", "1,2")]).status, 0, "another lags");
  });

  it("has not started as long as one does", () => {
    assert.equal(judged([partition("2,0,11", "2"), partition("0,1,2", "0,2,11")]).status, 1);
    assert.equal(judged([partition("0,1,2", "")]).status, 1, "nobody is in sync");
    assert.notEqual(judged([], 1).status, 0, "Kafka's tool fails");
  });

  it("has not started before its port is open", async () => {
    await new Promise((resolve) => listener.close(resolve));
    assert.notEqual(judged([]).status, 0);
  });
});

describe("a broker's rack", () => {
  const node = (labels: object) =>
    run(
      rackScript,
      {
        "bin/curl": `#!/bin/bash\ncat <<'END'\n${JSON.stringify({ metadata: { labels } }, null, 2)}\nEND`,
        "var/run/secrets/kubernetes.io/serviceaccount/token": "token",
      },
      { NODE_NAME: "node-7" },
    );

  it("is its node's zone", () => {
    assert.equal(node({ "topology.kubernetes.io/zone": "zone-b", other: "x" }).rack, "zone-b");
  });

  it("is its node where there are no zones", () => {
    assert.equal(node({ other: "x" }).rack, "node-7");
  });
});
