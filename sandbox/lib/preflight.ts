import * as fs from "node:fs";
import * as path from "node:path";
import { fail, timed } from "./log";
import { foreignProxyRules, gateway } from "./network";
import { home, logPath, stateDir, storeDir } from "./paths";
import { processes, read } from "./processes";
import { run } from "./run";

/** What is wrong, and its cure. */
type Problem = readonly [problem: string, cure: string];

const minimumGo = "1.26";

/** The program or file that shows that a Debian package is there. */
const packages: Readonly<Record<string, string>> = {
  buildah: "buildah",
  conntrack: "conntrack",
  containerd: "containerd",
  "containernetworking-plugins": "/usr/lib/cni/bridge",
  debootstrap: "debootstrap",
  iproute2: "ip",
  iptables: "iptables",
  nftables: "nft",
  openssl: "openssl",
  runc: "runc",
};

/** The ports that the sandbox takes, all on the machine itself: components.yaml says which is whose. */
const ports = [6443, 9443, 10247, 10248, 10249, 10250, 10256, 10257, 10259];
const addresses = new Set(["127.0.0.1", gateway, "0.0.0.0", "*", "[::]"]);

/** Stops when the sandbox of another DATALYPTICA_HOME is up: a machine has room for one, and its remains are not ours. */
export function refuseOther(): void {
  const other = processes().find(({ sandbox }) => sandbox !== stateDir())?.sandbox;
  if (!other) return;
  const cure = `To remove it: DATALYPTICA_HOME=${path.dirname(other)} sandbox down`;
  fail(`the sandbox of ${path.dirname(other)} is up on this machine, which has room for one`, cure);
}

/** Checks everything that could stop `up` half-way, installs missing packages, and stops with all problems at once. */
export async function preflight(realNodes: boolean): Promise<void> {
  const missing = missingPackages();
  const checks = [go, portsFree, disk, () => memory(realNodes), kernel, otherCluster];
  const problems = (await Promise.all(checks.map(async (check) => check()))).flat();
  const debian = fs.existsSync("/usr/bin/apt-get");
  if (missing.length > 0 && !debian) problems.push([`missing: ${missing.join(", ")}`, "Install what Debian calls so."]);
  if (problems.length > 0) {
    const lines = problems.map(([problem, cure]) => `  - ${problem}\n    ${cure}`);
    fail(`the sandbox cannot start here:\n${lines.join("\n")}`, "Cure what is listed, then run it again.");
  }
  if (missing.length > 0) await timed(`install ${missing.join(", ")}`, () => install(missing));
}

async function go(): Promise<Problem[]> {
  const version = (await run("go", ["env", "GOVERSION"]).catch(() => "")).trim();
  const [major = 0, minor = 0] = (/^go(\d+)\.(\d+)/.exec(version) ?? []).slice(1).map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = minimumGo.split(".").map(Number);
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return [];
  return [[version ? `Go is too old: ${version}` : "Go is not on PATH", `Install Go ${minimumGo} or newer.`]];
}

async function portsFree(): Promise<Problem[]> {
  const listeners = (await run("ss", ["-Hltnp"]).catch(() => "")).split("\n");
  return listeners.flatMap((line) => {
    const [, address = "", port = ""] = /^\S+\s+\S+\s+\S+\s+(\S+):(\d+)\s/.exec(line) ?? [];
    if (!ports.includes(Number(port)) || !addresses.has(address)) return [];
    const [, name = "an unknown process", pid = "?"] = /\("([^"]+)",pid=(\d+)/.exec(line) ?? [];
    return [
      [`port ${port} is taken by ${name} (pid ${pid})`, "End that process, or move it to another port."] as const,
    ];
  });
}

function disk(): Problem[] {
  fs.mkdirSync(storeDir(), { recursive: true });
  const { bavail, bsize } = fs.statfsSync(storeDir());
  const built = fs.readdirSync(storeDir()).some((entry) => entry.startsWith("node-images-"));
  const needed = built ? 6 : 25; // GiB; the first time Go's caches, root file systems and images are made
  const free = (bavail * bsize) / 1024 ** 3;
  if (free >= needed) return [];
  const cure = "Free some space, or set DATALYPTICA_HOME to a folder on a larger disk.";
  return [[`too little disk in ${home()}: ${free.toFixed(1)} GiB free, ${needed} needed`, cure]];
}

function memory(realNodes: boolean): Problem[] {
  const available = Number(/^MemAvailable:\s+(\d+)/m.exec(read("/proc/meminfo"))?.[1]) / 1024 ** 2;
  const needed = realNodes ? 8 : 3; // GiB; control plane 1, builds 2, the four services on a real node about 5
  if (available >= needed) return [];
  const problem = `too little memory: ${available.toFixed(1)} GiB available, ${needed} needed`;
  return [[problem, "End other programs, or use a larger machine."]];
}

async function kernel(): Promise<Problem[]> {
  const bridged = "/proc/sys/net/bridge/bridge-nf-call-iptables";
  const features = {
    br_netfilter: () => fs.existsSync(bridged),
    overlay: () => /\boverlay$/m.test(read("/proc/filesystems")),
  };
  const problems: Problem[] = [];
  for (const [module, present] of Object.entries(features)) {
    if (!present()) await run("modprobe", [module]).catch(() => {});
    if (!present())
      problems.push([`the kernel lacks ${module}`, "Use a kernel with it (Debian's has it as a module)."]);
  }
  if (problems.length === 0) fs.writeFileSync(bridged, "1"); // otherwise Services do not work between pods of a bridge
  return problems;
}

async function otherCluster(): Promise<Problem[]> {
  if (!(await foreignProxyRules())) return [];
  return [["another Kubernetes node runs on this machine (kube-proxy's rules are there)", "Stop it first."]];
}

function missingPackages(): string[] {
  const folders = (process.env.PATH ?? "").split(":");
  const present = (file: string) => folders.some((folder) => fs.existsSync(path.resolve(folder, file)));
  return Object.entries(packages).flatMap(([name, file]) => (present(file) ? [] : [name]));
}

async function install(names: readonly string[]): Promise<void> {
  const options = { env: { DEBIAN_FRONTEND: "noninteractive" }, logFile: logPath("packages") };
  await run("apt-get", ["update"], options);
  await run("apt-get", ["install", "--yes", "--no-install-recommends", ...names], options);
}
