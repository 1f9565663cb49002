import { authorityFile } from "../../core/certificates";
import { type PropertyValues, sections, yamlText } from "../../core/formats";
import type { OidcClient } from "../../infrastructure/keycloak";
import type { Role } from "../../infrastructure/keycloak/realm";
import type { Database } from "../../storage/postgresql";
import { overviewFile } from "./dashboards";
import { type SourceName, sourceTypes } from "./panel-model";

/** Grafana's configuration file, and what it finds when it starts: data sources, and where dashboards lie. */

export const ports = { https: 3000, gossip: 9094 };
export const configDirectory = "/etc/grafana";
export const dashboardsDirectory = "/etc/grafana-dashboards";
export const dataDirectory = "/var/lib/grafana";
export const tlsDirectory = "/etc/grafana-tls";
/** Connections of one replica, of each of its two pools. */
export const poolSize = 10;
export const administrator = "admin";

/** Files with secrets, each in a folder of its Secret. */
export const secrets = {
  database: "/etc/grafana-database",
  admin: "/etc/grafana-admin",
  keys: "/etc/grafana-keys",
  oidc: "/etc/grafana-oidc",
  scraper: "/etc/grafana-scraper",
} as const;
const fileOf = (folder: keyof typeof secrets, key: string): string => `$__file{${secrets[folder]}/${key}}`;

export interface Wired {
  /** Public host. */
  readonly host: string;
  readonly database: Database;
  /** `host:port` under which all replicas are found; absent for one. */
  readonly peers: string | undefined;
  /** Tells this stack's gossip from another's. */
  readonly label: string;
  readonly oidc: OidcClient | undefined;
  /** Whether Prometheus asks for metrics, with the login that it was given. */
  readonly scraped: boolean;
}

/** Environment variables and files are filled in by Grafana itself: `${NAME}` and `$__file{path}`. */
export const grafanaIni = ({ host, database, peers, label, oidc, scraped }: Wired): string =>
  sections({
    paths: {
      data: dataDirectory,
      logs: `${dataDirectory}/log`,
      plugins: `${dataDirectory}/plugins`,
      provisioning: `${configDirectory}/provisioning`,
    },
    server: {
      protocol: "https",
      http_port: ports.https,
      cert_file: `${tlsDirectory}/tls.crt`,
      cert_key: `${tlsDirectory}/tls.key`,
      domain: host,
      root_url: `https://${host}/`,
    },
    database: {
      type: "postgres",
      host: `${database.host}:${database.port}`,
      name: database.database,
      user: fileOf("database", "username"),
      password: fileOf("database", "password"),
      ssl_mode: "verify-full",
      ca_cert_path: authorityFile,
      max_open_conn: poolSize,
      max_idle_conn: 2,
      conn_max_lifetime: 14_400,
    },
    security: {
      // Both count only while the database is empty.
      admin_user: administrator,
      admin_password: fileOf("admin", "password"),
      // Encrypts what the database holds of data sources.
      secret_key: fileOf("keys", "secretKey"),
      cookie_secure: true,
      disable_gravatar: true,
    },
    // Its default is the same everywhere in the world.
    "secrets_manager.encryption.secret_key.v1": { secret_key: fileOf("keys", "secretKey") },
    users: { allow_sign_up: false, allow_org_create: false, default_theme: "system" },
    auth: {
      // As long as Keycloak's own session.
      login_maximum_inactive_lifetime_duration: "8h",
      login_maximum_lifetime_duration: "10h",
      // For the administrator, on the day when Keycloak is away.
      disable_login_form: false,
      ...(oidc ? { signout_redirect_url: logoutUrl(host, oidc) } : {}),
    },
    ...(oidc ? { "auth.generic_oauth": keycloak(oidc) } : {}),
    dashboards: { default_home_dashboard_path: `${dashboardsDirectory}/overview/${overviewFile}` },
    // Nothing is to be fetched from outside, nor given out without a login.
    analytics: {
      reporting_enabled: false,
      check_for_updates: false,
      check_for_plugin_updates: false,
      feedback_links_enabled: false,
    },
    news: { news_feed_enabled: false },
    plugins: {
      // By default it updates its own plugins at each start, which a read-only file system leaves half done.
      preinstall_disabled: true,
      preinstall_auto_update: false,
      plugin_admin_enabled: false,
      public_key_retrieval_disabled: true,
    },
    snapshots: { enabled: false, external_enabled: false },
    public_dashboards: { enabled: false },
    unified_alerting: {
      enabled: true,
      ...(peers
        ? {
            ha_listen_address: `\${POD_IP}:${ports.gossip}`,
            ha_advertise_address: `\${POD_IP}:${ports.gossip}`,
            ha_peers: peers,
            ha_label: label,
            // By default a pod that is gone is looked for at its old address for six hours.
            ha_reconnect_timeout: "5m",
          }
        : {}),
    },
    log: { mode: "console" },
    "log.console": { format: "json" },
    // The port is public: without a login, everybody could read them.
    metrics: scraped
      ? {
          enabled: true,
          basic_auth_username: fileOf("scraper", "username"),
          basic_auth_password: fileOf("scraper", "password"),
        }
      : { enabled: false },
  });

