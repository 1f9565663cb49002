import * as fs from "node:fs";
import { stateDir } from "./paths";
import { read } from "./processes";
import { run } from "./run";

/** The addresses OpenShift uses by default; the API server and the nodes live on the bridge's own addresses. */
export const podNetwork = "10.128.0.0/14";
export const serviceNetwork = "172.30.0.0/16";
export const dnsAddress = "172.30.0.10";
export const gateway = "10.128.0.1";
/**
 * Where pods find the router, and where it calls them from: NetworkPolicies judge it as a pod of openshift-ingress on the
 * host's network.
 */
export const routerAddress = "10.128.0.2";
/** Hosts of Routes lie in this domain, which browsers and most programs resolve to the machine itself. */
export const appsDomain = "apps.sandbox.localhost";
export const apiServer = `https://${gateway}:6443`;
export const bridge = "datalyptica0";
/** Names the pod network in what the plugins record, our rules in what iptables lists, and the table of NetworkPolicies. */
export const networkName = "datalyptica";

/**
 * What real nodes need of the machine's kernel, by file, as OpenShift sets it on its nodes: packets go on from pod to pod,
 * and the table of neighbours, one for the network namespaces of all pods together, has room for every two that talk. By
 * default 1024 entries are the end, two a pair, and then packets are lost without a word.
 */
const neighbours = "/proc/sys/net/ipv4/neigh/default/gc_thresh";
const needed: Readonly<Record<string, number>> = {
  "/proc/sys/net/ipv4/ip_forward": 1,
  [`${neighbours}1`]: 8192,
  [`${neighbours}2`]: 32768,
  [`${neighbours}3`]: 65536,
};
const comment = ["-m", "comment", "--comment", networkName];

/** Settings of the kernel, by their file. */
export type KernelSettings = Readonly<Record<string, string>>;

/** The machine's own settings, which `removeNetwork` puts back. Inside a container some do not exist. */
export function kernelSettings(): KernelSettings {
  const found = Object.keys(needed).map((file) => [file, read(file).trim()] as const);
  return Object.fromEntries(found.filter(([, value]) => value !== ""));
}

/** Those that are too low for real nodes, with what they need. */
export function raised(present: KernelSettings): KernelSettings {
  const low = Object.entries(needed).filter(([file, least]) => Number(present[file] ?? least) < least);
  return Object.fromEntries(low.map(([file, least]) => [file, `${least}`]));
}

function setKernel(settings: KernelSettings): void {
  for (const [file, value] of Object.entries(settings)) fs.writeFileSync(file, value);
}

/**
 * The bridge that all pods and real nodes share, and `conflist`, the network plugins' configuration for it; one of them is
 * the program `openshift`, which makes a pod wait for the rules of its NetworkPolicies. `nodes` are the real ones' addresses.
 */
export async function createNetwork(conflist: string, openshift: string, nodes: readonly string[]): Promise<void> {
  // A fixed hardware address: otherwise it changes with the first pod, and pods lose their gateway for a while.
  await run("ip", ["link", "add", bridge, "address", "0a:58:0a:80:00:01", "type", "bridge"]);
  for (const address of [`${gateway}/14`, ...[routerAddress, ...nodes].map((own) => `${own}/32`)]) {
    await run("ip", ["address", "add", address, "dev", bridge]);
  }
  await run("ip", ["link", "set", bridge, "up"]);
  if (nodes.length === 0) return;

  setKernel(raised(kernelSettings()));
  // Other software may drop forwarded traffic by default (Docker does).
  for (const way of ["-i", "-o"]) {
    await run("iptables", ["-I", "FORWARD", way, bridge, ...comment, "-j", "ACCEPT"]);
  }
  const leaving = ["-s", podNetwork, "!", "-d", podNetwork];
  await run("iptables", ["-t", "nat", "-A", "POSTROUTING", ...leaving, ...comment, "-j", "MASQUERADE"]);
  fs.mkdirSync(stateDir("cni", "bin"), { recursive: true });
  fs.symlinkSync(openshift, stateDir("cni", "bin", "openshift"));
  for (const plugin of ["bridge", "host-local", "loopback"]) {
    fs.symlinkSync(`/usr/lib/cni/${plugin}`, stateDir("cni", "bin", plugin));
  }
  fs.writeFileSync(stateDir("cni", `10-${networkName}.conflist`), conflist);
}

/** Removes the bridge, our rules and kube-proxy's, whatever is left of them, and puts the kernel's settings back. */
export async function removeNetwork(before: KernelSettings): Promise<void> {
  const links = `/sys/class/net/${bridge}`;
  if (fs.existsSync(links)) {
    for (const port of fs.readdirSync(`${links}/brif`)) {
      await run("ip", ["link", "delete", port]).catch(() => {}); // it goes by itself with its pod's namespace
    }
    await run("ip", ["link", "delete", bridge]);
  }
  setKernel(before);
  await run("nft", ["delete", "table", "inet", networkName]).catch(() => {}); // only with real nodes there is one
  const rules = await save("iptables");
  if (!rules.includes(`--comment ${networkName}`)) return; // what kube-proxy rules there are then belong to others
  for (const command of ["ip6tables", "iptables"] as const) await removeRules(command);
  await run("conntrack", ["-D", "-s", podNetwork]).catch(() => {}); // it fails when there is nothing to delete
}

function save(command: "iptables" | "ip6tables"): Promise<string> {
  return run(`${command}-save`, []).catch(() => "");
}

async function removeRules(command: "iptables" | "ip6tables"): Promise<void> {
  const ours = new RegExp(`KUBE-|--comment ${networkName}\\b`);
  const kept = (await save(command)).split("\n").filter((line) => !ours.test(line));
  await run(`${command}-restore`, [], { input: kept.join("\n") });
  // The empty tables that the first rule brought into being go as well (legacy iptables has none).
  for (const section of kept.join("\n").split(/^COMMIT$/m)) {
    const table = /^\*(\w+)$/m.exec(section)?.[1];
    const inUse = /^-A |^:\S+ (-|DROP)/m.test(section);
    const family = command === "iptables" ? "ip" : "ip6";
    if (table && !inUse) await run("nft", ["delete", "table", family, table]).catch(() => {});
  }
}

/** The machine's resolvers that pods can reach: never a local stub, whose upstreams systemd lists elsewhere. */
export function hostResolvers(): { readonly file: string; readonly addresses: readonly string[] } {
  for (const file of ["/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"]) {
    const found = [...read(file).matchAll(/^nameserver\s+(\S+)/gm)].map((match) => match[1] ?? "");
    const addresses = found.filter((address) => !/^127\.|^::1$/.test(address));
    if (addresses.length > 0) return { file, addresses };
  }
  return { file: "", addresses: [] };
}
