import * as assert from "node:assert/strict";
import type { FlinkJob } from "../../components/core/flink-jobs";
import type { Size } from "../../components/core/profiles";
import type { Source } from "../../components/core/sources";
import { grants, jobFiles, kafkaTable } from "../../components/data/flink/client";
import {
  jobManagerConfig,
  paths,
  slotsOf,
  sqlGatewayConfig,
  taskManagerConfig,
} from "../../components/data/flink/config";
import { jobManagerScript, jobsScript, sqlGatewayScript, taskManagerScript } from "../../components/data/flink/scripts";
import { runScript } from "../support/scripts";

const kafka = {
  reaches: [],
  ready: [],
  bootstrap: "kafka.x-control.svc.cluster.local:9092",
  username: "flink",
  credentials: {} as Source,
};
const job = (name: string, ...sql: string[]): FlinkJob => ({ name, reads: [`${name}-in`], writes: [], sql });
const bucket = {
  reaches: [],
  ready: [],
  bucket: "flink",
  endpoint: "https://minio",
  region: "us-east-1",
  credentials: {} as Source,
};
const size = (memory: string): Size => ({ replicas: 1, cpu: "1", memory, cpuLimit: "1", memoryLimit: memory });

/**
 * A curl in front of a JobManager and a SQL gateway: `$FOLDER/jobs` has a line for each job (ID, name, state, tasks that
 * run, all tasks). `$FOLDER/server` is asked last (`$method $path $data` -> `status`, `body`).
 */
const fakeCurl = `#!/bin/bash
method=GET out=/dev/stdout code= data=
while [ $# -gt 0 ]; do
  case "$1" in
    -X) method="$2"; shift ;;
    -o) out="$2"; shift ;;
    -w) code="$2"; shift ;;
    -d | --data-binary) data="$2"; shift ;;
    -H | --cacert | --cert | --key | --max-time) shift ;;
    -*) ;;
    *) path="\${1#*://*/}" ;;
  esac
  shift
done
echo "$method $path$data" >> "$FOLDER/log"
status=200 body={}
touch "$FOLDER/jobs"
case "$method $path" in
  "GET jobs/overview")
    body='{"jobs":['
    while read -r id name state running total; do
      body+='{"jid":"'$id'","name":"'$name'","start-time":1,"state":"'$state'","tasks":{"running":'$running',"canceling":0,"total":'$total',"created":0}},'
    done < "$FOLDER/jobs"
    body="\${body%,}]}" ;;
  "POST jobs/"*/stop) status=202 body='{"request-id":"r"}' ;;
  "GET jobs/"*/savepoints/r)
    id="\${path#jobs/}" id="\${id%%/*}"
    body='{"status":{"id":"COMPLETED"},"operation":{"location":"s3p://flink/savepoints/'$id'"}}'
    sed -i "/^$id /s/RUNNING/FINISHED/" "$FOLDER/jobs" ;;
  "POST v1/sessions") body='{"sessionHandle":"s"}'; sed 's/.*"pipeline.name":"\\([^"]*\\)".*/\\1/' <<< "$data" > "$FOLDER/name" ;;
  "POST v1/sessions/s/statements")
    body='{"operationHandle":"o"}'
    if [[ $data == '{"statement":"INSERT'* ]]; then echo "new $(cat "$FOLDER/name") RUNNING 1 1" >> "$FOLDER/jobs"; fi ;;
  "GET v1/sessions/s/operations/o/status") body='{"status":"FINISHED"}' ;;
esac
source "$FOLDER/server"
printf '%s' "$body" > "$out"
if [ -n "$code" ]; then printf '%s' "$status"; fi
`;

const declared = [
  job("orders", "CREATE TABLE a (n INT)", "INSERT INTO a SELECT 1"),
  job("clicks", "INSERT INTO b SELECT 2"),
];
const files = jobFiles(declared, kafka);
const hashOf = (name: string) => new RegExp(`^${name} (\\w+)$`, "m").exec(files["names.txt"] ?? "")?.[1] ?? "";
const [orders, clicks] = ["orders", "clicks"].map((name) => `platform-${name}-${hashOf(name)}`) as [string, string];

