import * as assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { limits } from "../../components/core/limits";
import { profiles } from "../../components/core/profiles";
import { entriesOf, field, type Manifest } from "../../policies/objects/manifest";
import { rendering } from "../support/stacks";

interface Container {
  readonly env?: readonly { readonly name: string }[];
  readonly volumeMounts: readonly { readonly mountPath: string; readonly name: string }[];
}

for (const stack of ["ha", "standalone"] as const) {
  describe(`ClickHouse of stack ${stack}`, () => {
    let manifests: readonly Manifest[];
    const find = (kind: string, name: string): Manifest => {
      const found = manifests.find((each) => each.kind === kind && each.metadata.name === name);
      assert.ok(found, `${kind} ${name}`);
      return found;
    };
    const entry = (kind: string, name: string, key: string): string => entriesOf(find(kind, name))[key] ?? "";
    before(async () => {
      manifests = (await rendering(stack)).manifests as readonly Manifest[];
    });

    it("has a majority of Keepers after the loss of as many as may be away at once", () => {
      const replicas = field<number>(find("StatefulSet", "clickhouse-keeper"), "spec", "replicas") ?? 0;
      const members = [...entry("ConfigMap", "clickhouse-keeper", "keeper.xml").matchAll(/<hostname>([^<]+)</g)];
      const known = [...entry("ConfigMap", "clickhouse-config", "config.xml").matchAll(/<node>\s*<host>([^<]+)</g)];
      assert.equal(members.length, replicas);
      assert.deepEqual(
        known.map(([, host]) => host),
        members.map(([, host]) => host),
      );
      const majority = Math.floor(replicas / 2) + 1;
      if (stack === "standalone") {
        assert.equal(replicas, 1);
        return;
      }
      const budget = find("PodDisruptionBudget", "clickhouse-keeper");
      const away = field<number>(budget, "spec", "maxUnavailable") ?? Number.NaN;
      assert.ok(replicas - away >= majority, `${replicas} members, of which ${away} may be away`);
      const spread = field(
        find("StatefulSet", "clickhouse-keeper"),
        ...[
          "spec",
          "template",
          "spec",
          "affinity",
          "podAntiAffinity",
          "requiredDuringSchedulingIgnoredDuringExecution",
        ],
      );
      assert.ok(spread, "members may share a node, and be lost with it");
    });

    it("gives the server every variable that its file takes, and every file that it names", () => {
      const text = entry("ConfigMap", "clickhouse-config", "config.xml");
      const [container] =
        field<Container[]>(find("StatefulSet", "clickhouse"), "spec", "template", "spec", "containers") ?? [];
      const variables = new Set(container?.env?.map(({ name }) => name));
      const wanted = [...text.matchAll(/from_env="([^"]+)"/g)].map(([, name]) => name ?? "");
      assert.ok(wanted.length > 5);
      assert.deepEqual(
        wanted.filter((name) => !variables.has(name)),
        [],
      );
      const mounts = container?.volumeMounts.map(({ mountPath }) => mountPath) ?? [];
      const files = [...text.matchAll(/>(\/(?:etc|var)\/[^<]+)</g)].map(([, file]) => file ?? "");
      assert.deepEqual(
        files.filter((file) => !mounts.some((mount) => `${file}/`.startsWith(`${mount}/`))),
        [],
      );
    });

    it("has the users of exactly those that are wired to it, under the passwords that these have", () => {
      const users = entry("Secret", "clickhouse-users", "users.xml");
      const hashes = Object.fromEntries(
        [...users.matchAll(/<([\w-]+)>\s*<password_sha256_hex>(\w+)</g)].map(([, name = "", hash]) => [name, hash]),
      );
      const own = ["admin", "backup", "check", "provisioner"].map((part) => find("Secret", `clickhouse-${part}`));
      const clients = manifests.filter(
        ({ kind, metadata }) =>
          kind === "Secret" && metadata.name === `${metadata.labels?.["app.kubernetes.io/name"]}-clickhouse`,
      );
      const given = [...own, ...clients].map((secret) => {
        const { username = "", password = "" } = entriesOf(secret);
        return [username, createHash("sha256").update(password).digest("hex")];
      });
      assert.deepEqual(hashes, Object.fromEntries(given));
    });
  });
}

describe("Keeper's members", () => {
  it("are an odd number, of which a majority is left when one is lost", () => {
    assert.deepEqual(
      limits["clickhouse-keeper"].replicas.ha.filter((n) => n % 2 === 0 || n - 1 < Math.floor(n / 2) + 1),
      [],
    );
    assert.ok(limits["clickhouse-keeper"].replicas.ha.includes(profiles.ha["clickhouse-keeper"].replicas));
  });
});
