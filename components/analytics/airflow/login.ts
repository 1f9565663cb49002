import { jsonText } from "../../core/formats";
import type { Service } from "../../core/service";
import { type EnvValue, filesFrom, type Mount } from "../../core/sources";
import type { Keycloak, OidcClient } from "../../infrastructure/keycloak";
import type { Role } from "../../infrastructure/keycloak/realm";
import { fileText, paths } from "./config";

/** Who may do what. */

const callbackPath = "/auth/oauth-authorized/keycloak";

/** What people are in Airflow, by their role in the realm. */
export const roles: Readonly<Record<Role, string>> = {
  admin: "Admin",
  // Connections, variables and pools too.
  data_engineer: "Op",
  // Runs and clears DAGs.
  data_scientist: "User",
  analyst: "Viewer",
  viewer: "Viewer",
};

/** What webserver_config.py reads. Without single sign-on there is one user, with a password. */
export const loginSettings = (oidc: OidcClient | undefined): string =>
  jsonText(
    oidc
      ? {
          roles: Object.fromEntries(Object.entries(roles).map(([role, own]) => [role, [own]])),
          client: {
            client_id: oidc.clientId,
            authorize_url: oidc.authorizationUrl,
            access_token_url: oidc.tokenUrl,
            jwks_uri: oidc.jwksUrl,
            userinfo_endpoint: oidc.userinfoUrl,
          },
        }
      : {},
  );

/** How people log in: files of the API server, and of the Job that makes what it needs. */
export interface Login {
  readonly client: OidcClient | undefined;
  readonly mounts: readonly Mount[];
  readonly env: Readonly<Record<string, EnvValue>>;
}

export function loginOf(service: Service, keycloak: Keycloak | undefined): Login {
  const address = `https://${service.platform.host("airflow")}`;
  const client = keycloak?.client(service, { redirectUris: [`${address}${callbackPath}`] });
  const files = service.configMap("login", "server", {
    "webserver_config.py": fileText("webserver_config.py"),
    "login.json": loginSettings(client),
  });
  return {
    client,
    mounts: [filesFrom(files, paths.server), ...(client ? [filesFrom(client.credentials, paths.oidc)] : [])],
    env: {
      LOGIN_SETTINGS: `${paths.server}/login.json`,
      ...(client ? { OIDC_SECRET: `${paths.oidc}/clientSecret` } : {}),
    },
  };
}
