import { createHash } from "node:crypto";
import { type Xml, xmlText } from "../../core/formats";
import type { Size } from "../../core/profiles";
import { queryMemory } from "./config";

/** Who may do what in ClickHouse, as far as the program says it: services. People get users and roles by SQL. */

/** What a service does in a database: `write` is all that can be done with its tables and views, `read` is reading them. */
export interface Grant {
  readonly database: string;
  readonly rights: "read" | "write";
}

export interface User {
  readonly name: string;
  readonly password: string;
  /** Without `GRANT`; `admin` = everything, users included. */
  readonly grants: readonly string[] | "admin";
}

/** Databases that are there from the first day: the one that services and people use, and the smoke check's. */
export const databases = { analytics: "analytics", check: "platform_check" } as const;
/** A collection in which queries find the backups' bucket. */
export const backupCollection = "backups";

const rights = {
  read: ["SELECT", "SHOW"],
  write: [
    ...["SELECT", "SHOW", "INSERT", "ALTER", "TRUNCATE", "OPTIMIZE"],
    ...["CREATE TABLE", "CREATE VIEW", "DROP TABLE", "DROP VIEW", "UNDROP TABLE"],
  ],
} as const satisfies Record<Grant["rights"], readonly string[]>;

export const clientGrants = (grants: readonly Grant[]): readonly string[] =>
  grants.map((grant) => `${rights[grant.rights].join(", ")} ON ${grant.database}.*`);

/** The platform's own users: who makes databases, who takes backups, and the smoke check, which looks at all replicas. */
export const internalGrants = {
  provisioner: [
    "CREATE DATABASE, SHOW DATABASES, SYSTEM SYNC DATABASE REPLICA, SHOW ROLES ON *.*",
    // The lakehouse's catalog is made anew; only others' databases hold data.
    "DROP DATABASE ON lakehouse.*",
  ],
  backup: [
    "BACKUP, SHOW DATABASES, CREATE TEMPORARY TABLE ON *.*",
    "READ, WRITE ON S3",
    `NAMED COLLECTION ON ${backupCollection}`,
  ],
  check: [...clientGrants([{ database: databases.check, rights: "write" }]), "SELECT ON system.replicas"],
} as const satisfies Record<string, readonly string[]>;

/** A role without rights, named after the users: a server that has it has read the file with all of them. */
export const versionOf = (users: readonly User[]): string =>
  `users_${createHash("sha256")
    .update(JSON.stringify([...users].sort((a, b) => (a.name < b.name ? -1 : 1))))
    .digest("hex")
    .slice(0, 12)}`;

export const usersFile = (users: readonly User[], size: Size): string =>
  xmlText("clickhouse", {
    profiles: { default: profile(size) },
    quotas: { default: {} },
    roles: { [versionOf(users)]: {} },
    users: Object.fromEntries(users.map((each) => [each.name, user(each)])),
  });

const user = ({ password, grants }: User): Xml => ({
  password_sha256_hex: createHash("sha256").update(password).digest("hex"),
  networks: { ip: "::/0" },
  profile: "default",
  quota: "default",
  ...(grants === "admin"
    ? {
        access_management: 1,
        named_collection_control: 1,
        show_named_collections: 1,
        show_named_collections_secrets: 1,
      }
    : { grants: { query: grants.map((grant) => `GRANT ${grant}`) } }),
});

/** Settings of every query, and which of them nobody may change. */
const profile = (size: Size): Xml => ({
  max_memory_usage: queryMemory(size),
  // A table of another engine would be made on all replicas, but each would have only the rows written through it.
  database_replicated_allow_only_replicated_engine: 1,
  // The lakehouse's catalog is a database; ClickHouse calls that beta.
  allow_database_iceberg: 1,
  // Users and functions made by SQL are in Keeper, hence everywhere already: `ON CLUSTER` would make them thrice.
  ignore_on_cluster_for_replicated_access_entities_queries: 1,
  ignore_on_cluster_for_replicated_udf_queries: 1,
  constraints: { database_replicated_allow_only_replicated_engine: { readonly: {} } },
});