/** @param present lines of the jobs that are there @param server what differs from a cluster in which all goes well */
const bring = (present: readonly string[], server = "", text = jobsScript) =>
  runScript(
    text,
    {
      "bin/curl": fakeCurl,
      server,
      jobs: present.map((line) => `${line}\n`).join(""),
      ...Object.fromEntries(Object.entries(files).map(([name, text]) => [`etc/flink-jobs/${name}`, text])),
    },
    { JOB_MANAGER: "https://jm:8081", GATEWAY: "https://gw:8083" },
  );
const stopped = (calls: readonly string[]) => calls.flatMap((call) => /^POST jobs\/(.*)\/stop/.exec(call)?.[1] ?? []);
const statements = (calls: readonly string[]) =>
  calls.flatMap((call) => /\/statements\{"statement":"(.*)"\}$/.exec(call)?.[1] ?? []);

describe("the Job that brings Flink's jobs", () => {
  it("starts each that is declared, under its name, with the way to Kafka first", async () => {
    const { status, calls, stderr, file } = await bring([]);
    assert.equal(status, 0, stderr);
    assert.deepEqual(stopped(calls), []);
    assert.deepEqual(
      statements(calls).map((text) => text.slice(0, 28)),
      [
        "CREATE TEMPORARY TABLE kafka",
        "CREATE TABLE a (n INT)",
        "EXPLAIN INSERT INTO a SELECT",
        "INSERT INTO a SELECT 1",
        "CREATE TEMPORARY TABLE kafka",
        "EXPLAIN INSERT INTO b SELECT",
        "INSERT INTO b SELECT 2",
      ],
    );
    assert.equal(file("jobs"), `new ${orders} RUNNING 1 1\nnew ${clicks} RUNNING 1 1\n`);
  });

  it("changes nothing when it runs again", async () => {
    const { status, calls } = await bring([`1 ${orders} RUNNING 2 2`, `2 ${clicks} RUNNING 1 1`]);
    assert.equal(status, 0);
    assert.deepEqual(
      calls.filter((call) => !call.startsWith("GET")),
      [],
    );
  });

  it("stops what is not declared any more, and neither people's jobs nor those that have ended", async () => {
    const others = ["3 by-hand RUNNING 1 1", "4 platform-old-0123456789 RUNNING 1 1", "5 platform-older-9 FAILED 0 1"];
    const { status, calls, stdout } = await bring([`1 ${orders} RUNNING 2 2`, `2 ${clicks} RUNNING 1 1`, ...others]);
    assert.equal(status, 0);
    assert.deepEqual(stopped(calls), ["4"]);
    assert.match(stdout, /^old: taken away, s3p:\/\/flink\/savepoints\/4$/m);
  });

  it("starts one whose text is another from the savepoint of the old one, and leaves a longer name alone", async () => {
    const others = ["4 platform-orders-eu-0123456789 RUNNING 1 1"];
    const { calls } = await bring(["1 platform-orders-0123456789 RUNNING 2 2", `2 ${clicks} RUNNING 1 1`, ...others]);
    // `orders-eu` is not declared: it goes as well, but its savepoint is nobody's.
    assert.deepEqual(stopped(calls), ["4", "1"]);
    assert.deepEqual(statements(calls).slice(2), [
      "EXPLAIN INSERT INTO a SELECT 1",
      "SET 'execution.state-recovery.path' = 's3p://flink/savepoints/1'",
      "INSERT INTO a SELECT 1",
    ]);
  });

  it("stops no job for a text that Flink does not understand, and says what is wrong with it", async () => {
    const trace = String.raw`{"errors":["Internal server error.","<Exception:\n\tat a.b(C.java:1)\nCaused by: Column x not found"]}`;
    const refuse = `case "$path" in
      */status) if tail -3 "$FOLDER/log" | grep -q EXPLAIN; then body='{"status":"ERROR"}'; fi ;;
      */result/*) body='${trace}' ;;
    esac`;
    const { status, calls, stderr } = await bring(["1 platform-orders-0123456789 RUNNING 2 2"], refuse);
    assert.notEqual(status, 0);
    assert.deepEqual(stopped(calls), []);
    assert.match(stderr, /refused \(ERROR\): .*EXPLAIN INSERT INTO a/);
    assert.match(stderr, /Caused by: Column x not found/);
    assert.doesNotMatch(stderr, /at a\.b/);
  });

  it("takes a savepoint again when tasks were only starting", async () => {
    const failing = `case "$method $path" in
      "GET jobs/"*/savepoints/r) if [ "$(grep -c "/stop" "$FOLDER/log")" -lt 3 ]; then
        body='{"status":{"id":"COMPLETED"},"operation":{"failure-cause":{"class":"x"}}}'
        sed -i "/^$id /s/FINISHED/RUNNING/" "$FOLDER/jobs"
      fi ;;
    esac`;
    const { status, calls } = await bring(["1 platform-orders-0123456789 RUNNING 2 2"], failing);
    assert.equal(status, 0);
    assert.deepEqual(stopped(calls), ["1", "1", "1"]);
  });

  for (const [what, latest, kept] of [
    [
      "from its last checkpoint",
      '{"completed":{"id":7,"tasks":{},"external_path":"s3p://flink/checkpoints/1/chk-7","discarded":false},"failed":{"external_path":"x"}}',
      "s3p://flink/checkpoints/1/chk-7",
    ],
    [
      "from what it was restored from, when it has made no checkpoint since",
      '{"completed":null,"savepoint":null,"failed":null,"restored":{"id":3,"is_savepoint":true,"external_path":"s3p://flink/savepoints/0"}}',
      "s3p://flink/savepoints/0",
    ],
    ["without state, when it never had any", '{"completed":null,"failed":{"external_path":"x"}}', ""],
  ] as const) {
    it(`cancels a job that makes no savepoint, and goes on ${what}`, async () => {
      const failing = `case "$method $path" in
        "GET jobs/"*/savepoints/r)
          body='{"status":{"id":"COMPLETED"},"operation":{"failure-cause":{"class":"x","stack-trace":"TopicAuthorizationException","serialized-throwable":"rO0AB"}}}'
          sed -i "/^$id /s/FINISHED/RUNNING/" "$FOLDER/jobs" ;;
        "GET jobs/1/checkpoints") body='{"counts":{"restored":0,"completed":7},"latest":${latest},"history":[]}' ;;
        "PATCH jobs/1"*) sed -i "/^1 /s/RUNNING/CANCELED/" "$FOLDER/jobs" ;;
      esac`;
      const { status, calls, stderr } = await bring(
        ["1 platform-orders-0123456789 RUNNING 2 2", `2 ${clicks} RUNNING 1 1`],
        failing,
      );
      assert.equal(status, 0, stderr);
      assert.ok(calls.includes("PATCH jobs/1?mode=cancel"));
      assert.match(stderr, /job 1 makes no savepoint: .*TopicAuthorizationException/);
      assert.doesNotMatch(stderr, /rO0AB/);
      assert.deepEqual(statements(calls).slice(2), [
        "EXPLAIN INSERT INTO a SELECT 1",
        ...(kept ? [`SET 'execution.state-recovery.path' = '${kept}'`] : []),
        "INSERT INTO a SELECT 1",
      ]);
    });
  }

  for (const code of ["000", "503"]) {
    it(`tries again what was answered ${code}`, async () => {
      const refuse = `if [ "$(wc -l < "$FOLDER/log")" -lt 4 ]; then status=${code} body=; fi`;
      const { status, calls } = await bring([], refuse);
      assert.equal(status, 0);
      assert.deepEqual(new Set(calls.slice(0, 4)), new Set(["GET jobs/overview"]));
    });
  }

  it("waits until all tasks run, and fails when they do not", async () => {
    const { status, stderr } = await bring([`1 ${orders} RUNNING 1 2`], "", jobsScript.replace("{1..90}", "{1..3}"));
    assert.notEqual(status, 0);
    assert.match(stderr, new RegExp(`orders: does not run: 1 ${orders} RUNNING 1 2`));
  });

  it("says why a job has ended, and what comes of it", async () => {
    const failed = `case "$method $path" in
      "POST v1/sessions/s/statements") sed -i 's/RUNNING/FAILED/' "$FOLDER/jobs" ;;
      "GET jobs/new/execution-result") body='{"failure-cause":{"stack-trace":"Cannot map savepoint state"}}' ;;
    esac`;
    const { status, stderr } = await bring([], failed);
    assert.notEqual(status, 0);
    assert.match(stderr, /orders: does not run: .*Cannot map savepoint state/);
    assert.match(stderr, /started by the next update without its state/);
  });
});

