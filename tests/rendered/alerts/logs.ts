import { type Case, n, pods, rising } from "./series";

/** Alerts on those who collect and keep logs. (Alerts on the logs themselves: ../logs/alerts.) */

const requests = (status: number): string =>
  `loki_request_duration_seconds_count{job="loki", route="loki_api_v1_push", status_code="${status}"}`;
const dropped = (reason: string): string => `loki_process_dropped_lines_total{job="alloy", reason="${reason}"}`;
const member = (state: string): string =>
  `loki_ring_members{job="loki", pod="loki-read-0", name="ingester", state="${state}"}`;
const compacted =
  'loki_boltdb_shipper_compact_tables_operation_last_successful_run_timestamp_seconds{job="loki", pod="loki-compactor-0"}';

export const loki: Readonly<Record<string, Case>> = {
  LokiRequestsFail: {
    fires: [{ [requests(204)]: rising(8), [requests(500)]: rising(2) }],
    silent: [
      { [requests(204)]: rising(95), [requests(500)]: rising(5) },
      { [requests(204)]: rising(1), [requests(429)]: rising(9) },
    ],
  },
  LokiPanics: {
    fires: [{ 'loki_panic_total{job="loki", pod="loki-read-0"}': rising(0.01) }],
    silent: [{ 'loki_panic_total{job="loki", pod="loki-read-0"}': n(2) }],
  },
  LokiCompactionStale: {
    at: "6h",
    fires: [{ [compacted]: n(1000) }],
    // An hour ago; or never yet, as just after the start.
    silent: [{ [compacted]: n(5 * 3600) }, { [compacted]: n(0) }],
  },
  LokiRefusesLines: {
    fires: [{ 'loki_discarded_samples_total{job="loki", reason="rate_limited"}': rising(1) }],
    silent: [{ 'loki_discarded_samples_total{job="loki", reason="rate_limited"}': n(500) }],
  },
  LokiRulesFail: {
    fires: [{ 'loki_prometheus_rule_evaluation_failures_total{job="loki", rule_group="a"}': rising(0.01) }],
    silent: [{ 'loki_prometheus_rule_evaluation_failures_total{job="loki", rule_group="a"}': n(3) }],
  },
  LokiWalNearlyFull: {
    fires: [pods("loki_ingester_wal_disk_usage_percent", "loki", [0.2, 0.85])],
    silent: [pods("loki_ingester_wal_disk_usage_percent", "loki", [0.2, 0.75])],
  },
  LokiMembersUnhealthy: {
    fires: [{ [member("Unhealthy")]: n(1), [member("ACTIVE")]: n(2) }],
    silent: [{ [member("Unhealthy")]: n(0), [member("ACTIVE")]: n(3) }],
  },
};

const components = (health: string): string =>
  `alloy_component_controller_running_components{job="alloy", pod="alloy-a", health_type="${health}"}`;

export const alloy: Readonly<Record<string, Case>> = {
  AlloyComponentUnhealthy: {
    fires: [{ [components("healthy")]: n(4), [components("unhealthy")]: n(1) }],
    silent: [{ [components("healthy")]: n(5) }],
  },
  AlloyLosesLogs: {
    fires: [{ 'loki_write_dropped_entries_total{job="alloy", pod="alloy-a", reason="ingester_error"}': rising(0.1) }],
    silent: [{ 'loki_write_dropped_entries_total{job="alloy", pod="alloy-a", reason="ingester_error"}': n(9) }],
  },
  AlloyCannotReachLoki: {
    // Once in five minutes; and once in all.
    fires: [{ 'loki_write_batch_retries_total{job="alloy", pod="alloy-a"}': rising(1 / 300) }],
    silent: [{ 'loki_write_batch_retries_total{job="alloy", pod="alloy-a"}': "0x110 1x200" }],
  },
  AlloySendsNothing: {
    fires: [pods("loki_write_sent_entries_total", "alloy", [700, 900])],
    silent: [
      {
        'loki_write_sent_entries_total{job="alloy", pod="alloy-a"}': rising(1),
        'loki_write_sent_entries_total{job="alloy", pod="alloy-b"}': n(5),
      },
    ],
  },
  AlloyCutsLogsOff: {
    fires: [{ [dropped("rate_limited")]: rising(20) }, { [dropped("too old")]: rising(20) }],
    silent: [{ [dropped("unwanted")]: rising(500), [dropped("rate_limited")]: rising(5) }],
  },
};
