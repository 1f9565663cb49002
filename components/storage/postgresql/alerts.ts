import { type Alert, backupTooOld } from "../../core/alerts";

const mebibyte = 2 ** 20;

/**
 * What Patroni tells of the cluster, and what PostgreSQL itself tells in its log only.
 * @param members of it
 * @param backups whether there are any
 */
export const alerts = (members: number, backups: boolean): readonly Alert[] => [
  {
    name: "PostgresqlPrimaryMissing",
    expr: 'sum(patroni_primary{job="postgresql"}) != 1',
    for: "1m",
    severity: "critical",
    summary: "PostgreSQL has {{ $value }} primaries instead of one: nothing can be written",
    cause:
      "No member can become primary (too far behind, or none is healthy), or Patroni does not reach the Kubernetes API.",
    check: "`patronictl list` in a pod `postgresql-N`, and the log of Patroni there.",
    cure: "Bring the members back. When all are up and none is chosen, `patronictl failover` to the one that is furthest; what the others had more is lost.",
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
  ...(backups ? [backupTooOld("PostgresqlBackupTooOld", "postgresql-backup", 26)] : []),
];
