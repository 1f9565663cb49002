import * as assert from "node:assert/strict";
import * as yaml from "yaml";
import { entriesOf, type Manifest } from "../../policies/objects/manifest";
import { workloads } from "../../policies/objects/pods";
import { type Rendered, render, renderStack, stackConfig } from "../../scripts/lib/render";

/** Schema Registry and Kafka-UI over Kafka: what one side is told is what the other side knows. */
describe("Schema Registry and Kafka-UI", () => {
  let full: readonly Manifest[];
  let bare: readonly Manifest[];
  before(async () => {
    const of = ({ manifests }: Rendered) => manifests as readonly Manifest[];
    full = of(await renderStack("ha"));
    bare = of(await render({ ...stackConfig("ha"), "datalyptica:services": JSON.stringify(["kafka", "kafka-ui"]) }));
  });

  const entries = (kind: string, name: string, from = full) => {
    const found = from.find((each) => each.kind === kind && each.metadata.name === name);
    assert.ok(found, `${kind} ${name}`);
    return entriesOf(found);
  };
  const container = (workload: string, from = full) => {
    const [found] = workloads(from).filter(({ manifest }) => manifest.metadata.name === workload);
    const [first] = found?.pod.containers ?? [];
    assert.ok(first, workload);
    return first;
  };
  const registryProperties = () => {
    const text = entries("ConfigMap", "schema-registry-config")["schema-registry.properties"] ?? "";
    const lines = text.split("\n").filter(Boolean);
    return new Map(lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
  };

  it("the registry knows exactly the users that were given out, with their passwords", () => {
    const secrets = [
      "schema-registry-admin",
      "schema-registry-check",
      "kafka-connect-schema-registry",
      "kafka-ui-schema-registry",
    ];
    const given = secrets
      .map((name) => entries("Secret", name))
      .map((each) => `${each.username}: ${each.password},user`);
    assert.deepEqual((entries("Secret", "schema-registry-users").users ?? "").trim().split("\n"), given);
    assert.equal(new Set(given).size, secrets.length);
  });

  it("the registry asks everybody for a password, but for the path of its probes", () => {
    const open = registryProperties().get("authentication.skip.paths");
    const { startupProbe, readinessProbe, livenessProbe } = container("schema-registry");
    for (const probe of [startupProbe, readinessProbe, livenessProbe]) assert.equal(probe?.httpGet?.path, open);
    assert.equal(registryProperties().get("authentication.method"), "BASIC");
    assert.equal(open, "/v1/metadata/version");
  });

  it("the registry's topic has one partition and is compacted, and its user may use no other", () => {
    const grants = entries("ConfigMap", "kafka-grants-schema-registry");
    const topic = registryProperties().get("kafkastore.topic");
    assert.equal(grants.topics, `${topic} 1 cleanup.policy=compact\n`);
    const acls = (grants.acls ?? "").trim().split("\n");
    assert.deepEqual(
      acls.filter((line) => !line.startsWith("group ")),
      [`topic ${topic} literal Read Write Describe DescribeConfigs`],
    );
    const [prefix] = acls.flatMap((line) => /^group (\S+) prefixed /.exec(line)?.[1] ?? []);
    for (const key of ["schema.registry.group.id", "kafkastore.group.id"]) {
      assert.ok(prefix && registryProperties().get(key)?.startsWith(prefix), key);
    }
  });

  it("instances of the registry name themselves by their pods, and may reach each other", () => {
    const host = "${env:POD_NAME}.schema-registry-headless.datalyptica-control.svc.cluster.local";
    assert.equal(registryProperties().get("host.name"), host);
    assert.equal(registryProperties().get("inter.instance.protocol"), "https");
  });

  it("Kafka-UI has a value for every placeholder, whatever it is wired to", () => {
    for (const [what, manifests] of Object.entries({ full, bare })) {
      const text = entries("ConfigMap", "kafka-ui-config", manifests)["config.yml"] ?? "";
      const wanted = [...text.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name);
      const { env = [] } = container("kafka-ui", manifests);
      const secret = env.filter(({ valueFrom }) => valueFrom?.secretKeyRef).map(({ name }) => name);
      assert.deepEqual([...wanted].sort(), [...secret].sort(), what);
    }
  });

  it("Kafka-UI shows its metrics on the port that has no Route only", () => {
    const { server, management, kafka } = yaml.parse(entries("ConfigMap", "kafka-ui-config")["config.yml"] ?? "") as {
      readonly server: { readonly port: number };
      readonly management: { readonly server: { readonly port: number } };
      readonly kafka: { readonly clusters: readonly [{ readonly metrics: { readonly prometheusExpose: boolean } }] };
    };
    const route = full.find(({ kind, metadata }) => kind === "Route" && metadata.name === "kafka-ui");
    assert.match(JSON.stringify(route?.spec), /"targetPort":"https"/);
    const ports = container("kafka-ui").ports ?? [];
    assert.equal(ports.find(({ name }) => name === "https")?.containerPort, server.port);
    assert.equal(ports.find(({ name }) => name === "management")?.containerPort, management.server.port);
    assert.notEqual(server.port, management.server.port);
    assert.equal(kafka.clusters[0].metrics.prometheusExpose, false);
  });

  it("Kafka-UI may not give rights in Kafka", () => {
    const acls = (entries("ConfigMap", "kafka-grants-kafka-ui").acls ?? "").trim().split("\n");
    assert.ok(acls.includes("cluster kafka-cluster literal Describe DescribeConfigs"));
    assert.equal(acls.filter((line) => line.startsWith("cluster ")).length, 1);
  });
});
