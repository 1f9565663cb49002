import { atLeast, below, exactly, metricsOf, type Panel, rate, type ServicePanels } from "../../core/panels";

/** What Patroni tells: who leads, who follows, and how far behind. */
const patroni = metricsOf("postgresql");
/** What PostgreSQL itself tells. */
const exporter = metricsOf("postgres-exporter");

const written = patroni("patroni_xlog_location");
const mebibyte = 2 ** 20;

/** @param members of the cluster */
export const panels = (members: number): ServicePanels => ({
  rows: [
    {
      title: "PostgreSQL",
      panels: [
        {
          kind: "stat",
          title: "Primaries",
          about: "Members that hold the leader lock: exactly one. For some seconds of a failover there is none.",
          steps: exactly(1),
          series: { Primaries: `sum(${patroni("patroni_primary")})` },
        },
        {
          kind: "stat",
          title: "Running",
          about: `Members whose PostgreSQL runs: all ${members}.`,
          steps: exactly(members),
          series: { Running: `sum(${patroni("patroni_postgres_running")})` },
        },
        {
          kind: "stat",
          title: "Failover",
          about: "Whether Patroni would promote another member. Paused, nobody takes over; somebody switched that on.",
          texts: { 0: "automatic", 1: "paused" },
          steps: below(1),
          series: { Failover: `max(${patroni("patroni_is_paused")})` },
        },
        {
          kind: "stat",
          title: "Restart pending",
          about: "Members with settings that count only after a restart.",
          steps: ["green", [1, "orange"]],
          series: { Members: `sum(${patroni("patroni_pending_restart")})` },
        },
        {
          kind: "stat",
          title: "Timeline",
          about: "It grows by one with each promotion.",
          steps: ["text"],
          series: { Timeline: `max(${patroni("patroni_postgres_timeline")})` },
        },
        ...(members > 1 ? replication : []),
        {
          kind: "chart",
          title: "Write-ahead log",
          about: "Bytes of changes the primary writes a second: the load that counts for replication and the archive.",
          unit: "Bps",
          // Not as a rate: a standby counts from 0, so its promotion would look like all that was ever written.
          series: { written: `clamp_min(max(${written}) - max(${written} offset 5m), 0) / 300` },
        },
        {
          kind: "chart",
          title: "Since the control plane was reached",
          about:
            "Time since Patroni last renewed what it knows from the Kubernetes API. Above its time to live of 30 s a primary steps down.",
          unit: "s",
          steps: below(30),
          series: { "{{pod}}": `time() - ${patroni("patroni_dcs_last_seen")}` },
        },
        {
          kind: "chart",
          title: "Connections",
          about:
            "Connections to each database, of all members. `PostgresqlConnectionsHigh` knows how many there may be.",
          stacked: true,
          series: { "{{datname}}": `sum by (datname) (${exporter("pg_stat_database_numbackends", 'datname!=""')})` },
        },
        {
          kind: "chart",
          title: "Held back by slots",
          about: "Bytes of write-ahead log that are kept for who reads a replication slot and has not read them yet.",
          unit: "bytes",
          series: {
            "{{slot_name}}": `max by (slot_name) (${exporter("pg_replication_slots_pg_wal_lsn_diff")})`,
          },
          empty: "There are no slots",
        },
        {
          kind: "chart",
          title: "Archive",
          about: "Pieces of write-ahead log a second that went to the archive, and those that could not.",
          unit: "ops",
          series: {
            archived: rate(exporter("pg_stat_archiver_archived_count")),
            failed: rate(exporter("pg_stat_archiver_failed_count")),
          },
        },
      ],
    },
  ],
});

const replication: readonly Panel[] = [
  {
    kind: "stat",
    title: "Synchronous",
    about: "Standbys that have every acknowledged commit: at least one, or the loss of the primary could lose some.",
    steps: atLeast(1),
    series: { Standbys: `sum(${patroni("patroni_sync_standby")})` },
  },
  {
    kind: "chart",
    title: "Behind the primary",
    about: "Bytes that a standby has not replayed yet. `PostgresqlReplicaBehind` fires above 256 MiB.",
    unit: "bytes",
    steps: below(256 * mebibyte),
    series: {
      "{{pod}}": `clamp_min(scalar(max(${written})) - ${patroni("patroni_xlog_replayed_location")} and on (pod) ${patroni("patroni_replica")} == 1, 0)`,
    },
  },
];
