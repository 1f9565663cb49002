import { backupTooOld, type Case, n, pods, rising } from "./series";

/** When alerts of ClickHouse, dbt and Great Expectations must fire, and when they must not. */

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

/** At the third day: a project that never succeeded after the first one's beginning, and one that did the day before. */
const stale = (product: string, labels: string): Case => {
  const series = (success: number, staleAfter?: number) => ({
    [`${product}_last_success_timestamp_seconds${labels}`]: n(success),
    ...(staleAfter ? { [`${product}_stale_after_seconds${labels}`]: n(staleAfter) } : {}),
  });
  // Young enough, or of a project that runs only when somebody asks.
  return { start: "1970-01-03T00:00:00Z", fires: [series(0, 93_600)], silent: [series(160_000, 93_600), series(0)] };
};

export const dbt: Readonly<Record<string, Case>> = {
  DbtRunFailed: {
    fires: [{ [`dbt_run_success${project}`]: n(0) }],
    silent: [{ [`dbt_run_success${project}`]: n(1) }],
  },
  DbtProjectStale: stale("dbt", project),
};

const validated = (project: string, labels = "") => `{job="great-expectations", project="${project}"${labels}}`;
const expectations = (project: string, result: string) =>
  `gx_expectations${validated(project, `, checkpoint="daily", result="${result}"`)}`;

export const greatExpectations: Readonly<Record<string, Case>> = {
  DataNotAsExpected: {
    fires: [{ [expectations("shop", "failed")]: n(2), [expectations("shop", "passed")]: n(7) }],
    // What could not be checked is another alert, and the demonstration's bad rows are there on purpose.
    silent: [
      {
        [expectations("shop", "failed")]: n(0),
        [expectations("shop", "passed")]: n(7),
        [expectations("shop", "error")]: n(1),
      },
      { [expectations("demo", "failed")]: n(5) },
    ],
  },
  ValidationBroken: {
    fires: [{ [`gx_run_broken${validated("shop")}`]: n(1) }],
    silent: [{ [`gx_run_broken${validated("shop")}`]: n(0), [`gx_run_broken${validated("demo")}`]: n(1) }],
  },
  ValidationStale: stale("gx", validated("shop")),
};
