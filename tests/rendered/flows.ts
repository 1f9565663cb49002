import { internet, monitoring } from "../../policies/objects/peers";
import type { Flow } from "../checks/flows";
import { airflow, greatExpectations, mlflow, notebooks, superset } from "./flows.analytics";

/**
 * Who may talk to whom, reviewed by people: the network matrix of the platform, stated independently of the program that
 * renders it. DNS, API server and router follow from rules.
 */
/** @param executors of one Spark worker */
export const platform = (prefix: string, ha: boolean, executors: number): readonly Flow[] => [
  ...runnable(prefix, ha, executors),
  ...logs(prefix, ha),
  ...grafana(prefix, ha),
  ...clickhouse(prefix, ha),
  ...notebooks(prefix, ha),
];

/** Without the services whose products the sandbox cannot have. */
export const runnable = (prefix: string, ha: boolean, executors: number): readonly Flow[] => [
  ...base(prefix, ha),
  ...[dbt, greatExpectations, mlflow, superset, airflow, flink].flatMap((flows) => flows(prefix, ha)),
  ...spark(prefix, ha, executors),
];

/** Of the services that the sandbox runs all at once. */
export const base = (prefix: string, ha: boolean): readonly Flow[] =>
  [lakehouse, kafka, schemaRegistry, kafkaConnect, kafkaUi, alertmanager, prometheus, redis, keycloak].flatMap(
    (flows) => flows(prefix, ha),
  );

/** management: dashboards, over their database and what they ask, with logins; who asks Grafana for its own metrics. */
export function grafana(prefix: string, ha: boolean): readonly Flow[] {
  const own = `${prefix}-management/grafana`;
  const database = `${prefix}-storage/postgresql`;
  const to = (workload: string, port: number): Flow => ({ from: own, to: `${prefix}-${workload}`, port });
  const gossip = to("management/grafana", 9094);
  return [
    { from: `${prefix}-storage/postgresql-provision-grafana`, to: database, port: 5432 },
    to("storage/postgresql", 5432),
    to("infrastructure/keycloak", 8443),
    to("management/alertmanager", 9093),
    to(ha ? "management/loki-read" : "management/loki", 3100),
    { from: `${prefix}-management/prometheus`, to: own, port: 3000 },
    ...(ha
      ? [to("management/thanos-query", 10902), gossip, { ...gossip, protocol: "UDP" } as const]
      : [to("management/prometheus", 9090)]),
  ];
}

/** What `datalyptica:federateClusterMetrics` adds. */
export const federation = (prefix: string): readonly Flow[] => [
  { from: `${prefix}-management/prometheus`, to: monitoring, port: 9091 },
];

export function lakehouse(prefix: string, ha: boolean): readonly Flow[] {
  const storage = (workload: string) => `${prefix}-storage/${workload}`;
  const data = (workload: string) => `${prefix}-data/${workload}`;
  const s3 = (from: string): Flow => ({ from, to: storage("minio"), port: 9000 });
  const sql = (from: string): Flow => ({ from, to: storage("postgresql"), port: 5432 });
  const backup = (from: string): Flow => ({ from, to: storage("postgresql"), port: 8432 });

  const both: readonly Flow[] = [
    // storage: archive, backups, and what prepares buckets and databases
    s3(storage("postgresql")),
    s3(storage("postgresql-stanza")),
    s3(storage("postgresql-backup")),
    backup(storage("postgresql-stanza")),
    backup(storage("postgresql-backup")),
    s3(storage("minio-provision-*")),
    sql(storage("postgresql-provision-exporter")),
    sql(storage("postgresql-provision-nessie")),
    sql(storage("postgresql-slots")),
    { from: storage("postgresql-slots"), to: storage("postgresql"), port: 8008 },
    // data: the catalog over its database and bucket, the engine over the catalog and the bucket
    sql(data("nessie")),
    s3(data("nessie")),
    { from: data("trino-coordinator"), to: data("nessie"), port: 19120 },
    s3(data("trino-coordinator")),
  ];
  const clustered: readonly Flow[] = [
    s3(storage("minio")),
    { from: storage("postgresql"), to: storage("postgresql"), port: 5432 },
    { from: storage("postgresql"), to: storage("postgresql"), port: 8008 },
    { from: data("nessie"), to: data("nessie"), port: 9000 },
    { from: data("trino-worker"), to: data("nessie"), port: 19120 },
    s3(data("trino-worker")),
    { from: data("trino-coordinator"), to: data("trino-worker"), port: 8080 },
    { from: data("trino-worker"), to: data("trino-coordinator"), port: 8080 },
    { from: data("trino-worker"), to: data("trino-worker"), port: 8080 },
  ];
  return ha ? [...both, ...clustered] : both;
}