describe("Flink's jobs", () => {
  it("have no secret in their statements, and Kafka's classes under the names of the connector's jar", () => {
    const table = kafkaTable(kafka, "orders");
    assert.match(table, /password="\$\{dir:\/etc\/flink-kafka:password\}"/);
    assert.match(table, /'properties\.group\.id' = 'flink-orders'/);
    assert.doesNotMatch(table, /(?<!shaded\.)org\.apache\.kafka/);
  });

  it("are another version when their text is another, and the same when it is the same", () => {
    const names = (sql: string) => jobFiles([job("a", sql)], undefined)["names.txt"];
    assert.equal(names("INSERT INTO x SELECT 1"), names("INSERT INTO x SELECT 1"));
    assert.notEqual(names("INSERT INTO x SELECT 1"), names("INSERT INTO x SELECT 2"));
  });

  it("are tried as a statement that explains: a set of statements too", () => {
    const set = "EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1; END";
    const lines = (jobFiles([job("a", set)], undefined)["a.jsonl"] ?? "").trim().split("\n");
    assert.deepEqual(
      lines.map((line) => (JSON.parse(line) as { statement: string }).statement),
      ["EXPLAIN STATEMENT SET BEGIN INSERT INTO a SELECT 1; END", set],
    );
  });

  it("may in Kafka what they declare, and nothing else", () => {
    const { topics, acls } = grants([
      { name: "a", reads: ["in", "both"], writes: ["out"], sql: [] },
      { name: "b", reads: ["in"], writes: ["both"], sql: [] },
    ]);
    assert.deepEqual(
      topics.map(({ name }) => name),
      ["both", "in", "out"],
    );
    assert.deepEqual(
      acls.map(({ resource, name, prefix, operations }) => [resource, `${name}${prefix ? "*" : ""}`, ...operations]),
      [
        ["topic", "both", "Read", "Write", "Describe"],
        ["topic", "in", "Read", "Describe"],
        ["topic", "out", "Write", "Describe"],
        ["group", "flink-*", "Read", "Describe"],
        ["transactional-id", "flink-*", "Write", "Describe"],
      ],
    );
  });
});

