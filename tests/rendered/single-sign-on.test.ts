import * as assert from "node:assert/strict";
import { entriesOf, type Manifest } from "../../policies/objects/manifest";
import { type Rendered, render, renderStack, stackConfig } from "../../scripts/lib/render";

/** Wires single sign-on end to end: the client in Keycloak, its keys at the owner's, and Trino that uses both. */
describe("single sign-on", () => {
  let manifests: readonly Manifest[];
  let without: Rendered;
  before(async () => {
    manifests = (await renderStack("ha")).manifests as readonly Manifest[];
    const services = JSON.stringify(["minio", "postgresql", "nessie", "trino"]);
    without = await render({ ...stackConfig("ha"), "datalyptica:services": services });
  });

  const object = (kind: string, namespace: string, name: string, from = manifests) => {
    const found = from.find(
      (each) => each.kind === kind && each.metadata.namespace === namespace && each.metadata.name === name,
    );
    assert.ok(found, `${kind} ${namespace}/${name}`);
    return found;
  };
  const files = (kind: string, namespace: string, name: string, from = manifests) =>
    entriesOf(object(kind, namespace, name, from));
  const properties = (text: string | undefined) =>
    Object.fromEntries(
      (text ?? "")
        .split("\n")
        .filter(Boolean)
        .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
    );

  it("gives Trino a client whose secret both sides have", () => {
    const owner = files("Secret", "datalyptica-data", "trino-oidc");
    const server = files("Secret", "datalyptica-infrastructure", "keycloak-client-trino");
    assert.equal(owner.clientId, "trino");
    const client = JSON.parse(server["client.json"] ?? "{}") as { readonly [field: string]: unknown };
    assert.equal(client.clientId, "trino");
    assert.equal(client.secret, owner.clientSecret);
    assert.deepEqual(JSON.parse(server["secret.json"] ?? "{}"), { secret: owner.clientSecret });
    assert.equal(server.clientSecret, owner.clientSecret);
    assert.deepEqual(client.redirectUris, ["https://trino.apps.example.com/oauth2/callback"]);
    assert.ok((owner.clientSecret ?? "").length >= 32);
  });

  it("lets Keycloak send people back to the address at which Kafka-UI waits for them", () => {
    const server = files("Secret", "datalyptica-infrastructure", "keycloak-client-kafka-ui");
    const { redirectUris } = JSON.parse(server["client.json"] ?? "{}") as { redirectUris: readonly string[] };
    const [uri] = redirectUris;
    assert.equal(uri, "https://kafka-ui.apps.example.com/login/oauth2/code/keycloak");
    const config = files("ConfigMap", "datalyptica-management", "kafka-ui-config")["config.yml"] ?? "";
    assert.ok(config.includes(`redirect-uri: ${uri}\n`));
    assert.match(config, /token-uri: https:\/\/keycloak\.datalyptica-infrastructure\.svc/);
  });

  it("makes the client with a service account's rights, not with the break-glass account", () => {
    const job = JSON.stringify(object("Job", "datalyptica-infrastructure", "keycloak-client-trino"));
    assert.match(job, /keycloak-provisioner/);
    assert.doesNotMatch(job, /keycloak-admin/);
    assert.match(job, /"REDIRECT_URIS","value":"https:\/\/trino.apps.example.com\/oauth2\/callback"/);
  });

  it("sends browsers to the public address, and Trino itself to the Service", () => {
    const config = properties(files("ConfigMap", "datalyptica-data", "trino-coordinator")["config.properties"]);
    const oauth = (key: string) => config[`http-server.authentication.oauth2.${key}`];
    assert.equal(config["http-server.authentication.type"], "OAUTH2,PASSWORD");
    const issuer = "https://keycloak.apps.example.com/realms/datalyptica";
    assert.equal(oauth("issuer"), issuer);
    assert.equal(oauth("oidc.discovery"), "false");
    for (const key of ["auth-url", "end-session-url"]) assert.ok(oauth(key)?.startsWith(`${issuer}/`), key);
    const inside = "https://keycloak.datalyptica-infrastructure.svc.cluster.local:8443/realms/datalyptica/";
    for (const key of ["token-url", "jwks-url"]) assert.ok(oauth(key)?.startsWith(inside), key);
  });

  it("never gives a person the rights of one of Trino's own users", () => {
    const { rules } = JSON.parse(
      files("ConfigMap", "datalyptica-data", "trino-coordinator")["user-mapping.json"] ?? "{}",
    ) as { rules: readonly { readonly pattern: string; readonly allow?: boolean }[] };
    for (const name of ["admin", "management"]) {
      assert.equal(rules.find(({ pattern }) => new RegExp(`^(${pattern})$`).test(name))?.allow, false, name);
    }
    assert.equal(rules.find(({ pattern }) => new RegExp(`^(${pattern})$`).test("administrator"))?.allow, undefined);
  });

  it("is absent without Keycloak: passwords only, and no group knows anything", () => {
    const alone = without.manifests as readonly Manifest[];
    const config = files("ConfigMap", "datalyptica-data", "trino-coordinator", alone);
    assert.doesNotMatch(JSON.stringify(alone), /keycloak|oauth2|trino-groups/i);
    assert.equal(properties(config["config.properties"])["http-server.authentication.type"], "PASSWORD");
    assert.doesNotMatch(config["rules.json"] ?? "", /group/);
  });
});
