import { type Alert, backupTooOld } from "../../core/alerts";

const mebibyte = 2 ** 20;
/** Of the exporter beside each member; names of metrics that its versions 0.17 and 0.20 have in common. */
const job = 'job="postgres-exporter"';
/** Standbys have copies of logical slots that nobody reads there. */
const onPrimary = 'and on (namespace, pod) patroni_primary{job="postgresql"} == 1';

/**
 * What Patroni tells of the cluster, the exporters of each member, and PostgreSQL itself in its log only.
 * @param members of it
 * @param backups whether there are any
 */
export const alerts = (members: number, backups: boolean): readonly Alert[] => [
  {
    name: "PostgresqlPrimaryMissing",
    // Patroni goes on calling a member primary whose PostgreSQL has stopped while failover is paused.
    expr: 'sum(patroni_primary{job="postgresql"} * patroni_postgres_running{job="postgresql"}) != 1',
    for: "1m",
    severity: "critical",
    summary: "PostgreSQL has {{ $value }} primaries instead of one: nothing can be written",
    cause:
      "No member can become primary (too far behind, or none is healthy), Patroni does not reach the Kubernetes API, or somebody paused it and PostgreSQL stopped on the primary.",
    check: "`patronictl list` in a pod `postgresql-N`, and the log of Patroni there.",
    cure: "Bring the members back; `patronictl resume` when the list says `Maintenance mode: on`. When all are up and none is chosen, `patronictl failover` to the one that is furthest; what the others had more is lost.",
  },
  {
    name: "PostgresqlFailoverPaused",
    expr: 'max(patroni_is_paused{job="postgresql"}) == 1',
    for: "1h",
    severity: "warning",
    summary: "Patroni is paused: no failover happens by itself",
    cause: "Somebody paused it for maintenance and has not resumed it.",
    check: "`patronictl list` says `Maintenance mode: on`.",
    cure: "`patronictl resume`.",
  },
  {
    name: "PostgresqlCannotWrite",
    from: "logs",
    expr: 'sum by (namespace) (count_over_time({app="postgresql", container="postgresql"} |~ "PANIC: |could not (write|extend|fsync) |No space left on device" [5m])) > 0',
    severity: "critical",
    summary: "PostgreSQL cannot write to its disk",
    cause: "The volume is full or broken, or a data file is.",
    check: "The log around it names the file; `kubectl describe pvc` and the volume alerts say how the volume is.",
    cure: "Expand a full volume. With a broken one, delete claim and pod: Patroni makes the member anew from the others.",
  },
  ...(members > 1
    ? ([
        {
          name: "PostgresqlMemberDown",
          expr: `count(patroni_postgres_running{job="postgresql"} == 1) < ${members}`,
          for: "5m",
          severity: "warning",
          summary: `PostgreSQL runs on {{ $value }} of ${members} members`,
          cause: "A pod or its node is down, or a member cannot be started.",
          check: "`patronictl list`, and the log of the member that is missing there.",
          cure: "Mend the pod or node. `patronictl reinit postgresql <member>` copies a broken member anew from the primary.",
        },
        {
          name: "PostgresqlReplicaNotStreaming",
          expr: 'patroni_replica{job="postgresql"} == 1 and patroni_postgres_streaming{job="postgresql"} == 0',
          for: "5m",
          severity: "warning",
          summary: "{{ $labels.pod }} does not get changes from the primary",
          cause: "It is too far behind for the log that the primary still has, or cannot log in there.",
          check: "The log of the replica says what the primary answered.",
          cure: "It catches up from the archive by itself if there are backups; else `patronictl reinit postgresql <member>`.",
        },
        {
          name: "PostgresqlReplicaBehind",
          expr: `scalar(max(patroni_xlog_location{job="postgresql"})) - patroni_xlog_replayed_location{job="postgresql"} > ${256 * mebibyte} and patroni_replica{job="postgresql"} == 1`,
          for: "10m",
          severity: "warning",
          summary: "{{ $labels.pod }} is {{ $value | humanize1024 }}B of log behind the primary",
          cause: "Its disk is slower than what is written, or a long query holds the replay back.",
          check: "Does it grow? `pg_stat_activity` on the replica shows long queries.",
          cure: "End the query; less load or a faster disk if it goes on growing. It cannot become primary meanwhile.",
        },
      ] satisfies Alert[])
    : []),
  {
    name: "PostgresqlConnectionsHigh",
    expr: `sum by (namespace, pod) (pg_stat_database_numbackends{${job}}) / on (namespace, pod) max by (namespace, pod) (pg_settings_max_connections{${job}}) > 0.8`,
    for: "10m",
    severity: "warning",
    summary: "{{ $value | humanizePercentage }} of the connections of {{ $labels.pod }} are in use",
    cause: "More clients than planned for, a client that does not give connections back, or queries that take long.",
    check:
      "`SELECT usename, state, count(*) FROM pg_stat_activity GROUP BY 1, 2 ORDER BY 3 DESC` on the primary: whose are they, and are they idle?",
    cure: "Make the pool of that client smaller or restart it; `pg_terminate_backend` ends single ones. More connections need more memory (`postgresql` in `datalyptica:sizes`) and `max_connections` through `patronictl edit-config`.",
  },
  {
    name: "PostgresqlSlotAtRisk",
    expr: `max by (namespace, pod, slot_name) (pg_replication_slots_pg_wal_lsn_diff{${job}, database!=""}) / on (namespace, pod) group_left () max by (namespace, pod) (pg_settings_max_slot_wal_keep_size_bytes{${job}} > 0) > 0.5 ${onPrimary}`,
    for: "5m",
    severity: "critical",
    summary:
      "Slot {{ $labels.slot_name }} holds back {{ $value | humanizePercentage }} of the log that it may: at 100% its reader loses changes",
    cause: "Its reader is down, or slower than what is written.",
    check:
      "`SELECT slot_name, active, wal_status, safe_wal_size FROM pg_replication_slots` on the primary; `debezium_*` are read by Kafka Connect: are its connectors running?",
    cure: "Bring the reader back. If it is gone for good, take its tables out of `datalyptica:changeData` and `pulumi up`, which drops the slot; a slot of somebody else's: `pg_drop_replication_slot`. More disk for `postgresql` in `datalyptica:sizes` gives slots more log. A reader whose slot was lost must begin with a new snapshot.",
  },
  {
    name: "PostgresqlSlotUnread",
    expr: `max by (namespace, pod, slot_name) (pg_replication_slots_active{${job}, database!=""}) == 0 ${onPrimary}`,
    for: "15m",
    severity: "warning",
    summary: "Nobody reads slot {{ $labels.slot_name }}: the log behind it piles up",
    cause: "Its reader is down, cannot log in, or was taken away without its slot.",
    check: "`debezium_*` are read by Kafka Connect: are its connectors running, and what does its log say?",
    cure: "Bring the reader back, or drop the slot: see PostgresqlSlotAtRisk.",
  },
  {
    name: "PostgresqlNotMeasured",
    // One that cannot log in answers, too, with nothing of what it was to ask.
    expr: `up{${job}} == 1 unless on (namespace, pod) min by (namespace, pod) (pg_scrape_collector_success{${job}}) == 1`,
    for: "10m",
    severity: "warning",
    summary:
      "The exporter beside {{ $labels.pod }} cannot ask PostgreSQL: its connections, slots and archive raise no alert",
    cause: "PostgreSQL there does not answer, has no connection left, or refuses the role `exporter`.",
    check: "The log of container `exporter` says what PostgreSQL answered.",
    cure: "Mend the member first. Without the role, `pulumi up --replace` of Job `postgresql-provision-exporter` makes it again.",
  },
  ...(backups
    ? ([
        backupTooOld("PostgresqlBackupTooOld", "postgresql-backup", 26),
        {
          name: "PostgresqlArchiveFailing",
          expr: `increase(pg_stat_archiver_failed_count{${job}}[15m]) > 0 and increase(pg_stat_archiver_archived_count{${job}}[15m]) == 0`,
          for: "5m",
          severity: "critical",
          summary:
            "{{ $labels.pod }} has archived nothing for a quarter of an hour: a restore would lose what was written since, and the log fills the disk",
          cause: "MinIO is away or refuses the key, its bucket is full, or pgBackRest has no stanza.",
          check:
            "The log of container `postgresql` has pgBackRest's error; `pgbackrest --stanza=main check` in it tries again.",
          cure: "Mend MinIO or run Job `postgresql-stanza` again. What waits is archived by itself then; nothing is lost as long as the volume has room.",
        },
      ] satisfies Alert[])
    : []),
];
