import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as net from "node:net";
import * as path from "node:path";
import { parse } from "yaml";
import { kubectl } from "../../sandbox/lib/manifests";
import { networkName, routerAddress } from "../../sandbox/lib/network";
import { stateDir } from "../../sandbox/lib/paths";
import { ask } from "./support/agents";
import {
  agents,
  answerOutside,
  apply,
  createAgents,
  expectFlows,
  findAgents,
  pod,
  policy,
  removeOutside,
} from "./support/packets";
import { eventually, ownSandbox, realNodes, sandbox } from "./support/sandbox";

interface Case {
  readonly name: string;
  readonly policies: readonly { readonly namespace: string; readonly spec: object }[];
  readonly refused: readonly string[];
  readonly allowed?: readonly string[];
}

const cases = parse(fs.readFileSync(path.join(__dirname, "network-policies.yaml"), "utf8")) as readonly Case[];

describe("NetworkPolicies with real packets", () => {
  ownSandbox(...realNodes(1));
  before(createAgents);
  after(removeOutside);

  beforeEach(() => kubectl(["delete", "networkpolicies", "--all", "--all-namespaces"]));

  for (const { name, policies, refused, allowed = [] } of cases) {
    it(name, async () => {
      await apply(...policies.map(({ namespace, spec }, index) => policy(namespace, `policy-${index}`, spec)));
      await expectFlows(refused, allowed);
    });
  }

  it("policies that are changed and removed while pods run take effect", async () => {
    const deny = { podSelector: {}, policyTypes: ["Ingress"] };
    await apply(policy("red", "changing", deny));
    await expectFlows(["* > red/*", "* > service/web"]);
    await apply(policy("red", "changing", { ...deny, ingress: [{ ports: [{ port: 8081 }] }] }));
    await expectFlows(["* > red/*", "* > service/web"], ["* > red/*:8081"]);
    await kubectl(["delete", "networkpolicy", "changing", "--namespace=red"]);
    await expectFlows([]);
  });

  it("new labels of pods and namespaces take effect", async () => {
    const from = [
      { namespaceSelector: { matchLabels: { colour: "green" } }, podSelector: { matchLabels: { app: "web" } } },
    ];
    const spec = { podSelector: { matchLabels: { app: "db" } }, policyTypes: ["Ingress"], ingress: [{ from }] };
    await apply(policy("red", "labels", spec));
    await expectFlows(["* > red/db"], ["green/web > *"]);
    await kubectl(["label", "namespace", "blue", "colour=green", "--overwrite"]);
    await expectFlows(["* > red/db"], ["green/web > *", "blue/web > *"]);
    await kubectl(["label", "pod", "web", "--namespace=green", "app=other", "--overwrite"]);
    await expectFlows(["* > red/db"], ["blue/web > *"]);
    await kubectl(["label", "pod", "web", "--namespace=green", "app=web", "--overwrite"]);
    await kubectl(["label", "namespace", "blue", "colour=blue", "--overwrite"]);
    await expectFlows(["* > red/db"], ["green/web > *"]);
  });

  it("a pod's first packet is judged already", async () => {
    await apply(
      policy("red", "early", { podSelector: {}, policyTypes: ["Egress"], egress: [{ ports: [{ port: 8080 }] }] }),
    );
    const tries = [8080, 8081].map(
      (port) => `timeout 2 bash -c '</dev/tcp/${agents().get("green/web")}/${port}' && echo ${port}`,
    );
    await apply(pod("red", "early", ["bash", "-c", `${tries.join(";")}; true`]));
    await kubectl([
      "wait",
      "--namespace=red",
      "pod/early",
      "--for=jsonpath={.status.phase}=Succeeded",
      "--timeout=30s",
    ]);
    assert.equal(await kubectl(["logs", "--namespace=red", "early"]), "8080\n");
    await kubectl(["delete", "pod", "early", "--namespace=red"]);
  });

  it("kubelet's probes pass: a pod under default deny becomes ready", async () => {
    await apply(policy("red", "deny", { podSelector: {}, policyTypes: ["Ingress", "Egress"] }), pod("red", "probed"));
    await kubectl(["wait", "--namespace=red", "pod/probed", "--for=condition=Ready", "--timeout=30s"]);
    await kubectl(["delete", "pod", "probed", "--namespace=red", "--now"]);
  });

  it("the address of a pod that has ended goes to another pod without its rules", async () => {
    await apply(
      policy("red", "short", { podSelector: { matchLabels: { app: "short" } } }),
      pod("red", "short", ["true"]),
    );
    await kubectl([
      "wait",
      "--namespace=red",
      "pod/short",
      "--for=jsonpath={.status.phase}=Succeeded",
      "--timeout=30s",
    ]);
    const address = await kubectl(["get", "pod", "short", "--namespace=red", "--output=jsonpath={.status.podIP}"]);
    const pool = stateDir("cni", "addresses", networkName);
    await eventually("the address is free", 30, () => !fs.existsSync(path.join(pool, address)));
    const before = address.replace(/\d+$/, (last) => `${Number(last) - 1}`);
    fs.writeFileSync(path.join(pool, "last_reserved_ip.0"), before); // addresses are handed out in turn
    await apply(pod("red", "other"));
    await findAgents();
    assert.equal(agents().get("red/other"), address);
    await expectFlows([]);
  });

  it("what is sent to a Service and finds no endpoint does not leave the machine", async () => {
    const [nobody, somebody] = ["172.30.254.254", "198.51.100.77"];
    for (const address of [nobody, somebody]) await answerOutside(address);
    const from = agents().get("red/web") ?? "";
    assert.deepEqual(
      await ask(from, [
        ["tcp", somebody, 8080],
        ["tcp", nobody, 8080],
      ]),
      [true, false],
    );
  });

  it("what was connected before a policy stays connected", async () => {
    const socket = net.connect({ host: agents().get("red/web") ?? "", port: 8080, localAddress: routerAddress });
    const echo = () => new Promise((resolve) => socket.once("data", resolve).write("x"));
    await echo();
    await apply(policy("red", "deny", { podSelector: {}, policyTypes: ["Ingress"] }));
    await expectFlows(["* > red/*", "* > service/web"]);
    assert.equal(String(await echo()), "x");
    socket.destroy();
  });

  it("the sandbox's status names what was dropped", async () => {
    await apply(policy("red", "named", { podSelector: {}, policyTypes: ["Egress"] }));
    await expectFlows(["red/* > *"]);
    const { drops } = JSON.parse(sandbox("status", "--output=json").stdout) as { drops: Record<string, unknown>[] };
    const drop = drops.find(
      ({ to, port, policies }) => to === "green/db" && port === "8082/TCP" && `${policies}` === "named",
    );
    assert.ok(drop, JSON.stringify(drops.slice(0, 5)));
    assert.equal(drop.refused, "egress");
    assert.match(String(drop.from), /^red\//);
    assert.match(sandbox("status").stdout, /red\/web +green\/db +8082\/TCP +egress +named/);
  });
});
