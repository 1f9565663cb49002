import type { ImageName } from "./images";
import type { Layer } from "./names";

/** What is known of a service before any of it is built: enough to check `datalyptica:services` and to draw the platform. */
export interface ServiceFacts {
  readonly layer: Layer;
  /** What it is, in the words of the service catalogue. */
  readonly summary: string;
  readonly image: ImageName;
  /** Services it cannot run without. What it merely uses when present (backups, single sign-on) is not listed. */
  readonly requires: readonly string[];
  /** Host of its Route, in front of `datalyptica:domain`. */
  readonly route?: string;
}

export const catalogue = {
  minio: {
    layer: "storage",
    summary: "S3 object store of the lakehouse, erasure coded over four nodes in ha",
    image: "minio",
    requires: [],
    route: "minio-console",
  },
  postgresql: {
    layer: "storage",
    summary: "PostgreSQL with Patroni: metadata of every other service, archived to the object store",
    image: "postgresql",
    requires: [],
  },
  kafka: {
    layer: "control",
    summary: "Log of events (KRaft); clients log in with SCRAM over TLS and have only the rights they declare",
    image: "kafka",
    requires: [],
  },
  "schema-registry": {
    layer: "control",
    summary: "Schemas of Kafka's messages (Avro, JSON, Protobuf) and whether a new one fits the old",
    image: "schema-registry",
    requires: ["kafka"],
  },
  nessie: {
    layer: "data",
    summary: "Versioned Iceberg REST catalog; hands out short-lived, per-table storage credentials",
    image: "nessie",
    requires: ["postgresql", "minio"],
  },
  trino: {
    layer: "data",
    summary: "SQL engine over the lakehouse",
    image: "trino",
    requires: ["nessie", "minio"],
    route: "trino",
  },
  spark: {
    layer: "data",
    summary: "Batch and DataFrame work over the lakehouse in Python and SQL, through Spark Connect",
    image: "spark",
    requires: ["nessie", "minio"],
  },
  flink: {
    layer: "data",
    summary:
      "Streams between Kafka and the lakehouse, in SQL or Java, exactly once; in ha jobs outlive the loss of any pod",
    image: "flink",
    requires: ["nessie", "minio"],
  },
  clickhouse: {
    layer: "data",
    summary: "ClickHouse with its Keeper: fast SQL over columns, replicated; reads Kafka and the lakehouse by name",
    image: "clickhouse",
    requires: [],
  },
  dbt: {
    layer: "data",
    summary: "Models in SQL, built, tested and documented on Trino, ClickHouse or PostgreSQL by Jobs",
    image: "dbt",
    requires: ["minio", "trino"],
  },
  "great-expectations": {
    layer: "analytics",
    summary:
      "Whether the lakehouse's tables are what people expect of them: checked by Jobs, shown as pages (Data Docs)",
    image: "great-expectations",
    requires: ["minio", "trino"],
  },
  mlflow: {
    layer: "analytics",
    summary:
      "Experiments, runs and models of machine learning, with their artifacts; clients need no key of the bucket",
    image: "mlflow",
    requires: ["postgresql", "minio"],
    route: "mlflow",
  },
  jupyterlab: {
    layer: "analytics",
    summary:
      "Notebooks in Python over Trino, Spark, MLflow and the object store, one pod and one volume for each person",
    image: "jupyterlab",
    requires: ["jupyterhub"],
  },
  jupyterhub: {
    layer: "analytics",
    summary: "Who may have a notebook, and the way to it: starts one for each person, stops it when it lies idle",
    image: "jupyterhub",
    requires: ["postgresql", "jupyterlab"],
    route: "jupyter",
  },
  superset: {
    layer: "analytics",
    summary: "Dashboards, charts and SQL in the browser, over Trino and ClickHouse with the rights of who asks",
    image: "superset",
    requires: ["postgresql", "redis"],
    route: "superset",
  },
  airflow: {
    layer: "analytics",
    summary: "Pipelines in Python that run what others do, in order and on time: SQL of Trino, projects of dbt, checks",
    image: "airflow",
    requires: ["postgresql", "minio", "redis"],
    route: "airflow",
  },
  "kafka-connect": {
    layer: "control",
    summary: "Connectors into Kafka and out of it: changes of PostgreSQL's tables to the lakehouse (Debezium, Iceberg)",
    image: "kafka-connect",
    requires: ["kafka", "schema-registry"],
  },
  "kafka-ui": {
    layer: "management",
    summary: "Kafka in the browser: topics, messages, groups, schemas, connectors",
    image: "kafka-ui",
    requires: ["kafka"],
    route: "kafka-ui",
  },
  prometheus: {
    layer: "management",
    summary:
      "Metrics of all services and alerts on them; in ha two that Thanos puts together, history in the object store",
    image: "prometheus",
    requires: [],
  },
  alertmanager: {
    layer: "management",
    summary: "Tells people of alerts, each once, by mail, chat, pager or webhook",
    image: "alertmanager",
    requires: [],
  },
  loki: {
    layer: "management",
    summary: "Logs of all services, searched by label and text, kept for two weeks in the object store; alerts on them",
    image: "loki",
    requires: ["minio"],
  },
  alloy: {
    layer: "management",
    summary: "Collects the logs of all platform pods, one on each node, and brings them to Loki",
    image: "alloy",
    requires: ["loki"],
  },
  grafana: {
    layer: "management",
    summary: "Dashboards of all services in the browser, made of what each declares; metrics and alerts to look into",
    image: "grafana",
    requires: ["postgresql"],
    route: "grafana",
  },
  redis: {
    layer: "infrastructure",
    summary: "Redis with Sentinel: queues and caches, nothing that could not be lost",
    image: "redis",
    requires: [],
  },
  keycloak: {
    layer: "infrastructure",
    summary: "Single sign-on (OpenID Connect): people, their groups and roles",
    image: "keycloak",
    requires: ["postgresql"],
    route: "keycloak",
  },
} as const satisfies Record<string, ServiceFacts>;

export type ServiceName = keyof typeof catalogue;

export const serviceNames = Object.keys(catalogue) as ServiceName[];
