import type { Mode } from "./names";
import type { WorkloadName } from "./profiles";

/** What a workload's figures may be, whoever states them. */
interface Limits {
  readonly replicas: Readonly<Record<Mode, readonly number[]>>;
  /** Why only these counts, as the error message says it. */
  readonly because: string;
  /** Least memory with which the product starts and does its work. */
  readonly memory: string;
}

const upTo = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

export const limits: Readonly<Record<WorkloadName, Limits>> = {
  postgresql: {
    replicas: { ha: [3, 5], standalone: [1] },
    because: "a primary, a synchronous standby and one more to elect among",
    memory: "512Mi",
  },
  minio: {
    replicas: { ha: [4], standalone: [1] },
    because: "the number of drives of an erasure set is fixed for life: ha is 4 nodes with EC:2",
    memory: "512Mi",
  },
  "kafka-controller": {
    replicas: { ha: [3, 5], standalone: [1] },
    because: "controllers decide by majority",
    memory: "384Mi",
  },
  "kafka-broker": {
    replicas: { ha: upTo(3, 50), standalone: [1] },
    because: "ha keeps three copies of each partition",
    memory: "640Mi",
  },
  "kafka-exporter": {
    replicas: { ha: [1], standalone: [1] },
    because: "it asks for all groups: two would count everything twice",
    memory: "32Mi",
  },
  "kafka-connect": {
    replicas: { ha: upTo(2, 9), standalone: [1] },
    because: "ha must survive the loss of one",
    memory: "768Mi",
  },
  "schema-registry": {
    replicas: { ha: [3, 5], standalone: [1] },
    because: "one writes for all, and two of three are there while pods are rolled",
    memory: "320Mi",
  },
  nessie: {
    replicas: { ha: upTo(2, 9), standalone: [1] },
    because: "ha must survive the loss of one",
    memory: "640Mi",
  },
  "trino-coordinator": {
    replicas: { ha: [1], standalone: [1] },
    because: "Trino has exactly one coordinator",
    memory: "2Gi",
  },
  "trino-worker": {
    replicas: { ha: upTo(2, 50), standalone: [0] },
    because: "ha must survive the loss of one; in standalone the coordinator does the work",
    memory: "2Gi",
  },
  "spark-master": {
    replicas: { ha: [1], standalone: [1] },
    because: "a second one would need ZooKeeper; this one recovers what it knew",
    memory: "256Mi",
  },
  "spark-worker": {
    replicas: { ha: upTo(2, 50), standalone: [1] },
    because: "ha must survive the loss of one",
    memory: "1280Mi",
  },
  "spark-connect": {
    replicas: { ha: [1], standalone: [1] },
    because: "a session lives in one driver",
    memory: "896Mi",
  },
  "spark-history": {
    replicas: { ha: [1], standalone: [1] },
    because: "it only shows what lies in the bucket, and is back within a minute",
    memory: "256Mi",
  },
  "flink-jobmanager": {
    replicas: { ha: upTo(2, 5), standalone: [1] },
    because: "ha must survive the loss of the one that leads",
    memory: "704Mi",
  },
  "flink-taskmanager": {
    replicas: { ha: upTo(2, 50), standalone: [1] },
    because: "ha must survive the loss of one",
    memory: "1Gi",
  },
  "flink-sql-gateway": {
    replicas: { ha: [1], standalone: [1] },
    because: "sessions are in its memory; jobs run on without it",
    memory: "512Mi",
  },
  clickhouse: {
    replicas: { ha: upTo(2, 9), standalone: [1] },
    because: "each has all data: ha must survive the loss of one",
    memory: "2Gi",
  },
  "clickhouse-keeper": {
    replicas: { ha: [3, 5], standalone: [1] },
    because: "members decide by majority",
    memory: "256Mi",
  },
  dbt: {
    replicas: { ha: [1], standalone: [1] },
    because: "two runs of a project would write the same tables",
    memory: "384Mi",
  },
  "dbt-docs": {
    replicas: { ha: upTo(2, 9), standalone: [1] },
    because: "ha must survive the loss of one",
    memory: "16Mi",
  },
  "dbt-runner": {
    replicas: { ha: [1], standalone: [1] },
    because: "two could start two runs of a project at once; it is back within a minute, and who asks waits",
    memory: "24Mi",
  },
  "great-expectations": {
    replicas: { ha: upTo(2, 9), standalone: [1] },
    because: "ha must survive the loss of one",
    memory: "16Mi",
  },
  "great-expectations-run": {
    replicas: { ha: [1], standalone: [1] },
    because: "two runs of a project would publish the same pages",
    memory: "448Mi",
  },
  "great-expectations-runner": {
    replicas: { ha: [1], standalone: [1] },
    because: "two could start two runs of a project at once; it is back within a minute, and who asks waits",
    memory: "24Mi",
  },
  mlflow: {
    replicas: { ha: upTo(2, 9), standalone: [1] },
    because: "ha must survive the loss of one",
    memory: "640Mi",
  },
  "jupyterhub-hub": {
    replicas: { ha: [2, 3], standalone: [1] },
    because: "one works, the others wait to take over",
    memory: "256Mi",
  },
  "jupyterhub-proxy": {
    replicas: { ha: [1], standalone: [1] },
    because: "each would know its own routes only",
    memory: "96Mi",
  },
  "jupyterlab-image": {
    replicas: { ha: upTo(3, 500), standalone: upTo(1, 500) },
    because: "there is one on each node; the number counts in the footprint only",
    memory: "8Mi",
  },
  "notebook-small": {
    replicas: { ha: upTo(1, 500), standalone: upTo(1, 500) },
    because: "so many people may have one at once",
    memory: "384Mi",
  },
  "notebook-medium": {
    replicas: { ha: upTo(0, 500), standalone: upTo(0, 500) },
    because: "so many people may have one at once; 0 = it is not offered",
    memory: "384Mi",
  },
  "notebook-large": {
    replicas: { ha: upTo(0, 500), standalone: upTo(0, 500) },
    because: "so many people may have one at once; 0 = it is not offered",
    memory: "384Mi",
  },
  "superset-web": {
    replicas: { ha: upTo(2, 9), standalone: [1] },
    because: "ha must survive the loss of one",
    memory: "512Mi",
  },
  "superset-worker": {
    replicas: { ha: upTo(2, 20), standalone: [1] },
    because: "ha must survive the loss of one",
    memory: "448Mi",
  },
  "superset-beat": {
    replicas: { ha: [1], standalone: [1] },
    because: "two would send everything twice",
    memory: "192Mi",
  },
  "airflow-api-server": {
    replicas: { ha: upTo(2, 9), standalone: [1] },
    because: "ha must survive the loss of one",
    memory: "512Mi",
  },
  "airflow-scheduler": {
    replicas: { ha: upTo(2, 5), standalone: [1] },
    because: "ha must survive the loss of one; more than a few wait for each other's rows",
    memory: "384Mi",
  },
  "airflow-dag-processor": {
    replicas: { ha: [1], standalone: [1] },
    because: "two would insert the same new DAG, and one ends",
    memory: "384Mi",
  },
  "airflow-triggerer": {
    replicas: { ha: upTo(2, 5), standalone: [1] },
    because: "ha must survive the loss of one",
    memory: "256Mi",
  },
  "airflow-worker": {
    replicas: { ha: upTo(2, 50), standalone: [1] },
    because: "ha must survive the loss of one",
    memory: "640Mi",
  },
  "kafka-ui": {
    replicas: { ha: upTo(2, 9), standalone: [1] },
    because: "ha must survive the loss of one",
    memory: "448Mi",
  },
  redis: {
    replicas: { ha: [3, 5], standalone: [1] },
    because: "each has a Sentinel, and a majority of them elects the master",
    memory: "64Mi",
  },
  keycloak: {
    replicas: { ha: upTo(2, 9), standalone: [1] },
    because: "ha must survive the loss of one",
    memory: "768Mi",
  },
  prometheus: {
    replicas: { ha: [2], standalone: [1] },
    because: "each scrapes everything: a third would only cost",
    memory: "128Mi",
  },
  "thanos-query": {
    replicas: { ha: upTo(2, 9), standalone: [0] },
    because: "ha must survive the loss of one; one Prometheus is asked itself",
    memory: "64Mi",
  },
  "thanos-store": {
    replicas: { ha: upTo(2, 9), standalone: [0] },
    because: "ha must survive the loss of one; standalone keeps no history in the object store",
    memory: "128Mi",
  },
  "thanos-compact": {
    replicas: { ha: [1], standalone: [0] },
    because: "two would compact the same blocks twice",
    memory: "128Mi",
  },
  "kube-state-metrics": {
    replicas: { ha: [1], standalone: [1] },
    because: "two would count everything twice",
    memory: "32Mi",
  },
  "blackbox-exporter": {
    replicas: { ha: [1], standalone: [1] },
    because: "it is asked for each probe, and is back within a minute",
    memory: "24Mi",
  },
  alertmanager: {
    replicas: { ha: [3, 5], standalone: [1] },
    because: "ha still tells each alert once when one is lost",
    memory: "32Mi",
  },
  loki: {
    replicas: { ha: [0], standalone: [1] },
    because: "in standalone one process does it all, in ha each part is a workload of its own",
    memory: "256Mi",
  },
  "loki-write": {
    replicas: { ha: [3, 5, 7], standalone: [0] },
    because: "each line is written to three of them, and one may be lost",
    memory: "256Mi",
  },
  "loki-read": {
    replicas: { ha: upTo(2, 9), standalone: [0] },
    because: "ha must survive the loss of one",
    memory: "256Mi",
  },
  "loki-backend": {
    replicas: { ha: [3, 5], standalone: [0] },
    because: "with two, the loss of one ends every query",
    memory: "192Mi",
  },
  "loki-compactor": {
    replicas: { ha: [1], standalone: [0] },
    because: "two would compact the same index",
    memory: "256Mi",
  },
  alloy: {
    replicas: { ha: upTo(3, 500), standalone: upTo(1, 500) },
    because: "there is one on each node; the number counts in the footprint only",
    memory: "96Mi",
  },
  grafana: {
    replicas: { ha: upTo(2, 9), standalone: [1] },
    because: "ha must survive the loss of one",
    memory: "192Mi",
  },
};
