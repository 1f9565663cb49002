/**
 * Settings of Grafana that the platform uses, as they stand in `conf/defaults.ini` of grafana/grafana. The file of 12.4.10
 * could not be read here: each stands both in that of 2022 or later before 12 and in that between 12.4 and 13 (the copy in
 * Blitzy-Sandbox/blitzy-grafana, commit 12296ca), hence in all between; those marked came with 11.6 to 12.4.
 */
export const grafanaKeys: Readonly<Record<string, readonly string[]>> = {
  paths: ["data", "logs", "plugins", "provisioning"],
  server: ["protocol", "http_port", "cert_file", "cert_key", "domain", "root_url"],
  database: [
    "type",
    "host",
    "name",
    "user",
    "password",
    "ssl_mode",
    "ca_cert_path",
    "max_open_conn",
    "max_idle_conn",
    "conn_max_lifetime",
  ],
  security: ["admin_user", "admin_password", "secret_key", "cookie_secure", "disable_gravatar"],
  // Came with 12.
  "secrets_manager.encryption.secret_key.v1": ["secret_key"],
  users: ["allow_sign_up", "allow_org_create", "default_theme"],
  auth: [
    "login_maximum_inactive_lifetime_duration",
    "login_maximum_lifetime_duration",
    "disable_login_form",
    "signout_redirect_url",
  ],
  "auth.generic_oauth": [
    "enabled",
    "name",
    "allow_sign_up",
    "client_id",
    "client_secret",
    "scopes",
    "auth_url",
    "token_url",
    "api_url",
    "tls_client_ca",
    "use_pkce",
    "use_refresh_token",
    "login_attribute_path",
    "email_attribute_path",
    "name_attribute_path",
    "role_attribute_path",
    "role_attribute_strict",
    "allow_assign_grafana_admin",
  ],
  dashboards: ["default_home_dashboard_path"],
  analytics: ["reporting_enabled", "check_for_updates", "check_for_plugin_updates", "feedback_links_enabled"],
  news: ["news_feed_enabled"],
  plugins: [
    "plugin_admin_enabled",
    "public_key_retrieval_disabled",
    // Came with 11.6 and 12.
    "preinstall_disabled",
    "preinstall_auto_update",
  ],
  snapshots: ["enabled", "external_enabled"],
  public_dashboards: ["enabled"],
  unified_alerting: [
    "enabled",
    "ha_listen_address",
    "ha_advertise_address",
    "ha_peers",
    "ha_label",
    "ha_reconnect_timeout",
  ],
  log: ["mode"],
  "log.console": ["format"],
  metrics: ["enabled", "basic_auth_username", "basic_auth_password"],
};
