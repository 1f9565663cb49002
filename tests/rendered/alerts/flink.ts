import { type Case, n, pods, rising, type Series } from "./series";

const ofJob = (metric: string, value: string): Series => ({
  [`flink_jobmanager_job_${metric}{job="flink", job_name="orders", pod="flink-jobmanager-0"}`]: value,
});

/** When each alert of Flink must fire, and when it must not. */
export const flink: Readonly<Record<string, Case>> = {
  FlinkLeaderMissing: {
    fires: [{ 'up{job="flink"}': n(1) }],
    silent: [{ 'flink_jobmanager_numRegisteredTaskManagers{job="flink", pod="flink-jobmanager-1"}': n(0) }],
  },
  FlinkTaskManagersMissing: {
    fires: [pods("flink_jobmanager_numRegisteredTaskManagers", "flink", [2])],
    silent: [pods("flink_jobmanager_numRegisteredTaskManagers", "flink", [3])],
  },
  FlinkSlotsExhausted: {
    fires: [
      {
        ...pods("flink_jobmanager_taskSlotsAvailable", "flink", [0]),
        ...pods("flink_jobmanager_taskSlotsTotal", "flink", [12]),
      },
    ],
    // Without TaskManagers another alert speaks.
    silent: [
      {
        ...pods("flink_jobmanager_taskSlotsAvailable", "flink", [1]),
        ...pods("flink_jobmanager_taskSlotsTotal", "flink", [12]),
      },
      {
        ...pods("flink_jobmanager_taskSlotsAvailable", "flink", [0]),
        ...pods("flink_jobmanager_taskSlotsTotal", "flink", [0]),
      },
    ],
  },
  FlinkJobRestarts: {
    fires: [ofJob("numRestarts", "0+1x400")],
    // Three, long ago; and a new leader, which counts from nought.
    silent: [ofJob("numRestarts", n(3)), ofJob("numRestarts", "20x100 0x300")],
  },
  FlinkJobDown: {
    fires: [ofJob("restartingTime", rising(1000))],
    silent: [ofJob("restartingTime", n(0)), ofJob("restartingTime", n(60_000))],
  },
  FlinkCheckpointsFail: {
    fires: [ofJob("numberOfFailedCheckpoints", "0+1x400")],
    silent: [ofJob("numberOfFailedCheckpoints", n(2)), ofJob("numberOfFailedCheckpoints", "0+0.1x400")],
  },
  FlinkCheckpointTooOld: {
    fires: [ofJob("numberOfCompletedCheckpoints", n(7)), ofJob("numberOfCompletedCheckpoints", n(0))],
    // Checkpoints go on; a job that began five minutes ago; a new leader, which counts from nought.
    silent: [
      ofJob("numberOfCompletedCheckpoints", "0+1x400"),
      ofJob("numberOfCompletedCheckpoints", "_x115 0x285"),
      ofJob("numberOfCompletedCheckpoints", "0+1x110 0+1x290"),
    ],
  },
  FlinkBackPressure: {
    fires: [
      {
        'flink_taskmanager_job_task_backPressuredTimeMsPerSecond{job="flink", job_name="orders", task_name="a"}':
          n(900),
      },
    ],
    silent: [
      {
        'flink_taskmanager_job_task_backPressuredTimeMsPerSecond{job="flink", job_name="orders", task_name="a"}':
          n(500),
      },
    ],
  },
};