/** data: Spark's processes among themselves, its storage, and a client. Each executor has a port for blocks of data, and there is one more. */
function spark(prefix: string, ha: boolean, executors: number): readonly Flow[] {
  const data = (workload: string) => `${prefix}-data/${workload}`;
  const to = (from: string, workload: string, ...ports: readonly number[]): Flow[] =>
    ports.map((port) => ({ from: data(from), to: data(workload), port }));
  const s3 = (from: string): Flow => ({ from: data(from), to: `${prefix}-storage/minio`, port: 9000 });
  const blocks = Array.from({ length: executors + 1 }, (_, i) => 40101 + i);
  return [
    ...["spark-worker", "spark-connect"].flatMap((from) => to(from, "spark-master", 7077)),
    // After a restart the master calls those it knew; its UI leads to theirs.
    ...to("spark-master", "spark-worker", 7078, 8081),
    ...to("spark-master", "spark-connect", 40000, 4040),
    ...to("spark-worker", "spark-connect", 40000, 40100),
    ...to("spark-connect", "spark-worker", ...blocks),
    ...(ha ? to("spark-worker", "spark-worker", ...blocks) : []),
    // The driver alone talks to the catalog.
    ...to("spark-connect", "nessie", 19120),
    ...["spark-worker", "spark-connect", "spark-history"].map(s3),
    ...to("spark-check", "spark-connect", 15002),
    ...Object.entries({ "spark-master": 8080, "spark-worker": 8081, "spark-connect": 4040 }).map(
      ([workload, port]) => ({
        from: `${prefix}-management/prometheus`,
        to: data(workload),
        port,
      }),
    ),
  ];
}

/** data: replicas among themselves and over Keeper, what they read of others, and who makes databases and takes backups. */
export function clickhouse(prefix: string, ha: boolean): readonly Flow[] {
  const data = (workload: string) => `${prefix}-data/${workload}`;
  const [server, keeper] = [data("clickhouse"), data("clickhouse-keeper")];
  const from = (workload: string, port: number): Flow => ({ from: workload, to: server, port });
  return [
    { from: server, to: keeper, port: 9281 },
    { from: server, to: `${prefix}-storage/minio`, port: 9000 },
    { from: server, to: `${prefix}-control/kafka-broker`, port: 9092 },
    { from: server, to: data("nessie"), port: 19120 },
    from(data("clickhouse-provision"), 9440),
    from(data("clickhouse-backup"), 9440),
    from(`${prefix}-management/prometheus`, 9363),
    { from: `${prefix}-management/prometheus`, to: keeper, port: 9363 },
    ...["superset-web", "superset-worker", "superset-connections"].map((asks) =>
      from(`${prefix}-analytics/${asks}`, 8443),
    ),
    ...(ha ? [from(server, 9440), from(server, 9010), { from: keeper, to: keeper, port: 9234 }] : []),
  ];
}

/** data: the demonstration's runs over Trino, what they publish, and who shows it. */
export function dbt(prefix: string): readonly Flow[] {
  const data = (workload: string) => `${prefix}-data/${workload}`;
  return [
    { from: data("dbt-demo"), to: data("trino-coordinator"), port: 8443 },
    { from: data("dbt-demo"), to: `${prefix}-storage/minio`, port: 9000 },
    { from: data("dbt-docs"), to: `${prefix}-storage/minio`, port: 9000 },
    { from: `${prefix}-management/prometheus`, to: data("dbt-docs"), port: 8443 },
  ];
}

/** What projects of `datalyptica:dbtProjects` add, each over its engine. */
export function dbtProject(
  prefix: string,
  name: string,
  engine: { readonly to: string; readonly port: number },
): readonly Flow[] {
  const from = `${prefix}-data/dbt-${name}`;
  return [
    { from, to: `${prefix}-${engine.to}`, port: engine.port },
    { from, to: `${prefix}-storage/minio`, port: 9000 },
  ];
}

/** control: the log of events, and what prepares its users. */
export function kafka(prefix: string, ha: boolean): readonly Flow[] {
  const control = (workload: string) => `${prefix}-control/${workload}`;
  const to = (workload: "kafka-broker" | "kafka-controller", from: string, port: number): Flow => ({
    from: control(from),
    to: control(workload),
    port,
  });
  return [
    to("kafka-controller", "kafka-broker", 9093),
    to("kafka-broker", "kafka-user-*", 9091),
    to("kafka-broker", "kafka-exporter", 9092),
    ...(ha
      ? [
          to("kafka-controller", "kafka-controller", 9093),
          to("kafka-broker", "kafka-broker", 9091),
          to("kafka-broker", "kafka-broker", 9092),
        ]
      : []),
  ];
}

