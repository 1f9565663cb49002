import * as fs from "node:fs";
import * as path from "node:path";
import { fail, timed } from "./log";
import { bridge, foreignProxyRules, gateway, podNetwork, serviceNetwork } from "./network";
import { home, stateDir, storeDir } from "./paths";
import { pids, processes, read } from "./processes";
import { run } from "./run";

interface Problem {
  readonly problem: string;
  readonly cure: string;
}

const minimumGo = [1, 26] as const;
const gib = 1024 ** 3;

/** The program or file that shows a Debian package is there. */
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

/** Ports that the sandbox's processes take on all clusters, with the address they listen on. */
const ports: readonly (readonly [address: string, port: number])[] = [
  [gateway, 6443],
  ...[9443, 10247, 10249, 10256, 10257, 10259].map((port) => ["127.0.0.1", port] as const),
  ...[10248, 10250].map((port) => [gateway, port] as const),
];

/** Checks everything that could stop `up` half-way, installs missing packages, and stops with all problems at once. */
export async function preflight(realNodes: boolean): Promise<void> {
  const checks = [otherSandbox, root, go, portsFree, disk, () => memory(realNodes), kernel, addresses, otherCluster];
  const found = await Promise.all([...checks, missingPackages].map(async (check) => check()));
  const problems = found.flat();
  if (problems.length > 0) {
    const lines = problems.map(({ problem, cure }) => `  - ${problem}\n    ${cure}`);
    fail(`the sandbox cannot start here:\n${lines.join("\n")}`, "Cure what is listed, then run it again.");
  }
  await installPackages();
}

function otherSandbox(): Problem[] {
  const others = new Set(processes().map((entry) => path.dirname(entry.sandbox)));
  return [...others].flatMap((other) =>
    other === home()
      ? []
      : [{ problem: `the sandbox of ${other} is up on this machine`, cure: `DATALYPTICA_HOME=${other} sandbox down` }],
  );
}

function root(): Problem[] {
  if (process.getuid?.() === 0) return [];
  return [{ problem: "not root", cure: "Run it as root: it starts containers and sets up networks." }];
}

async function go(): Promise<Problem[]> {
  const cure = `Install Go ${minimumGo.join(".")} or newer and put it on PATH.`;
  const version = await run("go", ["env", "GOVERSION"]).catch(() => "");
  const [major = 0, minor = 0] = (/go(\d+)\.(\d+)/.exec(version) ?? []).slice(1).map(Number);
  if (!version) return [{ problem: "Go is not on PATH", cure }];
  const old = major < minimumGo[0] || (major === minimumGo[0] && minor < minimumGo[1]);
  return old ? [{ problem: `Go is too old: ${version.trim()}`, cure }] : [];
}

function portsFree(): Problem[] {
  return ports.flatMap(([address, port]) => {
    const inode = listener(address, port);
    if (!inode) return [];
    const owner = pids().find((pid) => holdsSocket(pid, inode));
    const who = owner ? `${read(`/proc/${owner}/comm`).trim()} (pid ${owner})` : "an unknown process";
    return [{ problem: `port ${port} is taken by ${who}`, cure: "End that process, or move it to another port." }];
  });
}

/** The inode of the socket that listens on this address or on all of them. */
function listener(address: string, port: number): string | undefined {
  const hex = address
    .split(".")
    .reverse()
    .map((part) => Number(part).toString(16).padStart(2, "0"))
    .join("")
    .toUpperCase();
  const local = new RegExp(`^(${hex}|0{8}|0{32}):${port.toString(16).padStart(4, "0").toUpperCase()}$`);
  const lines = ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((file) => read(file).split("\n").slice(1));
  const fields = lines.map((line) => line.trim().split(/\s+/));
  return fields.find((field) => local.test(field[1] ?? "") && field[3] === "0A")?.[9];
}

function holdsSocket(pid: number, inode: string): boolean {
  try {
    const dir = `/proc/${pid}/fd`;
    return fs.readdirSync(dir).some((fd) => fs.readlinkSync(`${dir}/${fd}`) === `socket:[${inode}]`);
  } catch {
    return false; // it has ended, or closed the file
  }
}

