import * as assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import * as net from "node:net";
import { standIns } from "../../../sandbox/images/standins";
import { kubectl } from "../../../sandbox/lib/manifests";
import { bridge, dnsAddress, routerAddress } from "../../../sandbox/lib/network";
import { run } from "../../../sandbox/lib/run";
import { agentCommand, ask, type Target } from "./agents";

/** Who can try a flow: pods and a machine outside the cluster, each with an agent, and the router; and what they try. */

/** A flow as the table writes it, `red/web > green/db:8080/udp`, and how to try it. */
interface Flow {
  readonly name: string;
  readonly from: string;
  readonly target: Target;
}

const namespaces = ["red", "green", "blue"];
const httpPort: Readonly<Record<string, number>> = { web: 8080, db: 8081 };
const agentPorts = [
  ["tcp", 8080],
  ["tcp", 8081],
  ["tcp", 8082],
  ["udp", 8080],
] as const;
const image = Object.keys(standIns).find((name) => name.includes("postgresql"));

/** A network namespace behind a link of its own, in a range for documentation. */
const outside = { netns: "datalyptica-outside", link: "dlpoutside", router: "198.51.100.1", address: "198.51.100.2" };
let outsideAgent: ChildProcess | undefined;

let known = new Map<string, string>();
let services = new Map<string, string>();

/** The addresses at which agents answer, by `<namespace>/<pod>`. */
export const agents = (): ReadonlyMap<string, string> => known;

export async function createAgents(): Promise<void> {
  await createOutside();
  await run("ip", ["address", "replace", `${routerAddress}/32`, "dev", bridge]);
  const labelled = namespaces.map((name) => {
    const namespace = object("Namespace", undefined, name);
    return { ...namespace, metadata: { ...namespace.metadata, labels: { colour: name } } };
  });
  const ports = [{ port: 80, targetPort: "http" }];
  const service = { ...object("Service", "red", "web"), spec: { selector: { app: "web" }, ports } };
  await apply(...labelled);
  await apply(service, ...namespaces.flatMap((namespace) => Object.keys(httpPort).map((app) => pod(namespace, app))));
  await findAgents();
}

/** Waits for all agents and notes where they are. */
export async function findAgents(): Promise<void> {
  const ready = ["--for=condition=Ready", "--timeout=60s"];
  await kubectl(["wait", "pods", "--all-namespaces", "--selector=agent", ...ready]);
  const addresses = async (what: string, field: string, ...options: string[]) => {
    const format = `--output=jsonpath={range .items[*]}{.metadata.namespace}/{.metadata.name} {${field}}{"\\n"}{end}`;
    const lines = (await kubectl(["get", what, "--all-namespaces", format, ...options])).trim().split("\n");
    return lines.map((line) => line.split(" ") as [string, string]);
  };
  services = new Map(await addresses("services", ".spec.clusterIP"));
  const pods = await addresses("pods", ".status.podIP", "--selector=agent");
  known = new Map([...pods, ["outside/server", outside.address]]);
}

/** Waits until exactly the flows pass that should: what was changed is in force a moment later. */
export async function expectFlows(refused: readonly string[], allowed: readonly string[] = []): Promise<void> {
  const [refuses, allows] = [refused.map(matcher), allowed.map(matcher)];
  const passes = ({ name, from }: Flow) =>
    name.startsWith(`${from} > ${from}:`) ||
    name === "red/web > service/web:80" ||
    allows.some((matches) => matches(name)) ||
    !refuses.some((matches) => matches(name));
  const deadline = Date.now() + 5000;
  let wrong: string[];
  do {
    const results = await Promise.all([...known.keys(), "router"].map(tryFrom));
    const differs = results.flat().filter(([flow, passed]) => passed !== passes(flow));
    wrong = differs.map(([{ name }, passed]) => `${name} ${passed ? "passes" : "is refused"}`);
  } while (wrong.length > 0 && Date.now() < deadline);
  assert.deepEqual(wrong, []);
}

async function tryFrom(from: string): Promise<(readonly [Flow, boolean])[]> {
  const all = flowsOf(from);
  const targets = all.map(({ target }) => target);
  const passed =
    from === "router" ? await Promise.all(targets.map(connect)) : await ask(known.get(from) ?? "", targets);
  return all.map((flow, index) => [flow, passed[index] ?? false]);
}