/** control: the registry's instances over Kafka, and the writes that followers pass on to their leader. */
export function schemaRegistry(prefix: string, ha: boolean): readonly Flow[] {
  const registry = `${prefix}-control/schema-registry`;
  return [
    { from: registry, to: `${prefix}-control/kafka-broker`, port: 9092 },
    ...(ha ? [{ from: registry, to: registry, port: 8081 }] : []),
  ];
}

/** data: Flink's members over Kafka and the lakehouse and among themselves, the SQL gateway, and who brings the jobs. */
export function flink(prefix: string, ha: boolean): readonly Flow[] {
  const data = (workload: string) => `${prefix}-data/${workload}`;
  const [leaders, workers, gateway] = ["flink-jobmanager", "flink-taskmanager", "flink-sql-gateway"].map(data) as [
    string,
    string,
    string,
  ];
  const among = (from: string, to: string, ports: readonly number[]): Flow[] =>
    ports.map((port) => ({ from, to, port }));
  return [
    ...[leaders, workers, gateway].flatMap((from) => [
      { from, to: data("nessie"), port: 19120 },
      { from, to: `${prefix}-storage/minio`, port: 9000 },
    ]),
    ...[leaders, workers].map((from) => ({ from, to: `${prefix}-control/kafka-broker`, port: 9092 })),
    ...among(workers, leaders, [6123, 6124, 6126]),
    ...among(leaders, workers, [6122, 6126]),
    ...among(gateway, leaders, [8081]),
    ...among(data("flink-jobs"), leaders, [8081]),
    ...among(data("flink-jobs"), gateway, [8083]),
    ...[leaders, workers].flatMap((to) => among(`${prefix}-management/prometheus`, to, [9249])),
    ...(ha ? [...among(leaders, leaders, [6123, 6124, 6126]), ...among(workers, workers, [6121])] : []),
  ];
}

/** control: the workers over Kafka and the registry, what they forward to each other, and who tells them what to run. */
export function kafkaConnect(prefix: string, ha: boolean): readonly Flow[] {
  const control = (workload: string) => `${prefix}-control/${workload}`;
  const worker = control("kafka-connect");
  return [
    { from: worker, to: control("kafka-broker"), port: 9092 },
    { from: worker, to: control("schema-registry"), port: 8081 },
    { from: control("kafka-connect-connectors"), to: worker, port: 8083 },
    ...(ha ? [{ from: worker, to: worker, port: 8083 }] : []),
  ];
}

/** What `datalyptica:changeData` adds: from the database to the lakehouse, and what keeps the lakehouse's views. */
export function changeData(prefix: string): readonly Flow[] {
  const storage = (workload: string) => `${prefix}-storage/${workload}`;
  const worker = `${prefix}-control/kafka-connect`;
  const trino = { to: `${prefix}-data/trino-coordinator`, port: 8443 };
  return [
    { from: storage("postgresql-changes-*"), to: storage("postgresql"), port: 5432 },
    { from: worker, to: storage("postgresql"), port: 5432 },
    { from: worker, to: storage("minio"), port: 9000 },
    { from: worker, to: `${prefix}-data/nessie`, port: 19120 },
    { from: `${prefix}-control/kafka-connect-restart`, to: worker, port: 8083 },
    { from: `${prefix}-control/kafka-connect-views`, ...trino },
    { from: `${prefix}-control/kafka-connect-compaction`, ...trino },
  ];
}

/** management: Kafka in the browser, with schemas and logins. */
export function kafkaUi(prefix: string): readonly Flow[] {
  const to = (workload: string, port: number): Flow => ({
    from: `${prefix}-management/kafka-ui`,
    to: `${prefix}-${workload}`,
    port,
  });
  return [
    to("control/kafka-broker", 9092),
    to("control/schema-registry", 8081),
    to("control/kafka-connect", 8083),
    to("infrastructure/keycloak", 8443),
  ];
}

/** management: who tells people, and how its members tell each other what was told. */
export function alertmanager(prefix: string, ha: boolean): readonly Flow[] {
  const member = `${prefix}-management/alertmanager`;
  const gossip = { from: member, to: member, port: 9094 };
  return ha ? [gossip, { ...gossip, protocol: "UDP" }] : [];
}

