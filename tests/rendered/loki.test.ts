import * as assert from "node:assert/strict";
import * as yaml from "yaml";
import { entriesOf, field, type Manifest } from "../../policies/objects/manifest";
import { workloads } from "../../policies/objects/pods";
import { rendering } from "../support/stacks";
import { logCases } from "./logs/alerts";
import { isTrue, mistakesIn } from "./logs/logql";
import { grpcClients, unknownToLoki } from "./logs/loki-reference";

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly annotations: Readonly<Record<string, string>>;
}

const files = (manifests: readonly Manifest[], name: string) => {
  const found = manifests.find(({ kind, metadata }) => kind === "ConfigMap" && metadata.name === name);
  assert.ok(found, name);
  return entriesOf(found);
};
const rulesOf = (manifests: readonly Manifest[]): readonly Rule[] =>
  Object.values(files(manifests, "loki-rules")).flatMap((text) =>
    (yaml.parse(text) as { readonly groups: readonly { readonly rules: readonly Rule[] }[] }).groups.flatMap(
      ({ rules }) => rules,
    ),
  );

for (const stack of ["ha", "standalone"] as const) {
  describe(`Loki's configuration of ${stack}`, () => {
    let manifests: readonly Manifest[];
    let config: unknown;
    before(async () => {
      manifests = (await rendering(stack)).manifests as readonly Manifest[];
      config = yaml.parse(files(manifests, "loki-config")["loki.yaml"] ?? "");
    });
    const at = (path: string) => field(config, ...path.split("."));

    it("has only keys of its version, with values of their types", () => assert.deepEqual(unknownToLoki(config), []));

    it("speaks TLS on every port, and verifies whom it calls", () => {
      for (const server of ["server.http_tls_config", "server.grpc_tls_config"]) {
        assert.deepEqual(at(server), { cert_file: "/etc/tls/tls.crt", key_file: "/etc/tls/tls.key" });
      }
      const verified = { tls_enabled: true, tls_ca_path: "/etc/platform-ca/ca.crt", tls_server_name: "loki" };
      for (const client of grpcClients) assert.deepEqual(at(client), verified, client);
      const gossip = { ...verified, tls_cert_path: "/etc/tls/tls.crt", tls_key_path: "/etc/tls/tls.key" };
      for (const [key, value] of Object.entries(stack === "ha" ? gossip : {}))
        assert.equal(at(`memberlist.${key}`), value);
      const urls = String(at("ruler.alertmanager_url")).split(",");
      assert.equal(urls.length, stack === "ha" ? 3 : 1);
      for (const url of urls) assert.match(url, /^https:\/\/alertmanager-\d\./);
    });

    it("names variables that its containers have, and no key in clear text", () => {
      const text = files(manifests, "loki-config")["loki.yaml"] ?? "";
      const named = [...text.matchAll(/\$\{(\w+)\}/g)].map(([, name = ""]) => name);
      assert.deepEqual([...new Set(named)].sort(), ["POD_IP", "S3_ACCESS_KEY", "S3_SECRET_KEY"]);
      for (const { id, pod } of workloads(manifests).filter(
        (each) => each.labels["app.kubernetes.io/name"] === "loki",
      )) {
        const [container] = pod.containers ?? [];
        const env = (container?.env ?? []).map(({ name }) => name);
        assert.deepEqual(env.sort(), [...new Set(named)].sort(), id);
        assert.ok(container?.args?.includes("-config.expand-env=true"), id);
      }
    });

    it("keeps lines longer than it takes them, and has the compactor delete them", () => {
      const hours = (path: string) => Number(/^(\d+)h$/.exec(String(at(path)))?.[1]);
      assert.ok(hours("limits_config.retention_period") > hours("limits_config.reject_old_samples_max_age"));
      assert.ok(hours("limits_config.retention_period") > 24);
      assert.equal(at("compactor.retention_enabled"), true);
      assert.equal(at("compactor.delete_request_store"), at("schema_config.configs.0.object_store"));
    });

    it("finds rules where the ruler looks for them, in the folder of the one tenant", () => {
      const ruler = workloads(manifests).find(({ name }) => name === (stack === "ha" ? "loki-read" : "loki"));
      const mount = ruler?.pod.containers?.[0]?.volumeMounts?.find(({ name }) => name === "loki-rules");
      assert.equal(mount?.mountPath, `${at("ruler_storage.local.directory")}/fake`);
    });
  });
}

describe("Loki's processes in ha", () => {
  it("have modules that are in one only, a ruler and an index gateway never in the same", async () => {
    const all = workloads((await rendering("ha")).manifests as readonly Manifest[]);
    const targets = all
      .filter(({ labels }) => labels["app.kubernetes.io/name"] === "loki")
      .map(
        ({ pod }) =>
          pod.containers?.[0]?.args
            ?.find((arg) => arg.startsWith("-target="))
            ?.slice(8)
            .split(",") ?? [],
      );
    const modules = targets.flat();
    assert.deepEqual(
      [...modules].sort(),
      [
        ...["compactor", "distributor", "index-gateway", "ingester", "pattern-ingester"],
        ...["querier", "query-frontend", "query-scheduler", "ruler"],
      ].sort(),
    );
    for (const target of targets) {
      assert.ok(!(target.includes("index-gateway") && (target.includes("ruler") || target.includes("querier"))));
    }
  });
});

describe("alerts on logs", () => {
  let rules: readonly Rule[];
  before(async () => {
    rules = rulesOf((await rendering("ha")).manifests as readonly Manifest[]);
  });

  it("are LogQL, as its own grammar has it, and so are the queries that they advise", () => {
    assert.ok(rules.length > 3);
    for (const { alert, expr } of rules) assert.deepEqual(mistakesIn(expr), [], alert);
    const advised = rules.flatMap(({ annotations }) => [...(annotations.check ?? "").matchAll(/`(\{.*?)`/g)]);
    assert.ok(advised.length > 0);
    for (const [, query = ""] of advised) assert.deepEqual(mistakesIn(query), [], query);
    assert.notDeepEqual(mistakesIn('sum(count_over_time({app="a" |= "x" [5m]))'), []);
  });

  it("each have lines at which they fire and some at which they are silent, and no case is left over", () => {
    assert.deepEqual(rules.map(({ alert }) => alert).sort(), Object.keys(logCases).sort());
    for (const { alert, expr } of rules) {
      const { fires = [], silent = [] } = logCases[alert] ?? {};
      assert.ok(fires.length > 0 && silent.length > 0, alert);
      for (const [i, lines] of fires.entries()) assert.ok(isTrue(expr, lines), `${alert} fires, case ${i + 1}`);
      for (const [i, lines] of silent.entries()) assert.ok(!isTrue(expr, lines), `${alert} is silent, case ${i + 1}`);
    }
  });

  it("tell what they are about and what to do, and no other alert has their name", async () => {
    for (const { alert, annotations } of rules) {
      for (const part of ["summary", "cause", "check", "cure", "runbook"])
        assert.ok(annotations[part], `${alert} ${part}`);
    }
    const metrics = JSON.stringify(files((await rendering("ha")).manifests as readonly Manifest[], "prometheus-rules"));
    for (const { alert } of rules) assert.ok(!metrics.includes(alert), alert);
  });

  it("are the same in standalone", async () => {
    const standalone = rulesOf((await rendering("standalone")).manifests as readonly Manifest[]);
    assert.deepEqual(
      standalone.map(({ alert }) => alert),
      rules.map(({ alert }) => alert),
    );
  });
});
