/** Lines as products write them, and what is to become of them. */

interface Sample {
  readonly lines: readonly string[];
  /** Each entry's first words, number of lines and level. */
  readonly entries: readonly (readonly [start: string, lines: number, level: string])[];
}

const stack = ["java.io.IOException: broken pipe", "\tat java.base/sun.nio.ch.Net.poll(Native Method)", "Caused by: x"];
const probe = (path: string) => `"GET ${path} HTTP/1.1" 200 51 "-" "kube-probe/1.34"`;
const request = (path: string) => `[2026-11-26 04:00:06,000] INFO 10.128.2.7 - - [26/Nov/2026:04:00:06 +0000] ${path}`;
const patroni = "2026-11-26 04:00:05,001 INFO: no action. I am (postgresql-0), the leader with the lock";

const log4j: Sample = {
  lines: [
    "[2026-11-26 04:00:00,123] INFO [BrokerServer id=0] Transition from STARTING to STARTED (kafka.server.BrokerServer)",
    "[2026-11-26 04:00:01,000] ERROR Failed to send (org.apache.kafka.common.utils.Utils)",
    ...stack,
    "[2026-11-26 04:00:02,000] WARN Slow (kafka.server.ReplicaManager)",
  ],
  entries: [
    ["[2026-11-26 04:00:00", 1, "info"],
    ["[2026-11-26 04:00:01", 4, "error"],
    ["[2026-11-26 04:00:02", 1, "warn"],
  ],
};

/** Requests of others stay, and so does a probe that found something wrong. */
const withProbes = (path: string): Sample => ({
  lines: [
    ...log4j.lines,
    request(probe(path)),
    request(probe(path).replace(" 200 ", " 500 ")),
    request(`"GET /subjects HTTP/1.1" 200 5 "-" "curl/8"`),
  ],
  entries: [...log4j.entries, ["[2026-11-26 04:00:06,000", 1, "info"], ["[2026-11-26 04:00:06,000", 1, "info"]],
});

const json = (level: string): Sample => ({
  lines: [`{"time":"2026-11-26T04:00:00Z","level":"${level}","msg":"an error: x"}`],
  entries: [["{", 1, level.toLowerCase()]],
});

/** Servers and Keeper alike, as the engine wrote them. */
const clickhouse: Sample = {
  lines: [
    '{"date_time_utc":"2026-11-26T04:00:00Z","date_time":"1795668331.459773","thread_name":"","thread_id":"7","level":"Information","query_id":"","logger_name":"Application","message":"Ready for connections, no error","source_file":"","source_line":"1"}',
    '{"date_time_utc":"2026-11-26T04:00:01Z","date_time":"1795668332.000000","thread_name":"","thread_id":"8","level":"Error","query_id":"a","logger_name":"executeQuery","message":"Code: 497. DB::Exception: Not enough privileges","source_file":"","source_line":"1"}',
    '{"date_time_utc":"2026-11-26T04:00:02Z","date_time":"1795668333.000000","thread_name":"","thread_id":"8","level":"Fatal","query_id":"","logger_name":"BaseDaemon","message":"(version 26.3.20.7)","source_file":"","source_line":"1"}',
  ],
  entries: [
    ["{", 1, "info"],
    ["{", 1, "error"],
    ["{", 1, "fatal"],
  ],
};

const haproxy = (server: string): Sample => ({
  lines: [
    "[NOTICE]   (1) : haproxy version is 3.2.19",
    "[ALERT]    (1) : config : bind :15002: unable to load certificate",
    `[WARNING]  (8) : Server ${server} is DOWN, reason: Layer4 connection problem.`,
    `Server ${server} is UP, reason: Layer4 check passed.`,
  ],
  entries: [
    ["[NOTICE]", 1, "info"],
    ["[ALERT]", 1, "error"],
    ["[WARNING]", 1, "warn"],
    [`Server ${server}`, 1, "unknown"],
  ],
});
/** Superset's workers and beat, as they write. */
const celery: Sample = {
  lines: [
    "[2026-11-26 04:00:00,123: INFO/MainProcess] Task reports.scheduler[94934c37-0d41-4fb5-a208-416c48fb0eba] received",
    "[2026-11-26 04:00:01,000: ERROR/MainProcess] consumer: Cannot connect to sentinel://superset:**@redis-announce-0:26379/0: Error 111.",
    "Trying again in 2.00 seconds... (1/100)",
    "2026-11-26 04:00:02,000 INFO superset.sql_lab: Query 7: Executing 1 statement(s)",
  ],
  entries: [
    ["[2026-11-26 04:00:00", 1, "info"],
    ["[2026-11-26 04:00:01", 2, "error"],
    ["2026-11-26 04:00:02", 1, "info"],
  ],
};

