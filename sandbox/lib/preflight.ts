import * as fs from "node:fs";
import * as path from "node:path";
import { fail, timed } from "./log";
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
  haproxy: "haproxy",
  iproute2: "ip",
  iptables: "iptables",
  maven: "mvn",
  nftables: "nft",
  openssl: "openssl",
  "python3-pip": "pip3",
  runc: "runc",
};

/** The ports that the sandbox takes, all on the machine itself: components.yaml says which is whose. */
const ports = [80, 443, 1936, 6443, 9443, 10247, 10248, 10249, 10250, 10256, 10257, 10259];

/** Stops when the sandbox of another DATALYPTICA_HOME is up: a machine has room for one, and its remains are not ours. */
export function refuseOther(): void {
  const other = processes().find(({ sandbox }) => sandbox !== stateDir())?.sandbox;
  if (!other) return;
  const cure = `To remove it: DATALYPTICA_HOME=${path.dirname(other)} sandbox down`;
  fail(`the sandbox of ${path.dirname(other)} is up on this machine, which has room for one`, cure);
}

/** Checks everything that could stop `up` half-way, stops with all problems at once, and installs missing packages. */
export async function preflight(realNodes: boolean): Promise<void> {
  const problems = (await Promise.all([debian(), go(), portsFree(), disk(), memory(realNodes), kernel()])).flat();
  if (problems.length > 0) {
    const lines = problems.map(([problem, cure]) => `  - ${problem}\n    ${cure}`);
    fail(`the sandbox cannot start here:\n${lines.join("\n")}`, "Cure what is listed, then run it again.");
  }
  await installMissing(packages);
}

/** Installs the Debian packages, given with the program or file that shows that one is there, which are not there. */
export async function installMissing(wanted: Readonly<Record<string, string>>): Promise<void> {
  const folders = (process.env.PATH ?? "").split(":");
  const present = (file = "") => folders.some((folder) => fs.existsSync(path.resolve(folder, file)));
  const missing = Object.keys(wanted).filter((name) => !present(wanted[name]));
  if (missing.length === 0) return;
  await timed(`install ${missing.join(", ")}`, async () => {
    const options = { env: { DEBIAN_FRONTEND: "noninteractive" }, logFile: logPath("packages") };
    await run("apt-get", ["update"], options);
    await run("apt-get", ["install", "--yes", "--no-install-recommends", ...missing], options);
  });
}

function debian(): Problem[] {
  if (fs.existsSync("/usr/bin/apt-get")) return [];
  return [
    ["this is no Debian: apt-get is missing", "Use Debian 12 or newer: programs and images come from its packages."],
  ];
}

async function go(): Promise<Problem[]> {
  const version = (await run("go", ["env", "GOVERSION"]).catch(() => "")).trim();
  if (version.slice(2).localeCompare(minimumGo, "en", { numeric: true }) >= 0) return [];
  return [[version ? `Go is too old: ${version}` : "Go is not on PATH", `Install Go ${minimumGo} or newer.`]];
}

async function portsFree(): Promise<Problem[]> {
  const listeners = (await run("ss", ["-Hltnp"]).catch(() => "")).split("\n");
  return listeners.flatMap((line): Problem[] => {
    const port = Number(/:(\d+)\s/.exec(line)?.[1]);
    if (!ports.includes(port)) return [];
    const [, name = "an unknown process", pid = "?"] = /\("([^"]+)",pid=(\d+)/.exec(line) ?? [];
    return [[`port ${port} is taken by ${name} (pid ${pid})`, "End that process, or move it to another port."]];
  });
}

function disk(): Problem[] {
  fs.mkdirSync(storeDir(), { recursive: true });
  const { bavail, bsize } = fs.statfsSync(storeDir());
  const stored = fs.readdirSync(storeDir());
  const has = (product: string) =>
    stored.some((entry) => entry.startsWith(`${product}-`) && !entry.includes(".building"));
  // GiB: what runs; the first time also Go's caches, then root file systems and images.
  const needed = 6 + (has("kube") ? 0 : 12) + (has("node-images") ? 0 : 7);
  const cure = "Free some space, or set DATALYPTICA_HOME to a folder on a larger disk.";
  return tooLittle(`disk in ${home()}`, (bavail * bsize) / 1024 ** 3, needed, cure);
}

function memory(realNodes: boolean): Problem[] {
  const available = Number(/^MemAvailable:\s+(\d+)/m.exec(read("/proc/meminfo"))?.[1]) / 1024 ** 2;
  const needed = realNodes ? 10 : 3; // GiB; control plane 1, builds 2, the services on a real node about 7
  return tooLittle("memory", available, needed, "End other programs, or use a larger machine.");
}

function tooLittle(what: string, free: number, needed: number, cure: string): Problem[] {
  return free >= needed ? [] : [[`too little ${what}: ${free.toFixed(1)} GiB free, ${needed} needed`, cure]];
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
    if (!present()) problems.push([`the kernel lacks ${module}`, "Use one with it (Debian's has it as a module)."]);
  }
  if (problems.length === 0) fs.writeFileSync(bridged, "1"); // otherwise Services do not work between pods of a bridge
  return problems;
}
