import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import * as network from "./network";
import { nodeValues, type Topology } from "./nodes";
import { pkiPath, runDir, sources, stateDir } from "./paths";

/** One long-running process of the sandbox. */
export interface Component {
  readonly name: string;
  readonly command: readonly string[];
  /** What tells that it works: an http(s) URL that answers 200, or a socket that accepts a connection. */
  readonly health: string;
}

/** A component as config/components.yaml has it. */
interface Template extends Component {
  readonly for?: "real" | "simulated" | "node";
  readonly config?: string;
}

/** What `${NAME}` stands for in the files of config/ and manifests/. */
export type Values = Readonly<Record<string, string>>;

/** What all files of a cluster may name, but for programs, images and CA_BUNDLE. */
export function clusterValues(): Values {
  const { file, addresses } = network.hostResolvers();
  return {
    RUN: runDir(),
    STATE: stateDir(),
    PKI: pkiPath(""),
    API_SERVER: network.apiServer,
    APPS_DOMAIN: network.appsDomain,
    BRIDGE: network.bridge,
    DNS_ADDRESS: network.dnsAddress,
    FORWARD: addresses.length > 0 ? `forward . ${addresses.join(" ")}` : "",
    GATEWAY: network.gateway,
    NETWORK_NAME: network.networkName,
    POD_NETWORK: network.podNetwork,
    RESOLV_CONF: file,
    ROUTER_ADDRESS: network.routerAddress,
    SERVICE_NETWORK: network.serviceNetwork,
    WEBHOOK_ADDRESS: "127.0.0.1:9443",
  };
}

/** A file of `sandbox/` with its values filled in. */
export function render(file: string, values: Values): string {
  return fill(fs.readFileSync(path.join(sources, file), "utf8"), values);
}

/** The components of a cluster in their phases, with their configuration files written. */
export function components(topology: Topology, values: Values): Component[][] {
  const phases = parse(fs.readFileSync(path.join(sources, "config", "components.yaml"), "utf8")) as Template[][];
  fs.mkdirSync(stateDir("config"));
  const make = (template: Template): Component[] => {
    if (template.for && (template.for === "simulated") !== Boolean(topology.simulate)) return [];
    const each = template.for === "node" ? nodeValues(topology) : [{}];
    return each.map((node) => component(template, { ...values, ...node }));
  };
  return phases.map((phase) => phase.flatMap(make));
}

function component({ name, command, health, config }: Template, values: Values): Component {
  const own = fill(name, values);
  const file = stateDir("config", `${own}${path.extname(config ?? "")}`);
  if (config) fs.writeFileSync(file, render(path.join("config", config), values));
  const all = { ...values, CONFIG: file };
  return { name: own, command: command.map((word) => fill(word, all)), health: fill(health, all) };
}

function fill(text: string, values: Values): string {
  return text.replace(/\$\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`no value for \${${name}}`);
    return value;
  });
}
