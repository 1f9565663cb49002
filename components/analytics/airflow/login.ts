import { jsonText } from "../../core/formats";
import type { OidcClient } from "../../infrastructure/keycloak";
import type { Role } from "../../infrastructure/keycloak/realm";

/** Who may do what. */

export const callbackPath = "/auth/oauth-authorized/keycloak";

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
