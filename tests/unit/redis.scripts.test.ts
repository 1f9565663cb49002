import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { nodeOf, nodeTable } from "../../components/infrastructure/redis/config";
import { configureScript, handoverScript, loadAclScript } from "../../components/infrastructure/redis/scripts";

/** The scripts of Redis' pods in a folder of their own, with a redis-cli that answers from files. */

const nodes = [0, 1, 2].map((i) => nodeOf(`redis-${i}`, `redis-announce-${i}.ns`));

/** What a Sentinel says; `address` where it differs from what SENTINEL MASTER tells, as in the middle of a failover. */
interface Said {
  readonly epoch: number;
  readonly master: number;
  readonly address?: number;
}

class Pod {
  readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), "redis-"));

  constructor() {
    this.write("etc/redis-config/nodes", nodeTable(nodes));
    this.write("etc/redis-config/redis.conf", "port 0\n");
    for (const folder of ["data", "run/redis", "answers"])
      fs.mkdirSync(path.join(this.folder, folder), { recursive: true });
    // The answer to `COMMAND at host` is the file's next line block; every question is kept.
    this.write(
      "bin/redis-cli",
      `#!/bin/sh
while [ "$1" != -h ]; do shift; done
host=$2; shift 4
echo "$host $*" >> ${this.folder}/asked
answer="${this.folder}/answers/$host $1 $2"
[ -f "$answer" ] || exit 1
cat "$answer"
if [ -f "$answer.then" ]; then mv "$answer.then" "$answer"; fi
`,
    );
    this.write("bin/sleep", "#!/bin/sh\n");
    for (const program of ["redis-cli", "sleep"]) fs.chmodSync(path.join(this.folder, "bin", program), 0o755);
  }

  write(file: string, text: string): void {
    fs.mkdirSync(path.dirname(path.join(this.folder, file)), { recursive: true });
    fs.writeFileSync(path.join(this.folder, file), text);
  }

  read(file: string): string {
    return fs.readFileSync(path.join(this.folder, file), "utf8");
  }

  answer(host: string, command: string, text: string, then = ""): void {
    this.write(`answers/${host} ${command}${then}`, text);
  }

  sentinel(i: number, { epoch, master, address = master }: Said, then = ""): void {
    const name = `redis-announce-${i}.ns`;
    const at = (node: number) => `redis-announce-${node}.ns`;
    this.answer(
      name,
      "SENTINEL MASTER",
      `name\nmymaster\nip\n${at(master)}\nconfig-epoch\n${epoch}\nquorum\n2\n`,
      then,
    );
    this.answer(name, "SENTINEL GET-MASTER-ADDR-BY-NAME", `${at(address)}\n6379\n`, then);
  }

  run(script: string, env: Readonly<Record<string, string>>) {
    const text = script.replace(/(?<=[ >"'])\/(?=data\b|run\/redis|etc\/redis-config)/g, `${this.folder}/`);
    const { status, stdout, stderr } = spawnSync("/bin/sh", ["-ec", text], {
      encoding: "utf8",
      env: { PATH: `${this.folder}/bin:${process.env.PATH}`, ...env },
    });
    assert.equal(stderr, "");
    return { status, stdout, asked: fs.existsSync(path.join(this.folder, "asked")) ? this.read("asked") : "" };
  }

  /** Starts as one of the nodes. */
  configure(i: number) {
    const env = { POD_NAME: `redis-${i}`, REPLICATION_PASSWORD: "replicate", SENTINEL_PASSWORD: "watch" };
    const { status, stdout } = this.run(configureScript(3), env);
    assert.equal(status, 0, stdout);
    const redis = this.read("run/redis/redis.conf");
    const sentinel = this.read("data/sentinel/sentinel.conf");
    return {
      replicaOf: /^replicaof redis-announce-(\d)\.ns 6379$/m.exec(redis)?.[1],
      monitors: /^sentinel monitor mymaster redis-announce-(\d)\.ns 6379 2$/m.exec(sentinel)?.[1],
      redis,
      sentinel,
    };
  }
}

async function inPod(use: (pod: Pod) => void): Promise<void> {
  const pod = new Pod();
  try {
    use(pod);
  } finally {
    fs.rmSync(pod.folder, { recursive: true });
  }
}

describe("a starting Redis pod", () => {
  it("takes the first one for the master when nothing is known", () =>
    inPod((pod) => {
      const { replicaOf, monitors, redis } = pod.configure(1);
      assert.deepEqual([replicaOf, monitors], ["0", "0"]);
      assert.match(redis, /^replica-announce-ip redis-announce-1\.ns$/m);
      assert.match(redis, /^masterauth replicate$/m);
      assert.equal(pod.configure(0).replicaOf, undefined);
    }));

  it("follows the last election, whoever knows of it", () =>
    inPod((pod) => {
      pod.sentinel(1, { epoch: 4, master: 0 });
      pod.sentinel(2, { epoch: 5, master: 2 });
      assert.equal(pod.configure(0).replicaOf, "2");
      // Written down by itself, and the others are silent or know less.
      fs.rmSync(path.join(pod.folder, "answers"), { recursive: true });
      const again = pod.configure(0);
      assert.deepEqual([again.replicaOf, again.monitors], ["2", "2"]);
      pod.sentinel(1, { epoch: 4, master: 0 });
      assert.equal(pod.configure(0).replicaOf, "2");
    }));

  it("is not misled in the middle of a failover, when a Sentinel has the new epoch and still the old master", () =>
    inPod((pod) => {
      pod.sentinel(2, { epoch: 3, master: 0, address: 2 });
      assert.equal(pod.configure(0).replicaOf, "2");
    }));

  it("is master again with its data, and waits for another to be elected without", () =>
    inPod((pod) => {
      fs.mkdirSync(path.join(pod.folder, "data/appendonlydir"));
      for (const i of [1, 2]) pod.sentinel(i, { epoch: 1, master: 0 });
      assert.equal(pod.configure(0).replicaOf, undefined);
      fs.rmdirSync(path.join(pod.folder, "data/appendonlydir"));
      for (const i of [1, 2]) pod.sentinel(i, { epoch: 2, master: 1 }, ".then");
      assert.equal(pod.configure(0).replicaOf, "1");
    }));

  it("names all others to its Sentinel, keeps the votes it gave, and has the passwords of today", () =>
    inPod((pod) => {
      pod.write(
        "data/sentinel/sentinel.conf",
        "sentinel monitor mymaster redis-announce-1.ns 6379 2\nsentinel auth-pass mymaster old\nsentinel config-epoch mymaster 7\nsentinel leader-epoch mymaster 8\nsentinel current-epoch 9\n",
      );
      const { sentinel, monitors } = pod.configure(2);
      assert.equal(monitors, "1");
      const lines = (start: string) => sentinel.match(new RegExp(`^sentinel ${start}.*$`, "gm"));
      assert.deepEqual(lines("known-replica"), [
        "sentinel known-replica mymaster redis-announce-0.ns 6379",
        "sentinel known-replica mymaster redis-announce-2.ns 6379",
      ]);
      assert.deepEqual(
        lines("known-sentinel"),
        nodes.slice(0, 2).map(({ host, id }) => `sentinel known-sentinel mymaster ${host} 26379 ${id}`),
      );
      assert.deepEqual(lines("(config|leader|current)-epoch")?.sort(), [
        "sentinel config-epoch mymaster 7",
        "sentinel current-epoch 9",
        "sentinel leader-epoch mymaster 8",
      ]);
      assert.deepEqual(lines("auth-pass"), ["sentinel auth-pass mymaster watch"]);
      assert.equal(fs.statSync(path.join(pod.folder, "data/sentinel/sentinel.conf")).mode & 0o077, 0);
    }));
});

describe("a stopping Redis pod", () => {
  const env = { POD_NAME: "redis-0", HANDOVER_PASSWORD: "over" };

  it("lets one other Sentinel elect, not two, and ends when another is master", () =>
    inPod((pod) => {
      pod.answer("localhost", "ROLE ", "master\n100\n");
      pod.answer("localhost", "CLIENT PAUSE", "OK\n");
      for (const i of [1, 2]) {
        pod.sentinel(i, { epoch: 1, master: 0 });
        pod.answer(`redis-announce-${i}.ns`, "SENTINEL FAILOVER", "OK\n");
      }
      for (const i of [1, 2]) pod.sentinel(i, { epoch: 2, master: 2 }, ".then");
      const { status, asked } = pod.run(handoverScript, env);
      assert.equal(status, 0);
      assert.equal(asked.match(/SENTINEL FAILOVER/g)?.length, 1);
      assert.match(asked, /^localhost ROLE\nlocalhost CLIENT PAUSE \d+ WRITE\n/);
    }));

  it("asks the next Sentinel when one cannot, and gives up in the end", () =>
    inPod((pod) => {
      pod.answer("localhost", "ROLE ", "master\n100\n");
      pod.answer("redis-announce-1.ns", "SENTINEL FAILOVER", "NOGOODSLAVE No suitable replica to promote\n");
      const { status, asked } = pod.run(handoverScript, env);
      assert.equal(status, 0);
      assert.match(
        asked,
        /redis-announce-1\.ns SENTINEL FAILOVER mymaster\n.*\nredis-announce-2\.ns SENTINEL FAILOVER/,
      );
    }));

  it("just stops when it is a replica", () =>
    inPod((pod) => {
      pod.answer("localhost", "ROLE ", "slave\nredis-announce-1.ns\n6379\nconnected\n100\n");
      assert.equal(pod.run(handoverScript, env).asked, "localhost ROLE\n");
    }));
});

describe("loading of Redis' users", () => {
  const env = { NODES: "one:6379 one:26379", VERSION: "version-2" };

  it("goes on until the server has read the right file", () =>
    inPod((pod) => {
      pod.answer("one", "ACL LOAD", "OK\n");
      pod.answer("one", "ACL USERS", "version-1\ndefault\n");
      pod.answer("one", "ACL USERS", "version-2\ndefault\n", ".then");
      const { status, stdout, asked } = pod.run(loadAclScript, env);
      assert.equal(status, 0);
      assert.equal(stdout, "one:6379 has the users of version-2\none:26379 has the users of version-2\n");
      assert.equal(asked.match(/ACL LOAD/g)?.length, 3);
    }));

  it("says in the end which server has not, and what it answered", () =>
    inPod((pod) => {
      pod.write(
        "bin/date",
        `#!/bin/sh\necho x >> ${pod.folder}/time\necho $(( $(wc -l < ${pod.folder}/time) * 400 ))\n`,
      );
      fs.chmodSync(path.join(pod.folder, "bin/date"), 0o755);
      pod.answer("one", "ACL LOAD", "ERR /etc/redis-acl/redis.acl:3: Syntax error\n");
      const { status, stdout } = pod.run(loadAclScript, env);
      assert.equal(status, 1);
      assert.match(stdout, /^one:6379 does not have the users of version-2; .*: ERR .*Syntax error$/m);
    }));
});
