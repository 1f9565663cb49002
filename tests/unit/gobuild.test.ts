import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { type GoProgram, goBinary } from "../../sandbox/lib/gobuild";

/** A compiler whose program is the list of its flags and sources; the module cache is read only, as Go's is. */
const compiler = (cache: string) => `#!/bin/sh
case "$1" in
  version) echo go1 ;;
  mod) echo '{"Dir": "${cache}", "Sum": "h1:right"}' ;;
  build)
    for word; do [ "$before" = -o ] && out=$word; before=$word; done
    { echo "$@"; find . -type f; } > "$out"
    ;;
esac
`;

describe("programs from published Go modules", () => {
  const environment = process.env;
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), "gobuild-"));
  const cache = path.join(dir, "cache");
  const program: GoProgram = {
    module: "example.com/server@v1.0.0",
    sum: "h1:right",
    pkg: "./cmd/server",
    tags: "small",
    placeholders: ["ui/dist/index.html"],
  };

  before(() => {
    fs.mkdirSync(cache);
    fs.writeFileSync(path.join(cache, "go.mod"), "");
    fs.chmodSync(cache, 0o555);
    fs.mkdirSync(path.join(dir, "bin"));
    fs.writeFileSync(path.join(dir, "bin", "go"), compiler(cache), { mode: 0o755 });
    const PATH = `${dir}/bin:${environment.PATH}`;
    process.env = { ...environment, PATH, DATALYPTICA_HOME: path.join(dir, "home") };
  });

  after(() => {
    process.env = environment;
    fs.rmSync(dir, { recursive: true });
  });

  it("are built in a copy of the module, with what it embeds but lacks", async () => {
    const binary = await goBinary("server", program);
    const [flags = "", ...files] = fs.readFileSync(binary, "utf8").trimEnd().split("\n");
    assert.match(flags, /-tags small .* \.\/cmd\/server$/);
    assert.deepEqual(files.sort(), ["./go.mod", "./ui/dist/index.html"]);
    assert.deepEqual(fs.readdirSync(path.dirname(binary)), ["server"]);
    assert.deepEqual(fs.readdirSync(cache), ["go.mod"]);
  });

  it("are built once", async () => {
    const binary = await goBinary("server", program);
    fs.writeFileSync(binary, "kept");
    assert.equal(fs.readFileSync(await goBinary("server", program), "utf8"), "kept");
    assert.notEqual(await goBinary("server", { ...program, tags: "large" }), binary);
  });

  it("are refused when the module is not the one that was looked at", async () => {
    const other = goBinary("other", { ...program, sum: "h1:wrong" });
    await assert.rejects(other, /example.com\/server@v1.0.0 has h1:right instead of h1:wrong/);
  });
});
