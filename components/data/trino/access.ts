import { airliftProperties, jsonText } from "../../core/formats";
import type { Role } from "../../infrastructure/keycloak/realm";

/** Who may do what in Trino, as data. Users come from the password file and single sign-on, groups from single sign-on. */

/** The user of the plain port's management endpoints: metrics and draining. */
export const managementUser = "management";

/** The user with a password of its own, for scripts and for the day without single sign-on. */
export const administrator = "admin";

/** What members of a group may do with catalogs (pattern -> right). Names of groups are the realm's roles; `admin` may do all. */
const catalogRights: Readonly<Record<Exclude<Role, "admin">, Readonly<Record<string, "all" | "read-only">>>> = {
  data_engineer: { iceberg: "all", tpch: "read-only" },
  data_scientist: { iceberg: "all", tpch: "read-only" },
  analyst: { iceberg: "read-only", tpch: "read-only" },
  viewer: { iceberg: "read-only", tpch: "read-only" },
};

export const groupNames: readonly Role[] = ["admin", ...(Object.keys(catalogRights) as Exclude<Role, "admin">[])];

export const accessControl = (): string =>
  airliftProperties({ "access-control.name": "file", "security.config-file": "/etc/trino/rules.json" });

/** A service's user. */
export interface ServiceUser {
  readonly name: string;
  /** The only schema of the lakehouse that it may change, or none at all; default all. */
  readonly writes?: string | false;
  /** Whether it may ask in the name of people, with their rights; only with single sign-on, which knows them. */
  readonly impersonates?: boolean;
}

const anything = ["SELECT", "INSERT", "DELETE", "UPDATE", "OWNERSHIP", "GRANT_SELECT"];

/** Tables are told apart only for services that may not write everywhere; all others have what their catalog allows. */
function tableRules(services: readonly ServiceUser[]) {
  const bound = services.filter(({ writes }) => writes);
  if (bound.length === 0) return {};
  return {
    tables: [
      ...bound.flatMap(({ name: user, writes: schema }) => [
        { user, catalog: "iceberg", schema, privileges: anything },
        { user, privileges: ["SELECT"] },
      ]),
      { privileges: anything },
    ],
  };
}

/** Who may ask in whose name. Nobody becomes a user of Trino's own so. */
function impersonation(services: readonly ServiceUser[]) {
  const own = [administrator, managementUser, ...services.map(({ name }) => name)].join("|");
  const rules = services
    .filter(({ impersonates }) => impersonates)
    .flatMap(({ name: original_user }) => [
      { original_user, new_user: own, allow: false },
      { original_user, new_user: ".*" },
    ]);
  return rules.length > 0 ? { impersonation: rules } : {};
}

/**
 * The rules; of each list the first that fits decides, and nothing fits those who have no group.
 * @param groups whether there is single sign-on, and with it groups; without, only those with a password may do anything
 * @param services users of services: they read the lakehouse, and write what they may of it
 */
export function accessRules(groups: boolean, services: readonly ServiceUser[]): string {
  const administrators = [{ user: administrator }, ...(groups ? [{ group: "admin" }] : [])];
  const ofServices = services.flatMap(({ name: user, writes }) => [
    { user, catalog: "iceberg", allow: writes === false ? ("read-only" as const) : ("all" as const) },
    { user, catalog: "tpch", allow: "read-only" as const },
  ]);
  const onlySchema = (user: string) => {
    const writes = services.find(({ name }) => name === user)?.writes;
    return writes ? { schema: writes } : {};
  };
  const ofGroups = groups
    ? Object.entries(catalogRights).flatMap(([group, catalogs]) =>
        Object.entries(catalogs).map(([catalog, allow]) => ({ group, catalog, allow })),
      )
    : [];
  const rights = [...ofServices, ...ofGroups];
  return jsonText({
    // Everybody reads catalog `system` as well, where they see their own queries.
    catalogs: [...administrators.map((who) => ({ ...who, allow: "all" })), ...rights],
    // Without these, whoever reads a catalog may create schemas in it.
    schemas: [
      ...administrators.map((who) => ({ ...who, owner: true })),
      ...rights
        .filter(({ allow }) => allow === "all")
        .map(({ allow: _, ...who }) => ({ ...who, ...("user" in who ? onlySchema(who.user) : {}), owner: true })),
    ],
    ...tableRules(services),
    queries: [
      ...administrators.map((who) => ({ ...who, allow: ["execute", "kill", "view"] })),
      ...services.map(({ name: user }) => ({ user, allow: ["execute"] })),
      ...(groups ? Object.keys(catalogRights).map((group) => ({ group, allow: ["execute"] })) : []),
    ],
    ...(groups ? impersonation(services) : {}),
    // Trino knows no groups here.
    system_information: [administrator, managementUser].map((user) => ({ user, allow: ["read", "write"] })),
  });
}