function flowsOf(from: string): Flow[] {
  const toAgents = [...known].flatMap(([to, address]) =>
    agentPorts.map(([protocol, port]) => [to, [protocol, address, port]] as const),
  );
  const toServices = [
    ["service/web", ["tcp", services.get("red/web") ?? "", 80]],
    ["service/kubernetes", ["tcp", services.get("default/kubernetes") ?? "", 443]],
    ["service/dns", ["udp", dnsAddress, 53]],
    ["service/dns", ["tcp", dnsAddress, 53]],
  ] as const;
  const inside = namespaces.some((namespace) => from.startsWith(`${namespace}/`));
  return (inside ? [...toAgents, ...toServices] : toAgents)
    .filter(([to, [protocol]]) => inside || (!to.startsWith("outside") && (from !== "router" || protocol === "tcp")))
    .map(([to, target]) => {
      const [protocol, , port] = target;
      return { name: `${from} > ${to}:${port}${protocol === "udp" ? "/udp" : ""}`, from, target };
    });
}

function connect([, host, port]: Target): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port, localAddress: routerAddress, timeout: 1000 });
    const end = (passed: boolean) => {
      socket.destroy();
      resolve(passed);
    };
    socket
      .on("connect", () => end(true))
      .on("timeout", () => end(false))
      .on("error", () => end(false));
  });
}

function matcher(pattern: string): (name: string) => boolean {
  const expression = pattern.replaceAll(".", "\\.").replaceAll("*", "[^:>]*");
  const all = new RegExp(`^${expression}${pattern.includes(":") ? "" : ":.*"}$`);
  return (name) => all.test(name);
}

const object = (kind: string, namespace: string | undefined, name: string) => ({
  apiVersion: kind === "NetworkPolicy" ? "networking.k8s.io/v1" : "v1",
  kind,
  metadata: { name, namespace, labels: { app: name } },
});

export const policy = (namespace: string, name: string, spec: object) => ({
  ...object("NetworkPolicy", namespace, name),
  spec,
});

/** A pod with an agent, or with a command of its own. */
export function pod(namespace: string, app: string, command?: readonly string[]) {
  const ports = [{ name: "http", containerPort: httpPort[app] ?? 8080 }];
  const agent = { command: agentCommand, readinessProbe: { tcpSocket: { port: 9000 }, periodSeconds: 1 } };
  const containers = [{ name: "main", image, ports, ...(command ? { command } : agent) }];
  const labels = { app, ...(command ? {} : { agent: "" }) };
  const { metadata, ...rest } = object("Pod", namespace, app);
  const spec = { containers, restartPolicy: "Never", terminationGracePeriodSeconds: 1 };
  return { ...rest, metadata: { ...metadata, labels }, spec };
}

export function apply(...items: readonly object[]): Promise<string> {
  return kubectl(["apply", "--filename=-"], JSON.stringify({ apiVersion: "v1", kind: "List", items }));
}

async function createOutside(): Promise<void> {
  const { netns, link, router, address } = outside;
  await removeOutside(); // of a test that was ended
  await run("ip", ["netns", "add", netns]);
  await run("ip", ["link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", netns]);
  await run("ip", ["address", "add", `${router}/24`, "dev", link]);
  await run("ip", ["link", "set", link, "up"]);
  await run("ip", ["-n", netns, "address", "add", `${address}/24`, "dev", "eth0"]);
  for (const device of ["lo", "eth0"]) await run("ip", ["-n", netns, "link", "set", device, "up"]);
  await run("ip", ["-n", netns, "route", "add", "default", "via", router]);
  outsideAgent = spawn("ip", ["netns", "exec", netns, ...agentCommand], { stdio: "ignore" });
}

/** Has a machine outside answer at an address, so that whoever gets out to it is noticed. */
export async function answerOutside(address: string): Promise<void> {
  await run("ip", ["-n", outside.netns, "address", "add", `${address}/32`, "dev", "eth0"]);
  await run("ip", ["route", "add", `${address}/32`, "via", outside.address, "dev", outside.link]);
}

export async function removeOutside(): Promise<void> {
  outsideAgent?.kill();
  await run("ip", ["netns", "delete", outside.netns]).catch(() => {}); // mostly there is none
}
