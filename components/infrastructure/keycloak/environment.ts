import { type EnvValue, keyOf, podField } from "../../core/sources";
import type { Database } from "../../storage/postgresql";

/** Keycloak's configuration, as the environment variables it reads. */

export const tlsDirectory = "/etc/keycloak-tls";

/** Connections of one replica. */
export const poolSize = 25;

/** TLS at the pod, one public address whatever the request says, and health and metrics on a port of their own. */
export const server = (host: string): Record<string, EnvValue> => ({
  KC_HOSTNAME: `https://${host}`,
  // Services ask at the cluster's address and are answered with it, but for the issuer and what browsers are sent to.
  KC_HOSTNAME_BACKCHANNEL_DYNAMIC: "true",
  KC_PROXY_HEADERS: "xforwarded",
  KC_HTTPS_CERTIFICATE_FILE: `${tlsDirectory}/tls.crt`,
  KC_HTTPS_CERTIFICATE_KEY_FILE: `${tlsDirectory}/tls.key`,
  KC_HTTP_MANAGEMENT_SCHEME: "http",
  KC_HEALTH_ENABLED: "true",
  KC_METRICS_ENABLED: "true",
  KC_LOG_CONSOLE_OUTPUT: "json",
});

export const store = (database: Database): Record<string, EnvValue> => ({
  KC_DB: "postgres",
  // A database on a lost node answers nothing at all; a minute is more than any query or migration here takes.
  KC_DB_URL: `${database.jdbcUrl}&socketTimeout=60&tcpKeepAlive=true`,
  KC_DB_SCHEMA: "public",
  KC_DB_POOL_INITIAL_SIZE: "2",
  KC_DB_POOL_MIN_SIZE: "2",
  KC_DB_POOL_MAX_SIZE: `${poolSize}`,
  KC_DB_USERNAME: keyOf(database.credentials, "username"),
  KC_DB_PASSWORD: keyOf(database.credentials, "password"),
});

export const cluster: Record<string, EnvValue> = {
  KC_CACHE: "ispn",
  POD_IP: podField("status.podIP"),
  KC_CACHE_EMBEDDED_NETWORK_BIND_ADDRESS: "$(POD_IP)",
};
