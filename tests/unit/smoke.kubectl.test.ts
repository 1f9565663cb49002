import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Kubectl, KubectlError } from "../../scripts/lib/kubectl";
import { fakeKubectl } from "./smoke.support";

async function withKubectl(script: string, use: (kubectl: Kubectl, folder: string) => Promise<void>): Promise<void> {
  const fake = fakeKubectl(script);
  try {
    await use(new Kubectl(fake.program), fake.folder);
  } finally {
    fake.remove();
  }
}

const alive = (pid: number): boolean => spawnSync("kill", ["-0", `${pid}`]).status === 0;
const forwards = `
echo $$ > "$(dirname "$0")/pid"; echo "$@" > "$(dirname "$0")/args"
echo "Forwarding from 127.0.0.1:43211 -> 9000"
echo "E1 error forwarding port 9000: connection refused" >&2`;
const pidIn = (folder: string) => Number(fs.readFileSync(path.join(folder, "pid"), "utf8"));

describe("kubectl", () => {
  it("decodes a Secret", () =>
    withKubectl(`echo '{"metadata":{"name":"s"},"data":{"password":"cMOkc3M="}}'`, async (kubectl) => {
      assert.deepEqual(await kubectl.secret("ns", "s"), { password: "päss" });
    }));

  it("gives kubectl's words when a command fails, and the command", () =>
    withKubectl(`echo 'Error from server (Forbidden): secrets "s" is forbidden' >&2; exit 1`, (kubectl) =>
      assert.rejects(kubectl.secret("ns", "s"), (error) => {
        assert.ok(error instanceof KubectlError);
        assert.equal(
          error.message,
          'kubectl get secret s --namespace ns --output json: Error from server (Forbidden): secrets "s" is forbidden',
        );
        return true;
      }),
    ));

  it("finds kubectl, or else oc, on PATH", () => {
    const kept = process.env.PATH;
    const fake = fakeKubectl("");
    try {
      process.env.PATH = "/nowhere";
      assert.throws(() => new Kubectl(), /none of kubectl, oc is on PATH/);
      process.env.PATH = `/nowhere:${fake.folder}`;
      assert.ok(new Kubectl());
      fs.renameSync(fake.program, path.join(fake.folder, "oc"));
      assert.ok(new Kubectl());
    } finally {
      process.env.PATH = kept;
      fake.remove();
    }
  });

  it("passes the context on", async () => {
    const fake = fakeKubectl(`echo "{\\"items\\":[{\\"metadata\\":{\\"name\\":\\"$*\\"}}]}"`);
    const [seen] = await new Kubectl(fake.program, "production").list("pods", { namespace: "a", selector: "b=c" });
    fake.remove();
    assert.equal(seen?.metadata.name, "--context production get pods --namespace a --selector b=c --output json");
  });

  it("forwards a port, and ends kubectl when it is closed", () =>
    withKubectl(`${forwards}\nexec sleep 60`, async (kubectl, folder) => {
      const open = await kubectl.portForward("ns", "service/minio", 9000);
      assert.equal(open.port, 43211);
      assert.match(
        fs.readFileSync(path.join(folder, "args"), "utf8"),
        /^port-forward service\/minio :9000 --namespace ns --address 127.0.0.1 /,
      );
      assert.ok(alive(pidIn(folder)));
      await open.close();
      assert.ok(!alive(pidIn(folder)));
      assert.equal(open.complaints(), "E1 error forwarding port 9000: connection refused");
      await open.close();
    }));

  it("ends kubectl with the process that forgot to close", () =>
    withKubectl(`${forwards}\nexec sleep 60`, async (_, folder) => {
      const script = `const { Kubectl } = require("./scripts/lib/kubectl");
        new Kubectl(${JSON.stringify(path.join(folder, "kubectl"))}).portForward("ns", "service/x", 1).then(() => process.exit(0));`;
      const root = path.resolve(__dirname, "../..");
      const child = spawnSync(process.execPath, ["-r", "ts-node/register/transpile-only", "-e", script], { cwd: root });
      assert.equal(child.status, 0, child.stderr.toString());
      // Killed at once; whoever inherits it may take a moment to notice.
      for (let i = 0; i < 40 && alive(pidIn(folder)); i++) await sleep(50);
      assert.ok(!alive(pidIn(folder)));
    }));

  it("says why a port cannot be forwarded", () =>
    withKubectl(
      `echo "error: unable to forward port because pod is not running. Current status=Pending" >&2; exit 1`,
      (kubectl) =>
        assert.rejects(kubectl.portForward("ns", "service/minio", 9000), {
          message:
            "port-forward to service/minio in ns: error: unable to forward port because pod is not running. Current status=Pending",
        }),
    ));

  it("says so when kubectl ends without a word, or cannot be started", async () => {
    await withKubectl("exit 3", (kubectl) =>
      assert.rejects(
        kubectl.portForward("ns", "pod/a", 1),
        /port-forward to pod\/a in ns: kubectl ended with exit code 3/,
      ),
    );
    await assert.rejects(new Kubectl("/nowhere/kubectl").portForward("ns", "pod/a", 1), /ENOENT/);
  });
});
