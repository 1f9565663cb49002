import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { goBinary, pinnedVersion, stamp } from "./gobuild";
import { fail, info } from "./log";
import { checkout, home, logPath, sources, stateDir } from "./paths";
import { run } from "./run";
import { hashFiles, stored } from "./store";

/** What a shell or a process needs to run `pulumi` on this checkout. */
export interface Engine {
  /** Folders to put first in PATH. */
  readonly path: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const pulumiModule = "github.com/pulumi/pulumi/pkg/v3";
const kubernetesModule = "github.com/pulumi/pulumi-kubernetes/provider/v4";
const languageHost = "pulumi-language-nodejs";
const quiet = { PULUMI_SKIP_UPDATE_CHECK: "true" };

/**
 * Prepares CLI, language host and providers. Each is the official one where that is installed or can be downloaded,
 * otherwise it is built; `random` and `tls`, which cannot be built, have stand-ins. Providers have the versions of their
 * npm packages. The plugins of PULUMI_HOME are laid out anew each time, so that they follow a checkout that has moved.
 */
export async function prepareEngine(): Promise<Engine> {
  const pulumiHome = stateDir("pulumi-home");
  fs.rmSync(path.join(pulumiHome, "plugins"), { recursive: true, force: true });
  fs.mkdirSync(pulumiHome, { recursive: true, mode: 0o700 });
  // A file where the CLI would keep a debug log of each command: writing it takes a third of a preview's CPU time.
  fs.writeFileSync(path.join(pulumiHome, "logs"), "");

  const installed = await installedCli();
  const downloads = await download(installed);
  const cli = installed ?? downloadedCli(downloads) ?? (await builtCli());
  const parts = [`CLI in ${cli}`];
  for (const { name, version } of providers()) {
    const program = `pulumi-resource-${name}`;
    const folder = path.join("plugins", `resource-${name}-v${version}`);
    const official = [userHome(), downloads].map((at) => path.join(at, folder, program)).find(isProgram);
    const own = () => (name === "kubernetes" ? builtKubernetesProvider(version) : standIn(name, pulumiHome));
    fs.mkdirSync(path.join(pulumiHome, folder), { recursive: true });
    fs.symlinkSync(official ?? (await own()), path.join(pulumiHome, folder, program));
    fs.writeFileSync(path.join(pulumiHome, `${folder}.lock`), ""); // what marks an installation that was begun
    parts.push(`${name} ${version} ${official ? "official" : "our own"}`);
  }
  info(`engine: ${parts.join(", ")}`);
  const only = { PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true", PULUMI_IGNORE_AMBIENT_PLUGINS: "true" };
  return { path: [cli], env: { PULUMI_HOME: pulumiHome, ...quiet, ...only } };
}

/** The providers, in the versions of the program's npm packages, and the CLI's version, which the Go module pins. */
const providers = () =>
  ["kubernetes", "random", "tls"].map((name) => ({ name, version: npmVersion(`@pulumi/${name}`) }));
const cliVersion = () => pinnedVersion("engine", pulumiModule).slice(1);

/** The version of an npm package that the program depends on. */
function npmVersion(name: string): string {
  const file = path.join(checkout, "package.json");
  const { dependencies } = JSON.parse(fs.readFileSync(file, "utf8")) as { dependencies: Record<string, string> };
  return dependencies[name] ?? fail(`${file}: dependencies has no ${name}`, "Add it with an exact version.");
}

/**
 * The folder of a CLI on PATH that fits: the SDK's major version, not older than the SDK, with its language host beside
 * it. Our own, which is on PATH where the sandbox's environment is loaded, does not count.
 */
async function installedCli(): Promise<string | undefined> {
  const sdk = npmVersion("@pulumi/pulumi");
  for (const folder of (process.env.PATH ?? "").split(path.delimiter)) {
    const program = path.join(folder, "pulumi");
    if (!path.isAbsolute(folder) || folder.startsWith(home()) || !isProgram(program)) continue;
    const version = (await run(program, ["version"], { env: quiet })).trim().replace(/^v/, "");
    const fits =
      version.split(".")[0] === sdk.split(".")[0] && version.localeCompare(sdk, "en", { numeric: true }) >= 0;
    if (fits && isProgram(path.join(folder, languageHost))) return folder;
    info(`${program} (${version}) is passed over: wanted is ${sdk} or newer, with ${languageHost} beside it`);
  }
  return undefined;
}

/**
 * A PULUMI_HOME with the official CLI (unless one is installed) and providers as far as they can be downloaded, which is
 * tried once for a set of versions.
 */
function download(installed: string | undefined): Promise<string> {
  const cli = `pulumi@${cliVersion()}`;
  const wanted = [installed ? "" : cli, ...providers().map(({ name, version }) => `${name} v${version}`)];
  return stored("pulumi-official", wanted, async (dir) => {
    const options = { env: { ...quiet, PULUMI_HOME: dir }, cwd: dir, logFile: logPath("download-pulumi") };
    const attempt = (...command: string[]) => run("timeout", ["300", ...command], options); // seconds; a whole download
    try {
      if (!installed) await attempt("npm", "exec", "--yes", `--package=${cli}`, "--", "pulumi", "version");
      const program = path.join(installed ?? downloadedCli(dir) ?? "", "pulumi");
      for (const { name, version } of providers()) {
        await attempt(program, "plugin", "install", "resource", name, `v${version}`);
      }
    } catch {
      info("Pulumi's official downloads are out of reach here: what is missing is built");
    }
  });
}

function downloadedCli(pulumiHome: string): string | undefined {
  const folder = path.join(pulumiHome, "versions", cliVersion(), "bin");
  return isProgram(path.join(folder, "pulumi")) ? folder : undefined;
}

/** Where the user's own CLI keeps its plugins. */
function userHome(): string {
  const chosen = process.env.PULUMI_HOME;
  return chosen && !chosen.startsWith(home()) ? chosen : path.join(os.homedir(), ".pulumi");
}

async function builtCli(): Promise<string> {
  const ldflags = stamp("engine", pulumiModule, "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version");
  const build = (name: string, pkg: string) => goBinary(name, { module: "engine", pkg, ldflags });
  const cli = await build("pulumi", `${pulumiModule}/cmd/pulumi`);
  const binaries = [cli, await build(languageHost, `./cmd/${languageHost}`)];
  return stored("pulumi-cli", binaries, async (dir) => {
    // Hard links: the CLI looks for its language host where its own binary really lies.
    for (const binary of binaries) fs.linkSync(binary, path.join(dir, path.basename(binary)));
  });
}

function builtKubernetesProvider(version: string): Promise<string> {
  const file = path.join(sources, "go", "provider-kubernetes", "go.mod");
  const built = /provider\/v4 v\S+ \/\/ v(\S+)/.exec(fs.readFileSync(file, "utf8"))?.[1];
  if (built !== version) {
    fail(`${file} pins version ${built}, package.json @pulumi/kubernetes ${version}`, "Move both to the same version.");
  }
  return goBinary("pulumi-resource-kubernetes", {
    module: "provider-kubernetes",
    ldflags: `-X ${kubernetesModule}/pkg/version.Version=${version}`,
    embed: {
      module: kubernetesModule,
      folder: "cmd/pulumi-resource-kubernetes",
      files: ["schema.json", "terraform-mapping.json"],
    },
  });
}

/** A script that runs the stand-in (sandbox/plugins), compiled once, with this checkout's npm packages. */
async function standIn(name: string, pulumiHome: string): Promise<string> {
  const folder = path.join(sources, "plugins");
  const compiled = await stored("stand-in-providers", [hashFiles([folder])], async (dir) => {
    const { ModuleKind, ScriptTarget, transpileModule } = await import("typescript");
    const compilerOptions = { module: ModuleKind.CommonJS, target: ScriptTarget.ES2022, esModuleInterop: true };
    for (const file of fs.readdirSync(folder)) {
      const { outputText } = transpileModule(fs.readFileSync(path.join(folder, file), "utf8"), { compilerOptions });
      fs.writeFileSync(path.join(dir, `${path.parse(file).name}.js`), outputText);
    }
  });
  const script = path.join(pulumiHome, `stand-in-${name}`);
  const modules = path.join(checkout, "node_modules");
  const program = path.join(compiled, `${name}.js`);
  fs.writeFileSync(script, `#!/bin/sh\nNODE_PATH="${modules}" exec node "${program}" "$@"\n`, { mode: 0o755 });
  return script;
}

function isProgram(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}
