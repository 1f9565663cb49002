import * as fs from "node:fs";
import * as path from "node:path";
import { authorityFile } from "../../core/certificates";
import { yamlText } from "../../core/formats";
import type { LogsSpec } from "../../core/logs";
import { filesOf, projectPaths } from "../../core/project-scripts";
import type { Database } from "../../storage/postgresql";
import type { ClickHouseAccess } from "../clickhouse";
import type { TrinoAccess } from "../trino";

/** dbt's files: connections to the engines, the platform's demonstration, and what brings results into the bucket. */

export const product = "dbt";
/** Where runs have what; `profiles` are the connections. */
export const paths = { ...projectPaths(product), profiles: "/etc/dbt" };

/** dbt's events, an object a line with the level inside, and lines of its libraries. */
export const logs: LogsSpec = {
  level: {
    pattern: `(?:^|"level": ")(?P<level>debug|info|warn|error|DEBUG|INFO|WARNING|ERROR)(?:"|:)`,
    words: { WARNING: "warn", DEBUG: "debug", INFO: "info", ERROR: "error" },
  },
};

/** The catalog and the database in which projects find their schemas. */
const catalog = "iceberg";
export const database = "dbt";

/** Passwords come as variables of this beginning: dbt takes them in this file only, and shows them in no log. */
export const passwordVariable = "DBT_ENV_SECRET_PASSWORD";
const password = `{{ env_var('${passwordVariable}') }}`;

/** How a target is reached; a project has a schema of its own there. */
export type Output = Readonly<Record<string, unknown>>;

export function trinoOutput({ url }: Pick<TrinoAccess, "url">, user: string, schema: string): Output {
  const { hostname, port } = new URL(url);
  return {
    type: "trino",
    // By name and password.
    method: "ldap",
    host: hostname,
    port: Number(port),
    user,
    password,
    cert: authorityFile,
    database: catalog,
    schema,
    threads: 4,
    retries: 3,
  };
}

export const clickhouseOutput = (
  { host, port, username }: Pick<ClickHouseAccess, "host" | "port" | "username">,
  schema: string,
): Output => ({
  type: "clickhouse",
  driver: "http",
  host,
  port,
  user: username,
  password,
  secure: true,
  verify: true,
  schema,
  // Inserts are on a majority of the replicas before the next model reads them.
  database_engine: "Replicated",
  // It would try with tables that are not replicated, which are refused; replicated databases can.
  check_exchange: false,
  threads: 2,
});

export const postgresqlOutput = (
  { host, port, database: dbname }: Pick<Database, "host" | "port" | "database">,
  schema: string,
): Output => ({
  type: "postgres",
  host,
  port,
  user: dbname,
  password,
  dbname,
  schema,
  threads: 2,
  sslmode: "verify-full",
  sslrootcert: authorityFile,
});

/** Names with dashes are no schema's. */
export const schemaOf = (project: string): string => `dbt_${project.replaceAll("-", "_")}`;

export const profilesFile = (target: string, output: Output): string =>
  yamlText({ datalyptica: { target, outputs: { [target]: output } } });

/** What runs beside dbt, by file name. */
export const scriptFiles = (): Readonly<Record<string, string>> => ({
  "publish.py": fs.readFileSync(path.join(__dirname, "publish.py"), "utf8"),
});

/** The demonstration's files, by their paths in the project. */
export const demonstration = (): Readonly<Record<string, string>> => filesOf(path.join(__dirname, "demo"));
