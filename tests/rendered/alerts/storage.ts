import { backupTooOld, type Case, n, pods, rising, type Series } from "./series";

/** When alerts of the layer storage must fire, and when they must not. */

/** PostgreSQL's members: which call themselves primary, and on which PostgreSQL runs. */
const primaries = (primary: readonly number[], running: readonly number[]): Series => ({
  ...pods("patroni_primary", "postgresql", primary),
  ...pods("patroni_postgres_running", "postgresql", running),
});
/** Of the exporter beside `postgresql-0`. */
const exporter = (metric: string, value: number | string, labels = ""): Series => ({
  [`${metric}{job="postgres-exporter", pod="postgresql-0"${labels}}`]: typeof value === "number" ? n(value) : value,
});
const collector = (name: string, success: number): Series =>
  exporter("pg_scrape_collector_success", success, `, collector="${name}"`);
/** 50 in one database, the rest in another, of 500. */
const connections = (all: number): Series => ({
  ...exporter("pg_stat_database_numbackends", 50, ', datname="postgres"'),
  ...exporter("pg_stat_database_numbackends", all - 50, ', datname="keycloak"'),
  // As 0.17 tells it.
  ...exporter("pg_settings_max_connections", 500, ', server="localhost:5432"'),
});
const limit = (bytes: number): Series => exporter("pg_settings_max_slot_wal_keep_size_bytes", bytes);
/** A slot that holds back so much of 1000. @param database absent for slots of standbys */
const slot = (name: string, held: number, database = ""): Series => ({
  ...exporter("pg_replication_slots_pg_wal_lsn_diff", held, `, slot_name="${name}", database="${database}"`),
  ...limit(1000),
  ...pods("patroni_primary", "postgresql", [1, 0]),
});
const active = (database = ""): string =>
  `pg_replication_slots_active{job="postgres-exporter", pod="postgresql-0", slot_name="s", database="${database}"}`;

export const storage: Readonly<Record<string, Case>> = {
  PostgresqlPrimaryMissing: {
    fires: [
      primaries([0, 0, 0], [1, 1, 1]),
      primaries([1, 1, 0], [1, 1, 1]),
      // Paused, and PostgreSQL has stopped on the primary.
      primaries([0, 1, 0], [1, 0, 1]),
    ],
    silent: [primaries([0, 1, 0], [1, 1, 1]), primaries([0, 1, 0], [0, 1, 1])],
  },
  PostgresqlFailoverPaused: {
    fires: [pods("patroni_is_paused", "postgresql", [1, 1, 1])],
    silent: [pods("patroni_is_paused", "postgresql", [0, 0, 0])],
  },
  PostgresqlMemberDown: {
    fires: [pods("patroni_postgres_running", "postgresql", [1, 0, 1])],
    silent: [pods("patroni_postgres_running", "postgresql", [1, 1, 1])],
  },
  PostgresqlReplicaNotStreaming: {
    fires: [
      { ...pods("patroni_replica", "postgresql", [0, 1]), ...pods("patroni_postgres_streaming", "postgresql", [0, 0]) },
    ],
    silent: [
      { ...pods("patroni_replica", "postgresql", [0, 1]), ...pods("patroni_postgres_streaming", "postgresql", [0, 1]) },
    ],
  },
  PostgresqlReplicaBehind: {
    fires: [
      {
        ...pods("patroni_xlog_location", "postgresql", [1e9, 0]),
        ...pods("patroni_xlog_replayed_location", "postgresql", [0, 5e8]),
        ...pods("patroni_replica", "postgresql", [0, 1]),
      },
    ],
    // The primary itself replays nothing.
    silent: [
      {
        ...pods("patroni_xlog_location", "postgresql", [1e9, 0]),
        ...pods("patroni_xlog_replayed_location", "postgresql", [0, 9e8]),
        ...pods("patroni_replica", "postgresql", [0, 1]),
      },
    ],
  },
  PostgresqlConnectionsHigh: {
    fires: [connections(450)],
    silent: [connections(350)],
  },
  PostgresqlSlotAtRisk: {
    fires: [slot("debezium_shop", 600, "shop")],
    silent: [
      slot("debezium_shop", 400, "shop"),
      // Of a standby, which has the archive as well; on a standby; without a limit nothing is lost.
      slot("postgresql_1", 600),
      { ...slot("debezium_shop", 600, "shop"), ...pods("patroni_primary", "postgresql", [0, 1]) },
      { ...slot("debezium_shop", 600, "shop"), ...limit(-1) },
    ],
  },
  PostgresqlSlotUnread: {
    fires: [{ [active("shop")]: n(0), ...pods("patroni_primary", "postgresql", [1, 0]) }],
    silent: [
      { [active("shop")]: n(1), ...pods("patroni_primary", "postgresql", [1, 0]) },
      { [active("shop")]: n(0), ...pods("patroni_primary", "postgresql", [0, 1]) },
      { [active()]: n(0), ...pods("patroni_primary", "postgresql", [1, 0]) },
    ],
  },
  PostgresqlNotMeasured: {
    fires: [
      // It cannot log in; one of what it asks for fails.
      exporter("up", 1),
      { ...exporter("up", 1), ...collector("settings", 1), ...collector("stat_database", 0) },
    ],
    // One that does not answer at all is TargetDown's.
    silent: [{ ...exporter("up", 1), ...collector("settings", 1) }, exporter("up", 0)],
  },
  PostgresqlArchiveFailing: {
    fires: [
      { ...exporter("pg_stat_archiver_failed_count", rising(0.1)), ...exporter("pg_stat_archiver_archived_count", 9) },
    ],
    silent: [
      // Once, and then it went.
      {
        ...exporter("pg_stat_archiver_failed_count", rising(0.01)),
        ...exporter("pg_stat_archiver_archived_count", rising(0.01)),
      },
      // Nothing is written.
      { ...exporter("pg_stat_archiver_failed_count", 3), ...exporter("pg_stat_archiver_archived_count", 9) },
    ],
  },
  PostgresqlBackupTooOld: backupTooOld("postgresql-backup"),
  MinioUnhealthy: {
    fires: [{ 'minio_cluster_health_status{job="minio"}': n(0) }],
    silent: [{ 'minio_cluster_health_status{job="minio"}': n(1) }],
  },
  MinioNearlyFull: {
    fires: [
      {
        'minio_cluster_capacity_usable_free_bytes{job="minio"}': n(10),
        'minio_cluster_capacity_usable_total_bytes{job="minio"}': n(100),
      },
    ],
    silent: [
      {
        'minio_cluster_capacity_usable_free_bytes{job="minio"}': n(20),
        'minio_cluster_capacity_usable_total_bytes{job="minio"}': n(100),
      },
    ],
  },
  MinioErrors: {
    fires: [{ 'minio_s3_requests_5xx_errors_total{job="minio-node"}': rising(2) }],
    silent: [{ 'minio_s3_requests_5xx_errors_total{job="minio-node"}': rising(0.5) }],
  },
  MinioDriveOffline: {
    fires: [
      { 'minio_cluster_drive_offline_total{job="minio"}': n(1) },
      {
        'minio_cluster_drive_offline_total{job="minio"}': n(0),
        'minio_cluster_nodes_offline_total{job="minio"}': n(1),
      },
    ],
    silent: [
      {
        'minio_cluster_drive_offline_total{job="minio"}': n(0),
        'minio_cluster_nodes_offline_total{job="minio"}': n(0),
      },
    ],
  },
};
