import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as lab from "../../components/analytics/jupyterlab/config";

describe("what a notebook has", () => {
  it("says plainly what is not wired", () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "lakehouse-"));
    try {
      fs.writeFileSync(path.join(folder, "lakehouse.py"), lab.library());
      fs.mkdirSync(path.join(folder, "trino"));
      fs.writeFileSync(path.join(folder, "trino/__init__.py"), "");
      fs.writeFileSync(path.join(folder, "trino/auth.py"), "BasicAuthentication = None\n");
      fs.writeFileSync(path.join(folder, "trino/dbapi.py"), "connect = None\n");
      const code = "import lakehouse\ntry:\n    lakehouse.trino()\nexcept RuntimeError as error:\n    print(error)";
      const said = execFileSync("python3", ["-c", code], { env: { PATH: process.env.PATH, PYTHONPATH: folder } });
      assert.equal(said.toString().trim(), "Trino is not wired to notebooks in this stack (TRINO_URL is not set)");
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });
});
