import * as assert from "node:assert/strict";
import * as yaml from "yaml";
import type { KafkaClient } from "../../components/control/kafka/client";
import type { SchemaRegistryAccess } from "../../components/control/schema-registry";
import type { OidcClient } from "../../components/infrastructure/keycloak";
import { config, type Login, type Wired } from "../../components/management/kafka-ui/config";

const handle = { reaches: [], ready: [] };
const kafka = { ...handle, bootstrap: "kafka:9092", username: "kafka-ui" } as unknown as KafkaClient;
const registry = { ...handle, url: "https://registry:8081", username: "kafka-ui" } as unknown as SchemaRegistryAccess;
const client = {
  ...handle,
  clientId: "kafka-ui",
  authorizationUrl: "https://public/auth",
  tokenUrl: "https://inside/token",
} as unknown as OidcClient;
const byKeycloak: Login = { oidc: client, address: "https://kafka-ui.example.com" };
const byForm: Login = { administrator: "admin" };

interface Permission {
  readonly resource: string;
  readonly value?: string;
  readonly actions: readonly string[];
}
interface Role {
  readonly name: string;
  readonly clusters: readonly string[];
  readonly subjects: readonly { readonly type: string; readonly value: string }[];
  readonly permissions: readonly Permission[];
}
interface File {
  readonly kafka: { readonly clusters: readonly [{ readonly name: string; readonly [key: string]: unknown }] };
  readonly auth: { readonly type: string };
  readonly rbac?: { readonly roles: readonly Role[] };
  readonly spring?: unknown;
}
const written = (wired: Partial<Wired>) =>
  yaml.parse(config({ kafka, registry: undefined, connect: undefined, login: byForm, ...wired })) as File;

describe("Kafka-UI's configuration", () => {
  it("has the registry and Kafka Connect only where they are wired", () => {
    const [alone] = written({}).kafka.clusters;
    assert.deepEqual([alone.schemaRegistry, alone.kafkaConnect], [undefined, undefined]);
    const connect = { ...handle, url: "https://connect:8083" };
    const [wired] = written({ registry, connect }).kafka.clusters;
    assert.equal(wired.schemaRegistry, "https://registry:8081");
    assert.deepEqual(wired.kafkaConnect, [{ name: "connect", address: "https://connect:8083" }]);
  });

  it("logs in one user by form without Keycloak, and nobody by form with it", () => {
    const form = written({ login: byForm });
    assert.deepEqual([form.auth.type, form.rbac], ["LOGIN_FORM", undefined]);
    const sso = written({ login: byKeycloak });
    assert.deepEqual([sso.auth.type, sso.spring], ["OAUTH2", undefined]);
  });

  describe("with Keycloak", () => {
    const file = written({ login: byKeycloak });
    const roles = file.rbac?.roles ?? [];
    /** As Kafka-UI decides: a right without a pattern is for what has no name, one with a pattern for what has one. */
    const may = (realmRole: string, resource: string, action: string, name?: string): boolean =>
      roles
        .filter(({ clusters }) => clusters.includes(file.kafka.clusters[0].name))
        .filter(({ subjects }) => subjects.some(({ type, value }) => type === "role" && value === realmRole))
        .flatMap(({ permissions }) => permissions)
        .filter((right) => right.resource === resource)
        .filter(({ value }) =>
          value === undefined || name === undefined ? value === name : new RegExp(`^(?:${value})$`).test(name),
        )
        .some(({ actions }) => actions.includes(action) || actions.includes("all"));

    it("lets administrators change topics and connectors, and see the rights in Kafka without changing them", () => {
      assert.ok(may("admin", "topic", "delete", "events"));
      assert.ok(may("admin", "connector", "operate", "connect/sink"));
      assert.ok(may("admin", "clusterconfig", "view"));
      assert.ok(may("admin", "acl", "view"));
      assert.ok(!may("admin", "acl", "edit"));
    });

    it("lets every other role of the realm read, and nothing more", () => {
      for (const realmRole of ["data_engineer", "data_scientist", "analyst", "viewer"]) {
        assert.ok(may(realmRole, "clusterconfig", "view"), realmRole);
        assert.ok(may(realmRole, "topic", "messages_read", "events"), realmRole);
        assert.ok(may(realmRole, "schema", "view", "events-value"), realmRole);
        for (const action of ["create", "edit", "delete", "messages_produce", "messages_delete"]) {
          assert.ok(!may(realmRole, "topic", action, "events"), `${realmRole} ${action}`);
        }
        assert.ok(!may(realmRole, "clusterconfig", "edit"), realmRole);
        assert.ok(!may(realmRole, "acl", "view"), realmRole);
      }
    });

    it("gives nothing to somebody without a role", () => {
      assert.ok(!may("default-roles-datalyptica", "topic", "view", "events"));
      assert.ok(!("default-role" in (file.rbac ?? {})));
    });
  });
});
