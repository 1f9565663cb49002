import * as assert from "node:assert/strict";
import * as jmespath from "jmespath";
import * as yaml from "yaml";
import type { OidcClient } from "../../components/infrastructure/keycloak";
import {
  dataSources,
  grafanaIni,
  grafanaRoles,
  rolePath,
  type Wired,
} from "../../components/management/grafana/config";
import type { Database } from "../../components/storage/postgresql";
import { grafanaKeys } from "./grafana.keys";

const handle = { reaches: [], ready: [] };
const database = { ...handle, host: "postgresql", port: 5432, database: "grafana" } as unknown as Database;
const oidc = {
  ...handle,
  clientId: "grafana",
  authorizationUrl: "https://public/auth",
  logoutUrl: "https://public/logout",
  tokenUrl: "https://inside/token",
  userinfoUrl: "https://inside/userinfo",
} as unknown as OidcClient;
const alone: Wired = {
  host: "grafana.example.com",
  database,
  peers: undefined,
  label: "datalyptica",
  oidc: undefined,
  scraped: false,
};
const all: Wired = { ...alone, peers: "grafana-headless:9094", oidc, scraped: true };

/** Section -> key -> value, as an ini file is read. */
function settings(text: string): Readonly<Record<string, Readonly<Record<string, string>>>> {
  const sections: Record<string, Record<string, string>> = {};
  let current: Record<string, string> = {};
  for (const line of text.split("\n")) {
    const section = /^\[(.+)\]$/.exec(line)?.[1];
    if (section) {
      current = {};
      sections[section] = current;
    } else if (line !== "") {
      const at = line.indexOf("=");
      assert.ok(at > 0, line);
      current[line.slice(0, at)] = line.slice(at + 1);
    }
  }
  return sections;
}

describe("Grafana's settings", () => {
  it("are all settings that Grafana has", () => {
    for (const [section, values] of Object.entries(settings(grafanaIni(all)))) {
      for (const key of Object.keys(values)) assert.ok(grafanaKeys[section]?.includes(key), `[${section}] ${key}`);
    }
  });

  it("hold no value that Grafana's reader would cut off or fill in otherwise", () => {
    for (const line of grafanaIni(all).split("\n")) {
      assert.doesNotMatch(line, / [#;]|%\(|`|\\$/, line);
      assert.doesNotMatch(line.replace(/\$__file\{\/[\w/-]+\}|\$\{POD_IP\}/g, ""), /\$/, line);
    }
  });

  it("gossip only where there are several, each under its own address", () => {
    const one = settings(grafanaIni(alone)).unified_alerting ?? {};
    assert.deepEqual(one, { enabled: "true" });
    const { ha_peers, ha_listen_address, ha_label } = settings(grafanaIni(all)).unified_alerting ?? {};
    assert.deepEqual(
      [ha_peers, ha_listen_address, ha_label],
      ["grafana-headless:9094", "${POD_IP}:9094", "datalyptica"],
    );
  });

  it("show metrics to nobody without a login", () => {
    assert.deepEqual(settings(grafanaIni(alone)).metrics, { enabled: "false" });
    const { basic_auth_username, basic_auth_password } = settings(grafanaIni(all)).metrics ?? {};
    assert.ok(basic_auth_username && basic_auth_password);
  });

  it("send browsers to the public address, and Grafana itself to the Service", () => {
    const { "auth.generic_oauth": login, auth } = settings(grafanaIni(all));
    assert.equal(login?.auth_url, "https://public/auth");
    assert.equal(login?.token_url, "https://inside/token");
    assert.equal(login?.api_url, "https://inside/userinfo");
    const logout = new URL(auth?.signout_redirect_url ?? "");
    assert.equal(logout.origin, "https://public");
    assert.equal(logout.searchParams.get("post_logout_redirect_uri"), "https://grafana.example.com/login");
    assert.equal(settings(grafanaIni(alone))["auth.generic_oauth"], undefined);
  });
});

describe("what people may do in Grafana", () => {
  const granted = (...roles: readonly string[]): unknown =>
    jmespath.search({ preferred_username: "somebody", roles }, rolePath);

  it("follows from their role in the realm", () => {
    for (const [role, grants] of Object.entries(grafanaRoles))
      assert.equal(granted("offline_access", role), grants, role);
  });

  it("is the most that any of their roles gives", () => {
    assert.equal(granted("viewer", "analyst", "data_engineer"), "Editor");
    assert.equal(granted("viewer", "admin"), "GrafanaAdmin");
  });

  it("is nothing without a role, and such a login is refused", () => {
    assert.equal(granted("default-roles-datalyptica"), false);
    assert.equal(granted("administrator"), false);
    assert.equal(settings(grafanaIni(all))["auth.generic_oauth"]?.role_attribute_strict, "true");
  });
});

describe("Grafana's data sources", () => {
  const file = (...uids: readonly ("prometheus" | "alertmanager" | "loki")[]) =>
    yaml.parse(dataSources(uids.map((uid) => ({ uid, name: uid, url: `https://${uid}`, settings: { a: 1 } })))) as {
      readonly prune: boolean;
      readonly datasources: readonly Readonly<Record<string, unknown>>[];
    };

  it("are known by their uids, trust the platform's authority only, and cannot be changed in the browser", () => {
    const [source] = file("loki").datasources;
    const { uid, type, editable, jsonData, secureJsonData } = source ?? {};
    assert.deepEqual([uid, type, editable], ["loki", "loki", false]);
    assert.deepEqual(jsonData, { a: 1, tlsAuthWithCACert: true });
    assert.deepEqual(secureJsonData, { tlsCACert: "$__file{/etc/platform-ca/ca.crt}" });
  });

  it("have one default, and go away when they are not wired any more", () => {
    const { prune, datasources } = file("prometheus", "alertmanager");
    assert.equal(prune, true);
    assert.deepEqual(
      datasources.map(({ isDefault }) => isDefault),
      [true, false],
    );
    assert.deepEqual(file().datasources, []);
  });
});
