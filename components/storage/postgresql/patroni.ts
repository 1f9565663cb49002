import { authorityFile } from "../../core/certificates";
import { yamlText } from "../../core/formats";
import { datedEntries, type LogsSpec } from "../../core/logs";
import type { Labels, Mode } from "../../core/names";
import type { Size } from "../../core/profiles";
import { mebibytes } from "../../core/quantities";

/** Patroni's configuration file, and with it PostgreSQL's. */

export const dataDirectory = "/pgdata/pg17";

/** What PostgreSQL and Patroni write: `<date> <time> UTC [<pid>] LOG:  ...` and `<date> <time> INFO: ...`. */
export const serverLogs: LogsSpec = {
  ...datedEntries,
  level: {
    pattern: String.raw`^\S+ \S+ (?:\S+ \[\d+\] )?(?P<level>[A-Z]+):`,
    words: {
      LOG: "info",
      DETAIL: "info",
      HINT: "info",
      STATEMENT: "info",
      CONTEXT: "info",
      NOTICE: "info",
      PANIC: "fatal",
    },
  },
  // Each member says so every few seconds; who leads is in the metrics.
  drop: [String.raw`INFO: no action\. I am \(`],
};

export interface PatroniSettings {
  readonly mode: Mode;
  readonly size: Size;
  /** Labels by which Patroni finds its pods, beside its own scope label. */
  readonly labels: Labels;
  readonly ports: { readonly postgresql: number; readonly patroni: number };
  /** Whether write-ahead log goes to pgBackRest. */
  readonly archive: boolean;
}

const restoreCommand = 'timeout 2 pgbackrest --stanza=main --no-archive-async archive-get %f "%p"';

export function patroniConfig({ mode, size, labels, ports, archive }: PatroniSettings): string {
  return yamlText({
    scope: "postgresql",
    kubernetes: {
      use_endpoints: true,
      scope_label: "cluster-name",
      role_label: "role",
      labels,
      // Repeats the Service's port name: Patroni writes the Endpoints of Service `postgresql`.
      ports: [{ name: "postgresql", port: ports.postgresql }],
    },
    restapi: { listen: `0.0.0.0:${ports.patroni}` },
    bootstrap: {
      initdb: [
        { encoding: "UTF8" },
        // Not the operating system's collation: it would change under the indexes with an image's libc.
        { locale: "C.UTF-8" },
        "data-checksums",
        { "auth-local": "peer" },
        { "auth-host": "scram-sha-256" },
      ],
      // Read once, at the first start. Later changes go through Patroni's API (docs: PATCH /config).
      dcs: {
        // A dead primary is replaced `ttl` seconds after its last word, one loop later at most: the least Patroni allows.
        // `loop_wait + 2 * retry_timeout` must stay within it.
        ttl: 20,
        loop_wait: 5,
        retry_timeout: 7,
        maximum_lag_on_failover: 33554432,
        // The primary stays one while the API server is away and all members still answer each other.
        failsafe_mode: true,
        synchronous_mode: mode === "ha",
        // With both standbys gone, writes go on unreplicated rather than stop.
        synchronous_mode_strict: false,
        member_slots_ttl: "30min",
        postgresql: {
          use_pg_rewind: true,
          use_slots: true,
          parameters: {
            max_connections: mode === "ha" ? 500 : 200,
            max_wal_senders: 20,
            max_replication_slots: 20,
            wal_level: "logical",
            max_worker_processes: 16,
            max_prepared_transactions: 0,
            max_locks_per_transaction: 128,
            wal_keep_size: share(size.disk, 0.005, 64),
            wal_log_hints: "on",
            track_commit_timestamp: "off",
          },
        },
      },
    },
    postgresql: {
      listen: `0.0.0.0:${ports.postgresql}`,
      data_dir: dataDirectory,
      bin_dir: "/usr/pgsql-17/bin",
      pgpass: "/tmp/pgpass",
      use_unix_socket: true,
      create_replica_methods: ["basebackup"],
      basebackup: [{ checkpoint: "fast" }],
      pg_hba: [
        "local all postgres peer",
        "hostssl replication replicator all scram-sha-256",
        "hostssl postgres rewinder all scram-sha-256",
        "hostssl all all all scram-sha-256",
      ],
      parameters: {
        unix_socket_directories: "/tmp",
        shared_buffers: share(size.memory, 1 / 4),
        effective_cache_size: share(size.memory, 3 / 4),
        work_mem: share(size.memory, 1 / 400, 4),
        maintenance_work_mem: share(size.memory, 1 / 16, 32),
        max_wal_size: share(size.disk, 0.04, 128),
        min_wal_size: share(size.disk, 0.005, 80),
        // A slot nobody reads may hold back this much log, then it is lost instead of filling the disk.
        max_slot_wal_keep_size: share(size.disk, 0.1, 128),
        checkpoint_completion_target: 0.9,
        random_page_cost: 1.1,
        jit: "off",
        password_encryption: "scram-sha-256",
        hot_standby_feedback: "on",
        idle_in_transaction_session_timeout: "15min",
        log_destination: "stderr",
        logging_collector: "off",
        ssl: "on",
        ssl_cert_file: "/etc/postgresql-tls/tls.crt",
        ssl_key_file: "/etc/postgresql-tls/tls.key",
        ssl_ca_file: authorityFile,
        ssl_min_protocol_version: "TLSv1.2",
        ...(archive
          ? {
              archive_mode: "on",
              archive_timeout: "60s",
              archive_command: 'pgbackrest --stanza=main archive-push "%p"',
            }
          : {}),
      },
      // A promotion asks the archive too, and waits for the answer: one that hangs on a lost node must not hold it up, nor
      // a process in the background that hangs. What is not there in time is asked for again.
      ...(archive ? { recovery_conf: { restore_command: restoreCommand } } : {}),
    },
    watchdog: { mode: "off" },
  });
}

/** A share of a quantity in PostgreSQL's notation. @param least lower bound in MB */
function share(quantity: string | undefined, part: number, least = 16): string {
  return `${Math.max(least, mebibytes(quantity ?? "1Gi", part))}MB`;
}
