import { backupTooOld, type Case, n, pods, rising } from "./series";

/** When alerts of ClickHouse and dbt must fire, and when they must not. */

export const clickhouse: Readonly<Record<string, Case>> = {
  ClickHouseKeeperLost: {
    fires: [pods("ClickHouseMetrics_ZooKeeperSession", "clickhouse", [1, 0, 1])],
    silent: [pods("ClickHouseMetrics_ZooKeeperSession", "clickhouse", [1, 1, 1])],
  },
  ClickHouseTableReadonly: {
    fires: [pods("ClickHouseMetrics_ReadonlyReplica", "clickhouse", [0, 2, 0])],
    silent: [pods("ClickHouseMetrics_ReadonlyReplica", "clickhouse", [0, 0, 0])],
  },
  ClickHouseInsertsRejected: {
    fires: [{ 'ClickHouseProfileEvents_RejectedInserts{job="clickhouse", pod="clickhouse-0"}': rising(0.1) }],
    silent: [pods("ClickHouseProfileEvents_RejectedInserts", "clickhouse", [7, 7])],
  },
  ClickHousePartsMany: {
    fires: [pods("ClickHouseAsyncMetrics_MaxPartCountForPartition", "clickhouse", [20, 900])],
    silent: [pods("ClickHouseAsyncMetrics_MaxPartCountForPartition", "clickhouse", [20, 700])],
  },
  ClickHouseQueriesOutOfMemory: {
    fires: [{ 'ClickHouseProfileEvents_QueryMemoryLimitExceeded{job="clickhouse", pod="clickhouse-0"}': rising(0.05) }],
    silent: [
      { 'ClickHouseProfileEvents_QueryMemoryLimitExceeded{job="clickhouse", pod="clickhouse-0"}': rising(0.005) },
    ],
  },
  ClickHouseReplicaBehind: {
    fires: [pods("ClickHouseAsyncMetrics_ReplicasMaxAbsoluteDelay", "clickhouse", [0, 400, 0])],
    silent: [pods("ClickHouseAsyncMetrics_ReplicasMaxAbsoluteDelay", "clickhouse", [0, 200, 0])],
  },
  ClickHouseKeeperLeaderMissing: {
    fires: [
      pods("ClickHouseAsyncMetrics_KeeperIsLeader", "clickhouse-keeper", [0, 0, 0]),
      pods("ClickHouseAsyncMetrics_KeeperIsLeader", "clickhouse-keeper", [1, 1, 0]),
    ],
    silent: [pods("ClickHouseAsyncMetrics_KeeperIsLeader", "clickhouse-keeper", [0, 1, 0])],
  },
  ClickHouseKeeperMemberMissing: {
    fires: [pods("ClickHouseAsyncMetrics_KeeperSyncedFollowers", "clickhouse-keeper", [0, 1, 0])],
    silent: [pods("ClickHouseAsyncMetrics_KeeperSyncedFollowers", "clickhouse-keeper", [0, 2, 0])],
  },
  ClickHouseBackupTooOld: backupTooOld("clickhouse-backup"),
};

const project = '{job="dbt", project="shop", target="trino"}';

export const dbt: Readonly<Record<string, Case>> = {
  DbtRunFailed: {
    fires: [{ [`dbt_run_success${project}`]: n(0) }],
    silent: [{ [`dbt_run_success${project}`]: n(1) }],
  },
  DbtProjectStale: {
    start: "1970-01-03T00:00:00Z",
    fires: [
      { [`dbt_last_success_timestamp_seconds${project}`]: n(0), [`dbt_stale_after_seconds${project}`]: n(93_600) },
    ],
    // Young enough, or of a project that runs only when somebody asks.
    silent: [
      {
        [`dbt_last_success_timestamp_seconds${project}`]: n(160_000),
        [`dbt_stale_after_seconds${project}`]: n(93_600),
      },
      { [`dbt_last_success_timestamp_seconds${project}`]: n(0) },
    ],
  },
};
