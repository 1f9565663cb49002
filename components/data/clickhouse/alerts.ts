import { type Alert, backupTooOld } from "../../core/alerts";

/**
 * @param servers of ClickHouse
 * @param keepers that coordinate them
 * @param backups whether there are any
 */
export const alerts = (servers: number, keepers: number, backups: boolean): readonly Alert[] => [
  {
    name: "ClickHouseKeeperLost",
    expr: 'max by (namespace, pod) (ClickHouseMetrics_ZooKeeperSession{job="clickhouse"}) == 0',
    for: "5m",
    severity: "critical",
    summary: "{{ $labels.pod }} has no session with Keeper: nothing can be written there",
    cause: "Keeper has no majority, or the server does not reach it.",
    check: "`kubectl get pods` of `clickhouse-keeper`; `SELECT * FROM system.zookeeper_connection` on the server.",
    cure: "Bring the Keepers back: two of three are enough. The server connects again by itself.",
  },
  {
    name: "ClickHouseTableReadonly",
    expr: 'max by (namespace, pod) (ClickHouseMetrics_ReadonlyReplica{job="clickhouse"}) > 0',
    for: "5m",
    severity: "critical",
    summary: "{{ $value }} tables on {{ $labels.pod }} take no writes",
    cause: "The session with Keeper was lost, or Keeper does not know these tables (any more).",
    check: "`SELECT database, table, zookeeper_exception FROM system.replicas WHERE is_readonly`.",
    cure: "With Keeper back they become writable within a minute. Where Keeper has lost them, `SYSTEM RESTORE REPLICA <table>` writes there anew what the server has.",
  },
  {
    name: "ClickHouseInsertsRejected",
    expr: 'sum by (namespace, pod) (increase(ClickHouseProfileEvents_RejectedInserts{job="clickhouse"}[10m])) > 0',
    severity: "critical",
    summary: "{{ $labels.pod }} rejects inserts: a table has too many parts",
    cause: "Many small inserts, or merges that do not keep up (disk, too many partitions, a stuck mutation).",
    check:
      "`SELECT database, table, partition, count() FROM system.parts WHERE active GROUP BY ALL ORDER BY 4 DESC LIMIT 10`; `system.mutations` and `system.merges`.",
    cure: "Fewer and larger inserts (`async_insert`), fewer partitions; `KILL MUTATION` for one that is stuck.",
  },
  {
    name: "ClickHousePartsMany",
    expr: 'max by (namespace, pod) (ClickHouseAsyncMetrics_MaxPartCountForPartition{job="clickhouse"}) > 800',
    for: "10m",
    severity: "warning",
    summary: "A partition on {{ $labels.pod }} has {{ $value }} parts: from 1000 on inserts are slowed down",
    cause: "Many small inserts, or merges that do not keep up.",
    check: "As of ClickHouseInsertsRejected.",
    cure: "Fewer and larger inserts, fewer partitions, a faster disk.",
  },
  {
    name: "ClickHouseQueriesOutOfMemory",
    expr: 'sum by (namespace, pod) (increase(ClickHouseProfileEvents_QueryMemoryLimitExceeded{job="clickhouse"}[15m])) > 10',
    severity: "warning",
    summary: "{{ $value }} queries in a quarter of an hour wanted more memory than they may have on {{ $labels.pod }}",
    cause: "Large joins or aggregations, or too many queries side by side.",
    check: "`SELECT user, query FROM system.query_log WHERE exception_code = 241 ORDER BY event_time DESC LIMIT 20`.",
    cure: "Mend the query, or more memory in `datalyptica:sizes`: limits follow from it.",
  },
  ...(servers > 1
    ? ([
        {
          name: "ClickHouseReplicaBehind",
          expr: 'max by (namespace, pod) (ClickHouseAsyncMetrics_ReplicasMaxAbsoluteDelay{job="clickhouse"}) > 300',
          for: "5m",
          severity: "warning",
          summary: "{{ $labels.pod }} is {{ $value | humanizeDuration }} behind the other replicas",
          cause: "It was away, its disk or network is slow, or a part cannot be fetched.",
          check: "`SELECT * FROM system.replication_queue WHERE last_exception != ''` there.",
          cure: "It catches up by itself; mend what the queue says. Queries there miss the newest rows meanwhile.",
        },
      ] satisfies Alert[])
    : []),
  ...(keepers > 1
    ? ([
        {
          name: "ClickHouseKeeperLeaderMissing",
          expr: 'sum(ClickHouseAsyncMetrics_KeeperIsLeader{job="clickhouse-keeper"}) != 1',
          for: "1m",
          severity: "critical",
          summary: "Keeper has {{ $value }} leaders instead of one: nothing can be written to ClickHouse",
          cause: "Fewer than a majority of its members reach each other.",
          check: "`kubectl get pods` of `clickhouse-keeper`, and their log.",
          cure: "Bring the members back. Never delete the volumes of a majority: what only they knew is lost.",
        },
        {
          name: "ClickHouseKeeperMemberMissing",
          expr: `max(ClickHouseAsyncMetrics_KeeperSyncedFollowers{job="clickhouse-keeper"}) < ${keepers - 1}`,
          for: "5m",
          severity: "warning",
          summary: `Keeper's leader has {{ $value }} followers in step instead of ${keepers - 1}: the next loss may stop writes`,
          cause: "A member is down, or too slow to follow.",
          check: "The pods `clickhouse-keeper-N`; `mntr` of the leader.",
          cure: "Bring the member back; with an empty volume it copies all from the leader.",
        },
      ] satisfies Alert[])
    : []),
  ...(backups ? [backupTooOld("ClickHouseBackupTooOld", "clickhouse-backup", 26)] : []),
];
