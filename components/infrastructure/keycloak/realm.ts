import { jsonText } from "../../core/formats";

/** The realm as it is imported when the database has none yet; from then on it belongs to its administrators. */

export const realmName = "datalyptica";

/** What people may be in the platform. Each is a realm role, and the group of that name has it. */
const roles = {
  admin: "Everything, the realm's users and clients included",
  data_engineer: "Builds pipelines: reads and writes all data",
  data_scientist: "Builds models: reads and writes all data",
  analyst: "Queries and charts: reads all data",
  viewer: "Looks at dashboards: reads all data",
} as const;

export type Role = keyof typeof roles;
const roleNames = Object.keys(roles) as Role[];
/** Who may change all data, and so gets into what does that for people with a login of its own. */
export const writers: readonly Role[] = ["admin", "data_engineer", "data_scientist"];

/** Clients of the platform itself: service accounts with these rights on the realm, and no login page. */
const serviceAccounts = {
  /** Creates the clients of other services. */
  provisioner: "manage-clients",
  /** Reads users and groups, for services that cannot take them from a token. */
  directory: "view-users",
} as const;

type ServiceAccountName = keyof typeof serviceAccounts;
const serviceAccountNames = Object.keys(serviceAccounts) as ServiceAccountName[];

/** The environment variable from which the import takes a service account's secret. */
export const secretVariable = (account: ServiceAccountName): string => `REALM_${account.toUpperCase()}_SECRET`;

const minute = 60;
const hour = 60 * minute;

export const realmFile = `${realmName}-realm.json`;

export const realm = (): string =>
  jsonText({
    realm: realmName,
    displayName: "Datalyptica",
    enabled: true,
    sslRequired: "external",
    registrationAllowed: false,
    resetPasswordAllowed: false,
    loginWithEmailAllowed: true,
    duplicateEmailsAllowed: false,
    // Services know people by their user name.
    editUsernameAllowed: false,
    rememberMe: false,

    // After ten wrong passwords the user waits, each time a minute longer, up to a quarter of an hour.
    bruteForceProtected: true,
    permanentLockout: false,
    failureFactor: 10,
    waitIncrementSeconds: minute,
    maxFailureWaitSeconds: 15 * minute,
    maxDeltaTimeSeconds: 12 * hour,
    passwordPolicy: "length(12) and notUsername(undefined) and notEmail(undefined) and passwordHistory(5)",

    accessTokenLifespan: 5 * minute,
    ssoSessionIdleTimeout: 8 * hour,
    ssoSessionMaxLifespan: 10 * hour,

    roles: { realm: Object.entries(roles).map(([name, description]) => ({ name, description })) },
    groups: roleNames.map((name) => ({
      name,
      realmRoles: [name],
      // Daily administration without the break-glass account.
      ...(name === "admin" ? { clientRoles: { "realm-management": ["realm-admin"] } } : {}),
    })),
    clients: serviceAccountNames.map((clientId) => ({
      clientId,
      enabled: true,
      publicClient: false,
      serviceAccountsEnabled: true,
      standardFlowEnabled: false,
      directAccessGrantsEnabled: false,
      secret: `\${${secretVariable(clientId)}}`,
    })),
    // The users behind the service accounts; there are no others.
    users: serviceAccountNames.map((clientId) => ({
      username: `service-account-${clientId}`,
      enabled: true,
      serviceAccountClientId: clientId,
      clientRoles: { "realm-management": [serviceAccounts[clientId]] },
    })),
  });
