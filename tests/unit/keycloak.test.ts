import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { clientDefinition } from "../../components/infrastructure/keycloak/client";
import { realm } from "../../components/infrastructure/keycloak/realm";
import { clientScript } from "../../components/infrastructure/keycloak/scripts";

interface Realm {
  readonly [setting: string]: unknown;
  readonly roles: { readonly realm: readonly { readonly name: string }[] };
  readonly groups: readonly { readonly name: string; readonly realmRoles: string[]; readonly clientRoles?: object }[];
  readonly clients: readonly { readonly clientId: string; readonly secret: string }[];
  readonly users: readonly {
    readonly username: string;
    readonly credentials?: unknown;
    readonly clientRoles: object;
  }[];
}

const names = ["admin", "data_engineer", "data_scientist", "analyst", "viewer"];

describe("the realm that is imported", () => {
  const imported = JSON.parse(realm()) as Realm;

  it("has five roles, each with the group of its name; only admins manage the realm", () => {
    assert.deepEqual(
      imported.roles.realm.map(({ name }) => name),
      names,
    );
    assert.deepEqual(
      imported.groups.map(({ name, realmRoles }) => [name, realmRoles]),
      names.map((name) => [name, [name]]),
    );
    assert.deepEqual(
      imported.groups.filter(({ clientRoles }) => clientRoles).map(({ name, clientRoles }) => [name, clientRoles]),
      [["admin", { "realm-management": ["realm-admin"] }]],
    );
  });

  it("has nobody in it: two service accounts with one right each, and secrets from the environment", () => {
    assert.deepEqual(
      imported.users.map(({ username, clientRoles }) => [username, clientRoles]),
      [
        ["service-account-provisioner", { "realm-management": ["manage-clients"] }],
        ["service-account-directory", { "realm-management": ["view-users"] }],
      ],
    );
    assert.ok(imported.users.every(({ credentials }) => credentials === undefined));
    assert.deepEqual(
      imported.clients.map(({ clientId, secret }) => [clientId, secret]),
      [
        ["provisioner", "${REALM_PROVISIONER_SECRET}"],
        ["directory", "${REALM_DIRECTORY_SECRET}"],
      ],
    );
  });

  it("lets nobody register and nobody guess", () => {
    assert.equal(imported.registrationAllowed, false);
    assert.equal(imported.bruteForceProtected, true);
    assert.equal(imported.sslRequired, "external");
    assert.match(String(imported.passwordPolicy), /length\(12\)/);
    assert.equal(imported.accessTokenLifespan, 300);
  });

  it("names no client scopes, since Keycloak then makes none of its own", () => {
    assert.deepEqual(
      Object.keys(imported).filter((key) => /scopes/i.test(key)),
      [],
    );
  });
});

describe("a client of the realm", () => {
  it("is confidential, for the authorization code flow only, and says who the user is and whom the token is for", () => {
    const client = clientDefinition("grafana", { redirectUris: ["https://g/login"] });
    assert.equal(client.publicClient, false);
    assert.equal(client.standardFlowEnabled, true);
    const others = [client.implicitFlowEnabled, client.directAccessGrantsEnabled, client.serviceAccountsEnabled];
    assert.deepEqual(others, [false, false, false]);
    const claims = client.protocolMappers.map(
      ({ config }) => config["claim.name"] ?? config["included.client.audience"],
    );
    assert.deepEqual(claims, ["roles", "groups", "grafana"]);
  });
});

/** A kcadm that answers from variables and writes down what it is asked to change. */
const fakeKcadm = `#!/bin/bash
case "$*" in
  "config credentials"*) ;;
  "get clients -q"*) echo "$FOUND" ;;
  *client-secret*) echo "$PRESENT_SECRET" ;;
  *redirectUris*csv*) echo "$PRESENT_URIS" ;;
  *logout*csv*) echo "$PRESENT_LOGOUT" ;;
  *) printf '%s\\n' "$*" >> "$(dirname "$0")/changes" ;;
esac
`;

/** Runs the Job's script. @returns what it changed, one kcadm command a line */
function provision(environment: Readonly<Record<string, string>>): string[] {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "kcadm-"));
  try {
    fs.writeFileSync(path.join(folder, "kcadm.sh"), fakeKcadm, { mode: 0o755 });
    fs.writeFileSync(path.join(folder, "clientSecret"), "secret-of-the-platform");
    const script = clientScript.replaceAll("/opt/keycloak/bin", folder).replaceAll("/etc/client", folder);
    const { status, stderr } = spawnSync("/bin/bash", ["-ec", script], {
      encoding: "utf8",
      env: {
        PATH: process.env.PATH,
        SERVER: "https://keycloak",
        CLIENT_ID: "trino",
        REDIRECT_URIS: "https://t/one https://t/two",
        LOGOUT_URIS: "https://t/out",
        FOUND: "id-1",
        PRESENT_SECRET: "secret-of-the-platform",
        PRESENT_URIS: "https://t/two,https://t/one",
        PRESENT_LOGOUT: "https://t/out",
        ...environment,
      },
    });
    assert.equal(status, 0, stderr);
    const changes = path.join(folder, "changes");
    const text = fs.existsSync(changes) ? fs.readFileSync(changes, "utf8") : "";
    return text.replaceAll(folder, "/etc/client").split("\n").filter(Boolean);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

describe("the Job that provides a client", () => {
  const end = "--config /tmp/kcadm.config";

  it("creates one that is not there, from the file with the secret", () => {
    assert.deepEqual(provision({ FOUND: "" }), [`create clients -f /etc/client/client.json ${end}`]);
  });

  it("changes nothing when all is there", () => {
    assert.deepEqual(provision({}), []);
  });

  it("keeps what an administrator added", () => {
    assert.deepEqual(
      provision({
        PRESENT_URIS: "https://mine,https://t/two,https://t/one",
        PRESENT_LOGOUT: "https://t/out##https://mine",
      }),
      [],
    );
  });

  it("sets a secret that differs, from a file", () => {
    assert.deepEqual(provision({ PRESENT_SECRET: "old" }), [`update clients/id-1 -f /etc/client/secret.json ${end}`]);
  });

  it("adds the addresses that are missing, and only those", () => {
    assert.deepEqual(provision({ PRESENT_URIS: "https://t/one-more,https://t/two", PRESENT_LOGOUT: "https://mine" }), [
      `update clients/id-1 -s redirectUris+=https://t/one -s attributes."post.logout.redirect.uris"=https://mine##https://t/out ${end}`,
    ]);
    assert.deepEqual(provision({ PRESENT_LOGOUT: "" }), [
      `update clients/id-1 -s attributes."post.logout.redirect.uris"=https://t/out ${end}`,
    ]);
  });
});