/** management: who looks at whom for metrics and alerts, and what Thanos makes of it. */
export function prometheus(prefix: string, ha: boolean): readonly Flow[] {
  const management = (workload: string) => `${prefix}-management/${workload}`;
  const scrapes = (layer: string, ports: Readonly<Record<string, number>>): Flow[] =>
    Object.entries(ports).map(([workload, port]) => ({
      from: management("prometheus"),
      to: `${prefix}-${layer}/${workload}`,
      port,
    }));
  const s3 = (from: string): Flow => ({ from: management(from), to: `${prefix}-storage/minio`, port: 9000 });
  const blocks = (to: string): Flow => ({ from: management("thanos-query"), to: management(to), port: 10901 });
  return [
    ...scrapes("storage", { postgresql: 8008, minio: 9000 }),
    ...scrapes("storage", { postgresql: 9187 }),
    ...scrapes("control", { "kafka-controller": 9404, "kafka-broker": 9404, "schema-registry": 9404 }),
    ...scrapes("control", { "kafka-connect": 9404, "kafka-exporter": 9308 }),
    ...scrapes("data", { nessie: 9000, "trino-coordinator": 8080 }),
    ...scrapes("infrastructure", { keycloak: 9000, redis: 9121 }),
    ...scrapes("management", { "kafka-ui": 8081, prometheus: 9090, alertmanager: 9093 }),
    ...scrapes("management", { "kube-state-metrics": 8080, "blackbox-exporter": 9115 }),
    // The Routes, through the router, wherever that is.
    { from: management("blackbox-exporter"), to: internet, port: 443 },
    ...(ha
      ? [
          ...scrapes("data", { "trino-worker": 8080 }),
          ...scrapes("management", { prometheus: 10902, "thanos-query": 10902 }),
          ...scrapes("management", { "thanos-store": 10902, "thanos-compact": 10902 }),
          ...["prometheus", "thanos-store"].map(blocks),
          ...["prometheus", "thanos-store", "thanos-compact"].map(s3),
        ]
      : []),
  ];
}

/**
 * management: from the collector to who keeps logs, his processes among themselves, and who is told of alerts on logs.
 * @param space where the collector lives
 */
export function logs(prefix: string, ha: boolean, space = "management"): readonly Flow[] {
  const management = (workload: string) => `${prefix}-management/${workload}`;
  const collector = `${prefix}-${space}/alloy`;
  const parts = ha ? ["loki-write", "loki-read", "loki-backend", "loki-compactor"] : ["loki"];
  const [writer, reader] = ha ? ["loki-write", "loki-read"] : ["loki", "loki"];
  return [
    { from: collector, to: management(writer), port: 3100 },
    { from: management(reader), to: management("alertmanager"), port: 9093 },
    { from: management("prometheus"), to: collector, port: 12345 },
    ...parts.flatMap((part) => [
      { from: management(part), to: `${prefix}-storage/minio`, port: 9000 },
      { from: management("prometheus"), to: management(part), port: 3100 },
      ...(ha ? parts : []).flatMap((other) =>
        [9095, 7946].map((port) => ({ from: management(part), to: management(other), port })),
      ),
    ]),
  ];
}

/** infrastructure: the servers and Sentinels among themselves, and the Job that makes them read their users again. */
export function redis(prefix: string, ha: boolean): readonly Flow[] {
  const flow = (from: string, port: number): Flow => ({
    from: `${prefix}-infrastructure/${from}`,
    to: `${prefix}-infrastructure/redis`,
    port,
  });
  return [
    flow("redis-acl", 6379),
    ...(ha ? [flow("redis-acl", 26379), flow("redis", 6379), flow("redis", 26379)] : []),
  ];
}

/** infrastructure: single sign-on over its database, the replicas' caches, and who asks for tokens or makes clients. */
function keycloak(prefix: string, ha: boolean): readonly Flow[] {
  const server = `${prefix}-infrastructure/keycloak`;
  const sql = (from: string): Flow => ({ from, to: `${prefix}-storage/postgresql`, port: 5432 });
  const to = (from: string, port: number): Flow => ({ from, to: server, port });
  return [
    sql(`${prefix}-storage/postgresql-provision-keycloak`),
    sql(server),
    to(`${prefix}-infrastructure/keycloak-client-*`, 8443),
    to(`${prefix}-data/trino-coordinator`, 8443),
    ...(ha ? [to(server, 7800), to(server, 57800)] : []),
  ];
}