function disk(): Problem[] {
  fs.mkdirSync(storeDir(), { recursive: true });
  const { bavail, bsize } = fs.statfsSync(storeDir());
  const built = fs.readdirSync(storeDir()).some((entry) => entry.startsWith("node-images-"));
  const needed = built ? 6 : 25; // GiB; the first time Go's caches, root file systems and images are built
  const free = (bavail * bsize) / gib;
  if (free >= needed) return [];
  const cure = `Free some space, or set DATALYPTICA_HOME to a folder on a larger disk.`;
  return [{ problem: `too little disk in ${home()}: ${free.toFixed(1)} GiB free, ${needed} needed`, cure }];
}

function memory(realNodes: boolean): Problem[] {
  const available = (Number(/^MemAvailable:\s+(\d+)/m.exec(read("/proc/meminfo"))?.[1]) * 1024) / gib;
  const needed = realNodes ? 8 : 3; // GiB; control plane 0.8, the four services on a real node about 6
  if (available >= needed) return [];
  const problem = `too little memory: ${available.toFixed(1)} GiB available, ${needed} needed`;
  return [{ problem, cure: "End other programs, or use a larger machine." }];
}

async function kernel(): Promise<Problem[]> {
  const bridged = "/proc/sys/net/bridge/bridge-nf-call-iptables";
  if (!fs.existsSync(bridged)) await run("modprobe", ["br_netfilter"]).catch(() => {});
  if (!/\boverlay$/m.test(read("/proc/filesystems"))) await run("modprobe", ["overlay"]).catch(() => {});
  const problems: Problem[] = [];
  const cure = "Use a kernel with it (Debian's has it as a module).";
  if (read(bridged).trim() === "0") fs.writeFileSync(bridged, "1");
  if (read(bridged).trim() !== "1") problems.push({ problem: "the kernel lacks br_netfilter", cure });
  if (!/\boverlay$/m.test(read("/proc/filesystems"))) problems.push({ problem: "the kernel lacks overlayfs", cure });
  return problems;
}

/** Pods and Services take OpenShift's default networks; a route into one of them would be cut off. */
async function addresses(): Promise<Problem[]> {
  const routes = JSON.parse(await run("ip", ["-json", "route"]).catch(() => "[]")) as { dst: string; dev: string }[];
  return routes.flatMap(({ dst, dev }) => {
    const clash = [podNetwork, serviceNetwork].find((network) => dst !== "default" && overlap(network, dst));
    if (!clash || dev === bridge) return [];
    const cure = "Leave that network (a VPN?) while the sandbox runs.";
    return [{ problem: `this machine's route to ${dst} by ${dev} overlaps the sandbox's network ${clash}`, cure }];
  });
}

function overlap(a: string, b: string): boolean {
  const parse = (cidr: string) => {
    const [address = "", bits = "32"] = cidr.split("/");
    return { address: address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0), bits: Number(bits) };
  };
  const [x, y] = [parse(a), parse(b)];
  const size = 2 ** (32 - Math.min(x.bits, y.bits));
  return Math.floor(x.address / size) === Math.floor(y.address / size);
}

async function otherCluster(): Promise<Problem[]> {
  if (!(await foreignProxyRules())) return [];
  return [{ problem: "another Kubernetes node runs on this machine (kube-proxy's rules)", cure: "Stop it first." }];
}

function missingPackages(): Problem[] {
  const missing = missingNames();
  if (missing.length === 0 || fs.existsSync("/usr/bin/apt-get")) return [];
  return [{ problem: `missing: ${missing.join(", ")}`, cure: "Install what Debian calls so." }];
}

function missingNames(): string[] {
  const folders = (process.env.PATH ?? "").split(":");
  const present = (file: string) =>
    (file.startsWith("/") ? [file] : folders.map((dir) => path.join(dir, file))).some(fs.existsSync);
  return Object.entries(packages).flatMap(([name, file]) => (present(file) ? [] : [name]));
}

async function installPackages(): Promise<void> {
  const missing = missingNames();
  if (missing.length === 0) return;
  const options = { env: { DEBIAN_FRONTEND: "noninteractive" }, logFile: stateDir("log", "packages.log") };
  await timed(`install ${missing.join(", ")}`, async () => {
    await run("apt-get", ["update"], options);
    await run("apt-get", ["install", "--yes", "--no-install-recommends", ...missing], options);
  });
}