/** What people may do, by their role in the realm: the first that they have. Whoever has none is refused. */
export const grafanaRoles = {
  admin: "GrafanaAdmin",
  data_engineer: "Editor",
  data_scientist: "Editor",
  analyst: "Viewer",
  viewer: "Viewer",
} as const satisfies Record<Role, string>;

/** JMESPath over a person's claims. */
export const rolePath = Object.entries(grafanaRoles)
  .map(([role, grants]) => `contains(roles[*], '${role}') && '${grants}'`)
  .join(" || ");

export const callbackPath = "/login/generic_oauth";

const keycloak = (client: OidcClient): PropertyValues => ({
  enabled: true,
  name: "Keycloak",
  allow_sign_up: true,
  client_id: client.clientId,
  client_secret: fileOf("oidc", "clientSecret"),
  scopes: "openid profile email",
  // Browsers go to the public address, Grafana itself to the one inside the cluster.
  auth_url: client.authorizationUrl,
  token_url: client.tokenUrl,
  api_url: client.userinfoUrl,
  tls_client_ca: authorityFile,
  use_pkce: true,
  // A token of Keycloak's lives for five minutes.
  use_refresh_token: true,
  login_attribute_path: "preferred_username",
  email_attribute_path: "email",
  name_attribute_path: "name",
  role_attribute_path: rolePath,
  role_attribute_strict: true,
  allow_assign_grafana_admin: true,
});

export const loginUrl = (host: string): string => `https://${host}/login`;

const logoutUrl = (host: string, { logoutUrl, clientId }: OidcClient): string =>
  `${logoutUrl}?client_id=${clientId}&post_logout_redirect_uri=${encodeURIComponent(loginUrl(host))}`;

/** Something that Grafana asks, with a certificate of the platform's authority. */
export interface DataSource {
  readonly uid: SourceName;
  readonly name: string;
  readonly url: string;
  /** Settings of its type. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** The first is the default. Those that are gone from the list are gone from Grafana. */
export const dataSources = (sources: readonly DataSource[]): string =>
  yamlText({
    apiVersion: 1,
    prune: true,
    datasources: sources.map(({ uid, name, url, settings }, i) => ({
      uid,
      name,
      type: sourceTypes[uid],
      access: "proxy",
      url,
      isDefault: i === 0,
      editable: false,
      jsonData: { ...settings, tlsAuthWithCACert: true },
      secureJsonData: { tlsCACert: `$__file{${authorityFile}}` },
    })),
  });

/** Dashboards are read again while Grafana runs, and cannot be saved over in the browser: copies can. */
export const dashboardProvider = (): string =>
  yamlText({
    apiVersion: 1,
    providers: [
      {
        name: "datalyptica",
        type: "file",
        folder: "Datalyptica",
        folderUid: "datalyptica",
        // What is no longer rendered goes away.
        disableDeletion: false,
        allowUiUpdates: false,
        updateIntervalSeconds: 60,
        options: { path: dashboardsDirectory },
      },
    ],
  });
