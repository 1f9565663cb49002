import * as fs from "node:fs";
import * as path from "node:path";
import { logPath, sources } from "./paths";
import { run } from "./run";
import { hashFiles, stored } from "./store";

export interface GoOptions {
  /** Added to `-s -w` (no debug information). */
  readonly ldflags: string;
  /** Files in a dependency's folder that the program embeds as if they lay in its own module's folder. */
  readonly embed?: { readonly module: string; readonly folder: string; readonly files: readonly string[] };
}

let goVersion: Promise<string> | undefined;

/**
 * The program `pkg` of the Go module in `sandbox/go/<module>`, built statically; returns the path of the binary `name`
 * in the store. Dependencies are those of go.mod, checked against go.sum.
 */
export async function goBinary(name: string, module: string, pkg: string, options: GoOptions): Promise<string> {
  const cwd = path.join(sources, "go", module);
  const flags = ["-trimpath", "-ldflags", `-s -w ${options.ldflags}`.trim()];
  goVersion ??= run("go", ["version"], { cwd });
  const inputs = [hashFiles([cwd]), pkg, JSON.stringify([flags, options.embed]), await goVersion];
  const env = { CGO_ENABLED: "0", GOFLAGS: undefined, GOWORK: "off" };
  const result = await stored(name, inputs, async (dir) => {
    const overlay = path.join(dir, "overlay.json");
    if (options.embed) {
      const found = await run("go", ["list", "-m", "-f", "{{.Dir}}", options.embed.module], { cwd, env });
      const at = path.join(found.trim(), options.embed.folder);
      const files = options.embed.files.map((file) => [path.join(cwd, file), path.join(at, file)]);
      fs.writeFileSync(overlay, JSON.stringify({ Replace: Object.fromEntries(files) }));
      flags.push("-overlay", overlay);
    }
    const logFile = logPath(`build-${name}`);
    await run("go", ["build", ...flags, "-o", path.join(dir, name), pkg], { cwd, env, logFile });
    fs.rmSync(overlay, { force: true });
  });
  return path.join(result, name);
}
