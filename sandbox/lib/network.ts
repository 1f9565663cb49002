import * as fs from "node:fs";
import { stateDir } from "./paths";
import { read } from "./processes";
import { run } from "./run";

/** The addresses OpenShift uses by default; the API server and the nodes live on the bridge's own addresses. */
export const podNetwork = "10.128.0.0/14";
export const serviceNetwork = "172.30.0.0/16";
export const dnsAddress = "172.30.0.10";
export const gateway = "10.128.0.1";
export const apiServer = `https://${gateway}:6443`;
export const bridge = "datalyptica0";
/** Names the pod network in what the plugins record, and our rules in what iptables lists. */
export const networkName = "datalyptica";
export const cniDir = () => stateDir("cni");

const forwarding = "/proc/sys/net/ipv4/ip_forward";
const comment = ["-m", "comment", "--comment", networkName];

/** Each real node has its own address on the bridge, hence its own kubelet port. */
export function nodeAddress(index: number): string {
  return `10.128.0.${10 + index}`;
}

/** Whether the machine forwards packets: its own setting, which `removeNetwork` puts back. */
export function forwardingSetting(): string {
  return read(forwarding).trim();
}

/** The bridge that all pods and nodes share, with the rules and the plugin configuration that real nodes need. */
export async function createNetwork(realNodes: number): Promise<void> {
  // A fixed hardware address: otherwise it changes with the first pod, and pods lose their gateway for a while.
  await run("ip", ["link", "add", bridge, "address", "0a:58:0a:80:00:01", "type", "bridge"]);
  await run("ip", ["address", "add", `${gateway}/14`, "dev", bridge]);
  for (let index = 1; index <= realNodes; index++) {
    await run("ip", ["address", "add", `${nodeAddress(index)}/32`, "dev", bridge]);
  }
  await run("ip", ["link", "set", bridge, "up"]);
  if (realNodes === 0) return;

  fs.writeFileSync(forwarding, "1");
  // Other software may drop forwarded traffic by default (Docker does).
  await run("iptables", ["-I", "FORWARD", "-i", bridge, ...comment, "-j", "ACCEPT"]);
  await run("iptables", ["-I", "FORWARD", "-o", bridge, ...comment, "-j", "ACCEPT"]);
  const leaving = ["-s", podNetwork, "!", "-d", podNetwork];
  await run("iptables", ["-t", "nat", "-A", "POSTROUTING", ...leaving, ...comment, "-j", "MASQUERADE"]);
  const conflist = {
    cniVersion: "1.0.0",
    name: networkName,
    plugins: [
      {
        type: "bridge",
        bridge,
        hairpinMode: true,
        ipam: {
          type: "host-local",
          dataDir: stateDir("cni", "addresses"),
          ranges: [[{ subnet: podNetwork, rangeStart: "10.128.1.0", gateway }]],
          routes: [{ dst: "0.0.0.0/0" }],
        },
      },
    ],
  };
  fs.mkdirSync(cniDir(), { recursive: true });
  fs.writeFileSync(`${cniDir()}/10-${networkName}.conflist`, JSON.stringify(conflist, null, 2));
}

/** Removes the bridge, our rules and kube-proxy's, whatever is left of them, and sets forwarding back. */
export async function removeNetwork(forwardingBefore: string | undefined): Promise<void> {
  if (fs.existsSync(`/sys/class/net/${bridge}`)) {
    for (const port of fs.readdirSync(`/sys/class/net/${bridge}/brif`)) {
      await run("ip", ["link", "delete", port]).catch(() => {}); // it goes by itself with its pod's namespace
    }
    await run("ip", ["link", "delete", bridge]);
  }
  if (forwardingBefore) fs.writeFileSync(forwarding, forwardingBefore);
  const ours = await save("iptables").then((rules) => rules.some((line) => line.includes(`--comment ${networkName}`)));
  if (!ours) return; // what kube-proxy rules there are then belong to somebody else's cluster
  for (const command of ["ip6tables", "iptables"] as const) await removeRules(command);
  await run("conntrack", ["-D", "-s", podNetwork]).catch(() => {}); // it fails when there is nothing to delete
}

/** Whether another cluster's kube-proxy has rules on this machine (ours are gone when no sandbox is up). */
export async function foreignProxyRules(): Promise<boolean> {
  return (await save("iptables")).some((line) => line.startsWith(":KUBE-SERVICES "));
}

async function save(command: "iptables" | "ip6tables"): Promise<string[]> {
  return (await run(`${command}-save`, []).catch(() => "")).split("\n");
}

async function removeRules(command: "iptables" | "ip6tables"): Promise<void> {
  const kept = (await save(command)).filter(
    (line) => !line.includes("KUBE-") && !line.includes(`--comment ${networkName}`),
  );
  await run(`${command}-restore`, [], { input: kept.join("\n") });
  // The empty tables that the first rule brought into being go as well.
  for (const section of kept.join("\n").split(/^COMMIT$/m)) {
    const table = /^\*(\w+)$/m.exec(section)?.[1];
    const inUse = /^-A |^:\S+ (-|DROP)/m.test(section);
    const family = command === "iptables" ? "ip" : "ip6";
    if (table && !inUse) await run("nft", ["delete", "table", family, table]).catch(() => {}); // legacy iptables has none
  }
}