/** `<service>/<container>`. */
export const samples: Readonly<Record<string, Sample>> = {
  "kafka/kafka": log4j,
  "kafka-connect/kafka-connect": withProbes("/health"),
  "schema-registry/schema-registry": withProbes("/v1/metadata/version"),
  "kafka-ui/kafka-ui": {
    lines: [
      "\u001b[30m2026-11-26 04:00:00,123\u001b[0;39m \u001b[34mINFO \u001b[0;39m [\u001b[34mmain\u001b[0;39m] \u001b[33mi.k.u.KafkaUiApplication\u001b[0;39m: Started",
      "\u001b[30m2026-11-26 04:00:01,000\u001b[0;39m \u001b[1;31mERROR\u001b[0;39m [\u001b[34mmain\u001b[0;39m] \u001b[33mi.k.u.X\u001b[0;39m: failed",
      ...stack,
    ],
    entries: [
      ["2026-11-26 04:00:00,123 INFO  [main]", 1, "info"],
      ["2026-11-26 04:00:01,000 ERROR [main]", 4, "error"],
    ],
  },
  "flink/jobmanager": log4j,
  "flink/taskmanager": log4j,
  "flink/sql-gateway": log4j,
  "nessie/nessie": {
    lines: [
      "2026-11-26 04:00:00,123 INFO  [io.quarkus] (main) nessie-quarkus 0.108.4 on JVM started in 4.1s",
      "2026-11-26 04:00:01,000 ERROR [org.pro.ser] (executor-thread-1) Unhandled exception",
      ...stack,
    ],
    entries: [
      ["2026-11-26 04:00:00", 1, "info"],
      ["2026-11-26 04:00:01", 4, "error"],
    ],
  },
  "trino/trino": {
    lines: [
      "2026-11-26T04:00:00.123Z\tINFO\tmain\tio.trino.server.Server\t======== SERVER STARTED ========",
      "2026-11-26T04:00:01.000Z\tWARN\thttp-worker-1\tio.trino.execution.X\tquery failed",
      ...stack,
    ],
    entries: [
      ["2026-11-26T04:00:00", 1, "info"],
      ["2026-11-26T04:00:01", 4, "warn"],
    ],
  },
  "spark/spark-master": {
    lines: [
      "2026-11-26T04:00:00.123Z INFO  Master: Registering worker 10.128.2.7:7078 with 4 cores, 9.0 GiB RAM",
      "2026-11-26T04:00:01.000+01:00 ERROR SparkUncaughtExceptionHandler: Uncaught exception in thread main",
      ...stack,
    ],
    entries: [
      ["2026-11-26T04:00:00", 1, "info"],
      ["2026-11-26T04:00:01", 4, "error"],
    ],
  },
  "spark/tls": haproxy("connect/spark"),
  "mlflow/door": haproxy("mlflow/mlflow"),
  "jupyterhub/tls": haproxy("hub/jupyterhub"),
  "jupyterlab/tls": haproxy("notebook/jupyterlab"),
  "mlflow/mlflow": {
    lines: [
      "2026/11/26 04:00:00 INFO:     Application startup complete.",
      '2026/11/26 04:00:01 INFO:     10.128.2.7:0 - "POST /api/2.0/mlflow/runs/create HTTP/1.1" 200',
      '2026/11/26 04:00:02 INFO:     127.0.0.1:40312 - "GET /health HTTP/1.0" 200',
      '2026/11/26 04:00:02 INFO:     10.128.2.9:0 - "GET /metrics HTTP/1.1" 200',
      '2026/11/26 04:00:03 INFO:     10.128.2.9:0 - "GET /metrics HTTP/1.1" 503',
      "2026/11/26 04:00:04 WARNING mlflow.server.fastapi_security: Rejected request with invalid Host header: mlflow:80",
      "2026/11/26 04:00:05 ERROR mlflow.store.db.utils: SQLAlchemy database error. The following exception is caught.",
      "(psycopg2.OperationalError) server closed the connection unexpectedly",
      "Traceback (most recent call last):",
      '  File "/usr/local/lib/python3.11/site-packages/sqlalchemy/engine/base.py", line 1967, in _exec_single_context',
    ],
    entries: [
      ["2026/11/26 04:00:00", 1, "info"],
      ["2026/11/26 04:00:01", 1, "info"],
      ["2026/11/26 04:00:03", 1, "info"],
      ["2026/11/26 04:00:04", 1, "warn"],
      ["2026/11/26 04:00:05", 4, "error"],
    ],
  },
  "mlflow/people": {
    lines: [
      "[2026/11/26 04:00:00] [oauthproxy.go:174] OAuthProxy configured for OpenID Connect Client ID: mlflow",
      "10.128.2.7 - 4fe0a64f - ada [2026/11/26 04:00:01] [AuthSuccess] Authenticated via OAuth2: Session{user:ada}",
    ],
    entries: [
      ["[2026/11/26 04:00:00]", 1, "unknown"],
      ["10.128.2.7", 1, "unknown"],
    ],
  },
  "clickhouse/clickhouse": clickhouse,
  "clickhouse/keeper": clickhouse,
  "dbt/dbt": {
    lines: [
      '{"data": {"log_version": 3, "version": "=1.11.14"}, "info": {"code": "A001", "level": "info", "msg": "Running with dbt=1.11.14", "name": "MainReportVersion", "ts": "2026-11-26T04:00:00.123456Z"}}',
      "INFO:trino.auth:keyring module not found. OAuth2 token will not be stored in keyring.",
      '{"data": {"status": "error"}, "info": {"code": "Q012", "level": "error", "msg": "1 of 30 ERROR creating sql view model dbt_demo.stg_orders", "name": "LogModelResult", "ts": "2026-11-26T04:00:01.000000Z"}}',
    ],
    entries: [
      ["{", 1, "info"],
      ["INFO:trino.auth", 1, "info"],
      ["{", 1, "error"],
    ],
  },
  "airflow/api-server": {
    lines: [
      '{"timestamp":"2026-11-26T04:00:00.123456Z","level":"info","event":"request finished","logger":"http.access","method":"GET","path":"/api/v2/version","query":"","status_code":200,"duration_us":900,"client_addr":"10.128.0.1:40000"}',
      '{"timestamp":"2026-11-26T04:00:01.123456Z","level":"info","event":"request finished","logger":"http.access","method":"GET","path":"/api/v2/version","query":"","status_code":500,"duration_us":900,"client_addr":"10.128.0.1:40000"}',
      '{"timestamp":"2026-11-26T04:00:02.123456Z","level":"info","event":"request finished","logger":"http.access","method":"GET","path":"/api/v2/dags","query":"","status_code":200,"duration_us":900,"client_addr":"10.128.0.1:40000"}',
      '{"timestamp":"2026-11-26T04:00:03.123456Z","level":"error","event":"Error returning OAuth user info","logger":"airflow.providers.fab"}',
      '10.128.0.1 - - [26/Nov/2026 04:00:04] "GET /health HTTP/1.1" 200 -',
      '10.128.0.1 - - [26/Nov/2026 04:00:05] "GET /health HTTP/1.1" 503 -',
    ],
    entries: [
      ['{"timestamp":"2026-11-26T04:00:01', 1, "info"],
      ['{"timestamp":"2026-11-26T04:00:02', 1, "info"],
      ['{"timestamp":"2026-11-26T04:00:03', 1, "error"],
      ["10.128.0.1", 1, "unknown"],
    ],
  },
  "dbt/nginx": {
    lines: [
      '{"time":"2026-11-26T04:00:00+00:00","level":"info","remote":"10.128.2.7","request":"GET /demo/ HTTP/1.1","status":200,"bytes":7,"seconds":0.000}',
      '2026/11/26 04:00:01 [error] 7#7: *1 open() "/site/files/a" failed (2: No such file or directory)',
    ],
    entries: [
      ["{", 1, "info"],
      ["2026/11/26", 1, "error"],
    ],
  },
  "great-expectations/validate": {
    lines: [
      '{"time": "2026-11-26T04:00:00.000+00:00", "level": "info", "logger": "validate", "message": "7 of 7 expectations passed"}',
      '{"time": "2026-11-26T04:00:01.000+00:00", "level": "error", "logger": "validate", "message": "the validation failed", "trace": "Traceback (most recent call last):\\n  File \\"x\\""}',
    ],
    entries: [
      ["{", 1, "info"],
      ["{", 1, "error"],
    ],
  },
  "jupyterhub/hub": {
    lines: [
      "[I 2026-11-26 14:15:27.000 standby] it is this hub's turn",
      "[W 2026-11-26 14:15:41.421 JupyterHub proxy:944] api_request to the proxy failed with status code 599, retrying...",
      "[E 2026-11-26 14:17:44.701 JupyterHub gen:669] Exception in Future <Task finished name='Task-25'> after timeout",
      "    Traceback (most recent call last):",
      '      File "/opt/jupyterhub/lib/python3.12/site-packages/tornado/gen.py", line 664, in error_callback',
      "    ValueError: Invalid value",
    ],
    entries: [
      ["[I 2026-11-26 14:15:27", 1, "info"],
      ["[W 2026-11-26 14:15:41", 1, "warn"],
      ["[E 2026-11-26 14:17:44", 4, "error"],
    ],
  },
  "jupyterhub/proxy": {
    lines: [
      "2026-11-26T14:15:27.585Z [ConfigProxy] \u001b[32minfo\u001b[39m: Adding route / -> https://jupyterhub-hub:8443",
      "2026-11-26T14:15:28.000Z [ConfigProxy] \u001b[31merror\u001b[39m: 503 GET /hub/api connect ECONNREFUSED 10.128.2.7:8443",
    ],
    entries: [
      ["2026-11-26T14:15:27", 1, "info"],
      ["2026-11-26T14:15:28", 1, "error"],
    ],
  },
  "jupyterlab/notebook": {
    lines: [
      "[I 2026-11-26 14:19:19.661 ServerApp] Kernel started: cc8cef61-8664-47e5-984c-48c4ac6140f2",
      "[C 2026-11-26 14:19:25.057 ServerApp] received signal 15, stopping",
    ],
    entries: [
      ["[I 2026-11-26 14:19:19", 1, "info"],
      ["[C 2026-11-26 14:19:25", 1, "fatal"],
    ],
  },
  "superset/web": {
    lines: [
      "[2026-11-26 04:00:00 +0000] [7] [INFO] Listening at: https://0.0.0.0:8443 (7)",
      "2026-11-26 04:00:01,123 WARNING superset.platform_redis: the cache is away: Error 111 connecting to redis",
      '[26/Nov/2026:04:00:02 +0000] INFO "GET /health HTTP/1.1" 200 2 1.2ms "kube-probe/1.34"',
      '[26/Nov/2026:04:00:02 +0000] INFO "GET /api/v1/chart/ HTTP/1.1" 200 512 31.2ms "Mozilla/5.0"',
      "2026-11-26 04:00:03,000 ERROR superset.views.error_handling: Error: unexpected",
      "Traceback (most recent call last):",
      '  File "/opt/superset/lib64/python3.12/site-packages/superset/views/base_api.py", line 120, in wraps',
      "KeyError: 'a'",
    ],
    entries: [
      ["[2026-11-26 04:00:00", 1, "info"],
      ["2026-11-26 04:00:01", 1, "warn"],
      ["[26/Nov/2026:04:00:02 +0000] INFO", 1, "info"],
      ["2026-11-26 04:00:03", 4, "error"],
    ],
  },
  "superset/worker": celery,
  "superset/beat": celery,
  "superset/init": celery,
  "minio/minio": {
    lines: [
      "MinIO Object Storage Server",
      "INFO: Waiting for all MinIO sub-systems to be initialize...",
      "",
      "API: PutObject(bucket=lakehouse, object=a)",
      "Time: 04:00:00 UTC 11/26/2026",
      "Error: drive not found (cmd.StorageErr)",
      "       2: internal/logger/logger.go:268:logger.LogIf()",
      "",
      "INTERNAL",
      "Time: 04:00:01 UTC 11/26/2026",
      "Error: node down (rest.NetworkError)",
    ],
    entries: [
      ["MinIO Object Storage Server", 1, "unknown"],
      ["INFO: Waiting", 2, "info"],
      ["API: PutObject", 5, "error"],
      ["INTERNAL", 3, "error"],
    ],
  },
  "postgresql/postgresql": {
    lines: [
      "2026-11-26 04:00:00.123 UTC [123] LOG:  checkpoint starting: time",
      patroni,
      '2026-11-26 04:00:01.000 UTC [124] ERROR:  syntax error at or near "selec" at character 1',
      "2026-11-26 04:00:01.000 UTC [124] STATEMENT:  selec 1",
      "\tfrom error",
      '2026-11-26 04:00:02.000 UTC [125] PANIC:  could not write to file "pg_wal/xlogtemp.5": No space left on device',
      "2026-11-26 04:00:03,000 WARNING: Loop time exceeded, rescheduling immediately.",
      "2026-11-26 04:00:04,000 INFO: Lock owner: postgresql-1; I am postgresql-0",
    ],
    entries: [
      ["2026-11-26 04:00:00.123 UTC [123] LOG", 1, "info"],
      ["2026-11-26 04:00:01.000 UTC [124] ERROR", 1, "error"],
      ["2026-11-26 04:00:01.000 UTC [124] STATEMENT", 2, "info"],
      ["2026-11-26 04:00:02.000 UTC [125] PANIC", 1, "fatal"],
      ["2026-11-26 04:00:03", 1, "warn"],
      ["2026-11-26 04:00:04", 1, "info"],
    ],
  },
  "postgresql/pgbackrest": {
    lines: [
      "2026-11-26 01:17:00.123 P00   INFO: backup command begin 2.55.1: --stanza=main",
      "2026-11-26 01:17:01.000 P00  ERROR: [082]: WAL segment was not archived before the 60000ms timeout",
      "       HINT: check the archive_command",
    ],
    entries: [
      ["2026-11-26 01:17:00", 1, "info"],
      ["2026-11-26 01:17:01", 2, "error"],
    ],
  },
  "redis/redis": {
    lines: [
      "1:M 26 Nov 2026 04:00:00.123 * Ready to accept connections tls",
      "1:S 26 Nov 2026 04:00:01.000 # Error condition on socket for SYNC: Connection refused",
    ],
    entries: [
      ["1:M", 1, "info"],
      ["1:S", 1, "warn"],
    ],
  },
  "redis/sentinel": {
    lines: ["1:X 26 Nov 2026 04:00:00.123 # +switch-master mymaster redis-announce-0 6379 redis-announce-1 6379"],
    entries: [["1:X", 1, "warn"]],
  },
  "prometheus/kube-state-metrics": {
    lines: [
      'I1126 04:00:00.123456       1 server.go:76] "Used default resources"',
      "E1126 04:00:01.000000       1 reflector.go:150] Failed to watch *v1.Pod: unknown",
    ],
    entries: [
      ["I1126", 1, "info"],
      ["E1126", 1, "error"],
    ],
  },
  "prometheus/blackbox-exporter": {
    lines: ['time=2026-11-26T04:00:00.123Z level=info source=main.go:88 msg="Loaded config file, no error"'],
    entries: [["time=", 1, "info"]],
  },
  "kafka/exporter": {
    lines: [
      "I1126 04:00:00.123456       1 kafka_exporter.go:934] Starting kafka_exporter",
      "E1126 04:00:01.000000       1 kafka_exporter.go:486] Cannot get leader of topic orders",
      "[sarama] 2026/11/26 04:00:02 client/metadata fetching metadata for all topics",
    ],
    entries: [
      ["I1126", 1, "info"],
      ["E1126", 1, "error"],
      ["[sarama]", 1, "unknown"],
    ],
  },
  "postgresql/exporter": {
    lines: ['time=2026-11-26T04:00:00.123Z level=ERROR source=collector.go:207 msg="collector failed" name=settings'],
    entries: [["time=", 1, "error"]],
  },
  "redis/exporter": {
    lines: ['time="2026-11-26T04:00:00Z" level=info msg="Providing metrics at :9121/metrics"'],
    entries: [["time=", 1, "info"]],
  },
  "prometheus/prometheus": json("INFO"),
  "prometheus/thanos-query": json("warn"),
  "alertmanager/alertmanager": json("ERROR"),
  "keycloak/keycloak": json("WARN"),
  "loki/loki": json("info"),
  "alloy/alloy": json("info"),
};
