import { authorityFile } from "../../core/certificates";
import { plainLines } from "../../core/logs";
import type { ContainerSpec } from "../../core/pods";
import { filesFrom, type Mount, type Source } from "../../core/sources";
import { psql } from "./provision";

/** PostgreSQL's own figures for Prometheus: postgres_exporter beside each member, which it asks as a role that may only look. */

export const exporterRole = "exporter";

/** Of its collectors, those that no alert needs; left are `replication_slots`, `settings`, `stat_archiver` and `stat_database`. */
const unused = [
  "database",
  "locks",
  "replication",
  "roles",
  "stat_activity",
  "stat_bgwriter",
  "stat_progress_vacuum",
  // Two connections that look alike would make the whole answer an error.
  "stat_replication",
  "stat_user_tables",
  "statio_user_tables",
  "wal",
];

/**
 * @param login Secret with the role's password
 * @param authority whom to believe that it is PostgreSQL: the certificate is good for `localhost`
 */
export const exporter = (image: string, login: Source, authority: Mount): ContainerSpec => ({
  name: "exporter",
  image,
  logs: plainLines,
  args: unused.map((collector) => `--no-collector.${collector}`),
  env: {
    DATA_SOURCE_URI: `localhost:5432/postgres?sslmode=verify-full&sslrootcert=${authorityFile}&connect_timeout=5`,
    DATA_SOURCE_USER: exporterRole,
    DATA_SOURCE_PASS_FILE: "/etc/exporter/password",
  },
  ports: { metrics: 9187 },
  metrics: [{ port: "metrics", job: "postgres-exporter" }],
  resources: { cpu: "10m", memory: "32Mi", cpuLimit: "100m", memoryLimit: "64Mi" },
  mounts: [filesFrom(login, "/etc/exporter", { password: "password" }), authority],
  // Its pages, not PostgreSQL: a member serves whether or not somebody measures it.
  startup: { http: "/", port: "metrics", period: 2, failures: 30 },
  readiness: { http: "/", port: "metrics" },
  liveness: { http: "/", port: "metrics", failures: 6 },
});

/**
 * The role, with the password in `/etc/credentials/password`. All members have it, since they have the primary's roles. A
 * scrape takes one connection beside the one that stays; two replicas of Prometheus and a check may come at once.
 */
export const exporterScript = `
${psql} "$connection dbname=postgres" <<'SQL'
\\set password \`cat /etc/credentials/password\`
SELECT 'CREATE ROLE ${exporterRole}' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${exporterRole}') \\gexec
ALTER ROLE ${exporterRole} LOGIN PASSWORD :'password' CONNECTION LIMIT 5;
GRANT pg_monitor TO ${exporterRole};
SQL
`.trim();