describe("Flink's configuration", () => {
  const properties = (text: string) =>
    new Map(
      text
        .trim()
        .split("\n")
        .map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]),
    );
  const leader = properties(jobManagerConfig(size("2Gi"), "x-data", bucket));
  const worker = properties(taskManagerConfig(size("8Gi"), "x-data", bucket));

  it("has no key that another begins with: Flink's YAML refuses both together", () => {
    for (const each of [leader, worker, properties(sqlGatewayConfig("jm"))]) {
      for (const key of each.keys()) {
        assert.deepEqual(
          [...each.keys()].filter((other) => other.startsWith(`${key}.`)),
          [],
          key,
        );
      }
    }
  });

  it("leaves a part of the container's memory to what Flink does not count", () => {
    assert.equal(leader.get("jobmanager.memory.process.size"), "1884m");
    assert.equal(worker.get("taskmanager.memory.process.size"), "7536m");
  });

  it("has a slot for each 2 GiB, and never fewer than two", () => {
    assert.deepEqual(
      ["1280Mi", "4Gi", "7Gi", "8Gi"].map((memory) => slotsOf(size(memory))),
      [2, 2, 3, 4],
    );
  });

  it("is the same for both wherever they must agree, and has certificates on both sides of every port that can do something", () => {
    for (const [key, value] of leader) {
      if (worker.has(key)) assert.equal(worker.get(key), value, key);
    }
    for (const key of ["security.ssl.internal.enabled", "security.ssl.rest.authentication-enabled"]) {
      assert.equal(leader.get(key), "true");
    }
    assert.equal(properties(sqlGatewayConfig("jm")).get("security.ssl.rest.authentication-enabled"), "true");
  });

  it("keeps what outlives a pod in the bucket", () => {
    for (const key of [
      "high-availability.storageDir",
      "execution.checkpointing.dir",
      "execution.checkpointing.savepoint-dir",
    ]) {
      assert.match(leader.get(key) ?? "", /^s3p:\/\/flink\/\w+$/, key);
    }
  });

  const start = (script: string) =>
    runScript(
      `export FLINK_CONF_DIR=${paths.work}/conf FLINK_LOG_DIR=${paths.work}/log\n${script
        .replace(/\/opt\/flink\/bin\/([\w-]+)\.sh/, "$1")
        .replace(`mkdir -p ${paths.data}/tmp`, "")}`,
      {
        "bin/openssl": '#!/bin/bash\ncase "$1" in rand) echo 0123 ;; x509) echo "sha1 Fingerprint=AB:CD" ;; esac\n',
        "bin/keytool": "#!/bin/bash\n",
        ...Object.fromEntries(
          ["jobmanager", "taskmanager", "sql-gateway"].map((name) => [
            `bin/${name}`,
            '#!/bin/bash\necho "$AWS_ACCESS_KEY_ID $*" > "$FOLDER/log"\n',
          ]),
        ),
        "etc/flink/config.yaml": "rest.port: 8081\n",
        "etc/flink/log4j-console.properties": "a=b\n",
        "etc/flink-bucket/accessKey": "bucket-key",
        "etc/flink-bucket/secretKey": "123456",
        "etc/flink-lakehouse/accessKey": "lake-key",
        "etc/flink-lakehouse/secretKey": "lake-secret",
        "etc/flink-catalogs/iceberg.yaml": "type: iceberg\n",
      },
      { POD_IP: "10.0.0.1", POD_NAME: "flink-0" },
    );
  const config = "tmp/flink/conf/config.yaml";

  it("is completed at the start: a member's with secrets as texts, its own address and the certificate that it accepts", async () => {
    for (const [script, address] of [
      [jobManagerScript, "jobmanager.rpc.address: 10.0.0.1\n"],
      [taskManagerScript, "taskmanager.host: 10.0.0.1\ntaskmanager.resource-id: flink-0\n"],
    ] as const) {
      const { status, stderr, calls, file } = await start(script);
      assert.equal(status, 0, stderr);
      assert.deepEqual(calls, ["lake-key start-foreground"]);
      assert.equal(
        file(config),
        `rest.port: 8081
security.ssl.rest.keystore-password: "0123"
security.ssl.rest.key-password: "0123"
security.ssl.internal.keystore-password: "0123"
security.ssl.internal.key-password: "0123"
security.ssl.internal.cert.fingerprint: "AB:CD"
s3.access-key: "bucket-key"
s3.secret-key: "123456"
${address}`,
      );
    }
  });

  it("of the gateway has the catalog, and neither the bucket's key nor the members' certificate", async () => {
    const { status, stderr, calls, file } = await start(sqlGatewayScript);
    assert.equal(status, 0, stderr);
    assert.deepEqual(calls, ["lake-key start-foreground"]);
    assert.equal(file("tmp/flink/catalogs/iceberg.yaml"), "type: iceberg\n");
    assert.doesNotMatch(file(config) ?? "", /internal|s3\./);
  });
});
