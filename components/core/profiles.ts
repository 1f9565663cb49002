import { limits } from "./limits";
import type { Mode } from "./names";
import { formatBytes, formatCpu, parseBytes, parseCpu } from "./quantities";

/**
 * Sizes of every workload, per mode, as two tables; stack config overrides single figures (`datalyptica:sizes`).
 * Heaps, caches, quorums, PodDisruptionBudgets and spread are derived from these numbers, never stated beside them.
 */
export interface Size {
  /** Of what runs on each node: how many nodes the footprint counts. Of notebooks: how many may run at once. */
  readonly replicas: number;
  /** Requested CPU, in cores or millicores. */
  readonly cpu: string;
  /** Requested memory, in binary units. */
  readonly memory: string;
  /** CPU limit: room for bursts. */
  readonly cpuLimit: string;
  /** Memory limit; equal to the request where the process sizes itself by it. */
  readonly memoryLimit: string;
  /** Size of each replica's volume; absent for what keeps nothing. */
  readonly disk?: string;
}

const ha = {
  postgresql: { replicas: 3, cpu: "2", memory: "6Gi", cpuLimit: "4", memoryLimit: "8Gi", disk: "200Gi" },
  minio: { replicas: 4, cpu: "1", memory: "4Gi", cpuLimit: "4", memoryLimit: "8Gi", disk: "1Ti" },
  "kafka-controller": { replicas: 3, cpu: "250m", memory: "1Gi", cpuLimit: "1", memoryLimit: "1536Mi", disk: "10Gi" },
  "kafka-broker": { replicas: 3, cpu: "2", memory: "6Gi", cpuLimit: "4", memoryLimit: "8Gi", disk: "200Gi" },
  "kafka-exporter": { replicas: 1, cpu: "20m", memory: "64Mi", cpuLimit: "200m", memoryLimit: "128Mi" },
  "kafka-connect": { replicas: 2, cpu: "750m", memory: "3Gi", cpuLimit: "2", memoryLimit: "3Gi" },
  "schema-registry": { replicas: 3, cpu: "200m", memory: "768Mi", cpuLimit: "1", memoryLimit: "1Gi" },
  nessie: { replicas: 3, cpu: "500m", memory: "2Gi", cpuLimit: "2", memoryLimit: "3Gi" },
  "trino-coordinator": { replicas: 1, cpu: "2", memory: "8Gi", cpuLimit: "4", memoryLimit: "8Gi" },
  "trino-worker": { replicas: 3, cpu: "3", memory: "16Gi", cpuLimit: "6", memoryLimit: "16Gi" },
  "spark-master": { replicas: 1, cpu: "500m", memory: "1536Mi", cpuLimit: "1", memoryLimit: "1536Mi", disk: "1Gi" },
  "spark-worker": { replicas: 3, cpu: "3", memory: "14Gi", cpuLimit: "4", memoryLimit: "14Gi" },
  "spark-connect": { replicas: 1, cpu: "1", memory: "4Gi", cpuLimit: "2", memoryLimit: "5Gi" },
  "spark-history": { replicas: 1, cpu: "250m", memory: "1536Mi", cpuLimit: "1", memoryLimit: "2Gi" },
  "flink-jobmanager": { replicas: 3, cpu: "500m", memory: "2Gi", cpuLimit: "2", memoryLimit: "2Gi" },
  "flink-taskmanager": { replicas: 3, cpu: "2", memory: "8Gi", cpuLimit: "4", memoryLimit: "8Gi" },
  "flink-sql-gateway": { replicas: 1, cpu: "250m", memory: "1536Mi", cpuLimit: "2", memoryLimit: "1536Mi" },
  clickhouse: { replicas: 3, cpu: "2", memory: "12Gi", cpuLimit: "6", memoryLimit: "12Gi", disk: "400Gi" },
  "clickhouse-keeper": { replicas: 3, cpu: "250m", memory: "1Gi", cpuLimit: "1", memoryLimit: "1Gi", disk: "10Gi" },
  dbt: { replicas: 1, cpu: "500m", memory: "1Gi", cpuLimit: "2", memoryLimit: "2Gi" },
  "dbt-docs": { replicas: 2, cpu: "20m", memory: "32Mi", cpuLimit: "200m", memoryLimit: "64Mi" },
  "dbt-runner": { replicas: 1, cpu: "10m", memory: "32Mi", cpuLimit: "200m", memoryLimit: "128Mi" },
  "great-expectations": { replicas: 2, cpu: "20m", memory: "32Mi", cpuLimit: "200m", memoryLimit: "64Mi" },
  "great-expectations-run": { replicas: 1, cpu: "500m", memory: "1Gi", cpuLimit: "2", memoryLimit: "2Gi" },
  "great-expectations-runner": { replicas: 1, cpu: "10m", memory: "32Mi", cpuLimit: "200m", memoryLimit: "128Mi" },
  mlflow: { replicas: 2, cpu: "500m", memory: "1536Mi", cpuLimit: "2", memoryLimit: "2560Mi" },
  "jupyterhub-hub": { replicas: 2, cpu: "200m", memory: "512Mi", cpuLimit: "1", memoryLimit: "1Gi" },
  "jupyterhub-proxy": { replicas: 1, cpu: "100m", memory: "256Mi", cpuLimit: "500m", memoryLimit: "512Mi" },
  "jupyterlab-image": { replicas: 8, cpu: "10m", memory: "16Mi", cpuLimit: "100m", memoryLimit: "32Mi" },
  "notebook-small": { replicas: 8, cpu: "200m", memory: "1Gi", cpuLimit: "1", memoryLimit: "2Gi", disk: "10Gi" },
  "notebook-medium": { replicas: 4, cpu: "500m", memory: "2Gi", cpuLimit: "2", memoryLimit: "6Gi" },
  "notebook-large": { replicas: 1, cpu: "1", memory: "4Gi", cpuLimit: "4", memoryLimit: "12Gi" },
  "superset-web": { replicas: 2, cpu: "500m", memory: "2Gi", cpuLimit: "2", memoryLimit: "3Gi" },
  "superset-worker": { replicas: 2, cpu: "500m", memory: "1536Mi", cpuLimit: "2", memoryLimit: "3Gi" },
  "superset-beat": { replicas: 1, cpu: "50m", memory: "320Mi", cpuLimit: "500m", memoryLimit: "640Mi" },
  "airflow-api-server": { replicas: 2, cpu: "300m", memory: "1Gi", cpuLimit: "2", memoryLimit: "2Gi" },
  "airflow-scheduler": { replicas: 2, cpu: "500m", memory: "1Gi", cpuLimit: "2", memoryLimit: "2Gi" },
  "airflow-dag-processor": { replicas: 1, cpu: "250m", memory: "768Mi", cpuLimit: "1", memoryLimit: "2Gi" },
  "airflow-triggerer": { replicas: 2, cpu: "150m", memory: "512Mi", cpuLimit: "1", memoryLimit: "1Gi" },
  "airflow-worker": { replicas: 3, cpu: "750m", memory: "2Gi", cpuLimit: "4", memoryLimit: "6Gi" },
  "kafka-ui": { replicas: 2, cpu: "150m", memory: "640Mi", cpuLimit: "1", memoryLimit: "1Gi" },
  redis: { replicas: 3, cpu: "250m", memory: "1Gi", cpuLimit: "1", memoryLimit: "2Gi", disk: "10Gi" },
  keycloak: { replicas: 2, cpu: "500m", memory: "1280Mi", cpuLimit: "2", memoryLimit: "2Gi" },
  prometheus: { replicas: 2, cpu: "1", memory: "4Gi", cpuLimit: "2", memoryLimit: "6Gi", disk: "50Gi" },
  "thanos-query": { replicas: 2, cpu: "250m", memory: "512Mi", cpuLimit: "1", memoryLimit: "1Gi" },
  "thanos-store": { replicas: 2, cpu: "250m", memory: "1Gi", cpuLimit: "1", memoryLimit: "2Gi", disk: "10Gi" },
  "thanos-compact": { replicas: 1, cpu: "500m", memory: "2Gi", cpuLimit: "1", memoryLimit: "4Gi", disk: "50Gi" },
  "kube-state-metrics": { replicas: 1, cpu: "50m", memory: "128Mi", cpuLimit: "200m", memoryLimit: "256Mi" },
  "blackbox-exporter": { replicas: 1, cpu: "20m", memory: "32Mi", cpuLimit: "100m", memoryLimit: "64Mi" },
  alertmanager: { replicas: 3, cpu: "50m", memory: "64Mi", cpuLimit: "200m", memoryLimit: "256Mi", disk: "1Gi" },
  loki: { replicas: 0, cpu: "300m", memory: "1Gi", cpuLimit: "1", memoryLimit: "2Gi", disk: "20Gi" },
  "loki-write": { replicas: 3, cpu: "500m", memory: "1536Mi", cpuLimit: "1500m", memoryLimit: "3Gi", disk: "20Gi" },
  "loki-read": { replicas: 2, cpu: "500m", memory: "1Gi", cpuLimit: "2", memoryLimit: "2Gi" },
  "loki-backend": { replicas: 3, cpu: "200m", memory: "512Mi", cpuLimit: "500m", memoryLimit: "1Gi" },
  "loki-compactor": { replicas: 1, cpu: "250m", memory: "1Gi", cpuLimit: "1", memoryLimit: "2Gi", disk: "10Gi" },
  alloy: { replicas: 8, cpu: "100m", memory: "256Mi", cpuLimit: "500m", memoryLimit: "512Mi" },
  grafana: { replicas: 2, cpu: "250m", memory: "512Mi", cpuLimit: "1", memoryLimit: "1Gi" },
} as const satisfies Record<string, Size>;

export type WorkloadName = keyof typeof ha;

const standalone: Readonly<Record<WorkloadName, Size>> = {
  postgresql: { replicas: 1, cpu: "500m", memory: "1536Mi", cpuLimit: "2", memoryLimit: "3Gi", disk: "50Gi" },
  minio: { replicas: 1, cpu: "500m", memory: "2Gi", cpuLimit: "2", memoryLimit: "4Gi", disk: "500Gi" },
  "kafka-controller": { replicas: 1, cpu: "100m", memory: "640Mi", cpuLimit: "500m", memoryLimit: "1Gi", disk: "5Gi" },
  "kafka-broker": { replicas: 1, cpu: "500m", memory: "2Gi", cpuLimit: "2", memoryLimit: "3Gi", disk: "50Gi" },
  "kafka-exporter": { replicas: 1, cpu: "20m", memory: "48Mi", cpuLimit: "100m", memoryLimit: "96Mi" },
  "kafka-connect": { replicas: 1, cpu: "250m", memory: "1536Mi", cpuLimit: "1", memoryLimit: "2Gi" },
  "schema-registry": { replicas: 1, cpu: "100m", memory: "512Mi", cpuLimit: "500m", memoryLimit: "768Mi" },
  nessie: { replicas: 1, cpu: "250m", memory: "1Gi", cpuLimit: "1", memoryLimit: "1536Mi" },
  "trino-coordinator": { replicas: 1, cpu: "1", memory: "6Gi", cpuLimit: "3", memoryLimit: "6Gi" },
  // The coordinator works itself in standalone: no worker pods.
  "trino-worker": { replicas: 0, cpu: "1", memory: "6Gi", cpuLimit: "3", memoryLimit: "6Gi" },
  "spark-master": { replicas: 1, cpu: "200m", memory: "768Mi", cpuLimit: "1", memoryLimit: "768Mi", disk: "1Gi" },
  "spark-worker": { replicas: 1, cpu: "1", memory: "5Gi", cpuLimit: "2", memoryLimit: "5Gi" },
  "spark-connect": { replicas: 1, cpu: "300m", memory: "2Gi", cpuLimit: "1", memoryLimit: "2560Mi" },
  "spark-history": { replicas: 1, cpu: "100m", memory: "768Mi", cpuLimit: "500m", memoryLimit: "1Gi" },
  "flink-jobmanager": { replicas: 1, cpu: "250m", memory: "1536Mi", cpuLimit: "1", memoryLimit: "1536Mi" },
  "flink-taskmanager": { replicas: 1, cpu: "1", memory: "4Gi", cpuLimit: "2", memoryLimit: "4Gi" },
  "flink-sql-gateway": { replicas: 1, cpu: "100m", memory: "1Gi", cpuLimit: "1", memoryLimit: "1Gi" },
  clickhouse: { replicas: 1, cpu: "1", memory: "4Gi", cpuLimit: "3", memoryLimit: "4Gi", disk: "100Gi" },
  "clickhouse-keeper": {
    replicas: 1,
    cpu: "100m",
    memory: "512Mi",
    cpuLimit: "500m",
    memoryLimit: "512Mi",
    disk: "5Gi",
  },
  dbt: { replicas: 1, cpu: "250m", memory: "512Mi", cpuLimit: "1", memoryLimit: "1Gi" },
  "dbt-docs": { replicas: 1, cpu: "20m", memory: "32Mi", cpuLimit: "200m", memoryLimit: "64Mi" },
  "dbt-runner": { replicas: 1, cpu: "10m", memory: "32Mi", cpuLimit: "200m", memoryLimit: "128Mi" },
  "great-expectations": { replicas: 1, cpu: "20m", memory: "32Mi", cpuLimit: "200m", memoryLimit: "64Mi" },
  "great-expectations-run": { replicas: 1, cpu: "250m", memory: "512Mi", cpuLimit: "1", memoryLimit: "1Gi" },
  "great-expectations-runner": { replicas: 1, cpu: "10m", memory: "32Mi", cpuLimit: "200m", memoryLimit: "128Mi" },
  mlflow: { replicas: 1, cpu: "200m", memory: "1Gi", cpuLimit: "1", memoryLimit: "1536Mi" },
  "jupyterhub-hub": { replicas: 1, cpu: "100m", memory: "384Mi", cpuLimit: "500m", memoryLimit: "768Mi" },
  "jupyterhub-proxy": { replicas: 1, cpu: "50m", memory: "128Mi", cpuLimit: "300m", memoryLimit: "256Mi" },
  "jupyterlab-image": { replicas: 3, cpu: "10m", memory: "16Mi", cpuLimit: "100m", memoryLimit: "32Mi" },
  "notebook-small": { replicas: 2, cpu: "200m", memory: "1Gi", cpuLimit: "1", memoryLimit: "2Gi", disk: "5Gi" },
  "notebook-medium": { replicas: 0, cpu: "500m", memory: "2Gi", cpuLimit: "2", memoryLimit: "6Gi" },
  "notebook-large": { replicas: 0, cpu: "1", memory: "4Gi", cpuLimit: "4", memoryLimit: "12Gi" },
  "superset-web": { replicas: 1, cpu: "300m", memory: "1280Mi", cpuLimit: "1", memoryLimit: "2Gi" },
  "superset-worker": { replicas: 1, cpu: "200m", memory: "1Gi", cpuLimit: "1", memoryLimit: "1536Mi" },
  "superset-beat": { replicas: 1, cpu: "30m", memory: "256Mi", cpuLimit: "500m", memoryLimit: "640Mi" },
  "airflow-api-server": { replicas: 1, cpu: "150m", memory: "768Mi", cpuLimit: "1", memoryLimit: "1536Mi" },
  "airflow-scheduler": { replicas: 1, cpu: "200m", memory: "768Mi", cpuLimit: "1", memoryLimit: "1536Mi" },
  "airflow-dag-processor": { replicas: 1, cpu: "100m", memory: "512Mi", cpuLimit: "1", memoryLimit: "1Gi" },
  "airflow-triggerer": { replicas: 1, cpu: "50m", memory: "384Mi", cpuLimit: "500m", memoryLimit: "768Mi" },
  "airflow-worker": { replicas: 1, cpu: "300m", memory: "1536Mi", cpuLimit: "2", memoryLimit: "3Gi" },
  "kafka-ui": { replicas: 1, cpu: "100m", memory: "512Mi", cpuLimit: "500m", memoryLimit: "768Mi" },
  redis: { replicas: 1, cpu: "100m", memory: "256Mi", cpuLimit: "500m", memoryLimit: "768Mi", disk: "5Gi" },
  keycloak: { replicas: 1, cpu: "250m", memory: "1Gi", cpuLimit: "1500m", memoryLimit: "1536Mi" },
  prometheus: { replicas: 1, cpu: "300m", memory: "1536Mi", cpuLimit: "1", memoryLimit: "3Gi", disk: "20Gi" },
  // One Prometheus needs nothing that puts several together.
  "thanos-query": { replicas: 0, cpu: "100m", memory: "256Mi", cpuLimit: "500m", memoryLimit: "512Mi" },
  "thanos-store": { replicas: 0, cpu: "100m", memory: "512Mi", cpuLimit: "500m", memoryLimit: "1Gi", disk: "10Gi" },
  "thanos-compact": { replicas: 0, cpu: "250m", memory: "1Gi", cpuLimit: "1", memoryLimit: "2Gi", disk: "20Gi" },
  "kube-state-metrics": { replicas: 1, cpu: "50m", memory: "96Mi", cpuLimit: "200m", memoryLimit: "192Mi" },
  "blackbox-exporter": { replicas: 1, cpu: "20m", memory: "32Mi", cpuLimit: "100m", memoryLimit: "64Mi" },
  alertmanager: { replicas: 1, cpu: "20m", memory: "64Mi", cpuLimit: "200m", memoryLimit: "128Mi", disk: "1Gi" },
  loki: { replicas: 1, cpu: "300m", memory: "1Gi", cpuLimit: "1", memoryLimit: "2Gi", disk: "20Gi" },
  // One process does it all.
  "loki-write": { replicas: 0, cpu: "100m", memory: "512Mi", cpuLimit: "500m", memoryLimit: "1Gi", disk: "10Gi" },
  "loki-read": { replicas: 0, cpu: "100m", memory: "512Mi", cpuLimit: "500m", memoryLimit: "1Gi" },
  "loki-backend": { replicas: 0, cpu: "100m", memory: "256Mi", cpuLimit: "500m", memoryLimit: "512Mi" },
  "loki-compactor": { replicas: 0, cpu: "100m", memory: "512Mi", cpuLimit: "500m", memoryLimit: "1Gi", disk: "10Gi" },
  alloy: { replicas: 3, cpu: "50m", memory: "128Mi", cpuLimit: "300m", memoryLimit: "256Mi" },
  grafana: { replicas: 1, cpu: "100m", memory: "256Mi", cpuLimit: "1", memoryLimit: "512Mi" },
};

export const profiles: Readonly<Record<Mode, Readonly<Record<WorkloadName, Size>>>> = { ha, standalone };

export const workloadNames = Object.keys(ha) as WorkloadName[];

/** A workload's overridable figures, as `datalyptica:sizes` gives them. */
export type SizeOverride = { readonly [K in keyof Size]?: Size[K] | undefined };

/** Jobs and init work that runs once: small, and counted in the footprint because they run at install. */
export const jobSize: Size = { replicas: 1, cpu: "50m", memory: "64Mi", cpuLimit: "500m", memoryLimit: "256Mi" };

/**
 * The size a workload gets: profile, then override. A request above the profile's limit raises the limit with it,
 * so that one overridden figure is enough.
 * @returns the size and everything wrong with it, each message naming key, value and what is allowed
 */
export function sizeOf(name: WorkloadName, mode: Mode, override: SizeOverride = {}): { size: Size; errors: string[] } {
  const base = profiles[mode][name];
  const key = (field: keyof Size): string => `datalyptica:sizes["${name}"].${field}`;
  const errors: string[] = [];

  const quantity = (
    field: "cpu" | "memory" | "cpuLimit" | "memoryLimit" | "disk",
    parse: (text: string) => number | undefined,
    format: (amount: number) => string,
    allowed: string,
  ): string => {
    const text = override[field] ?? base[field] ?? "";
    const amount = parse(text);
    if (amount === undefined) errors.push(`${key(field)}: "${text}" is not a quantity; allowed: ${allowed}`);
    return amount === undefined ? text : format(amount);
  };
  const cpu = quantity("cpu", parseCpu, formatCpu, 'cores such as "2", "1.5" or "500m"');
  const memory = quantity("memory", parseBytes, formatBytes, 'binary units such as "512Mi" or "4Gi"');
  const cpuLimit = quantity("cpuLimit", parseCpu, formatCpu, 'cores such as "2", "1.5" or "500m"');
  const memoryLimit = quantity("memoryLimit", parseBytes, formatBytes, 'binary units such as "512Mi" or "4Gi"');
  const disk = base.disk && quantity("disk", parseBytes, formatBytes, 'binary units such as "50Gi" or "1Ti"');

  if (override.disk && !base.disk) errors.push(`${key("disk")}: "${override.disk}" given, but ${name} has no volume`);
  const replicas = override.replicas ?? base.replicas;
  const counts = limits[name].replicas[mode];
  if (!counts.includes(replicas)) {
    const allowed = counts.length > 4 ? `${counts[0]} to ${counts.at(-1)}` : counts.join(" or ");
    errors.push(`${key("replicas")}: ${replicas} in mode ${mode}; allowed: ${allowed} (${limits[name].because})`);
  }
  const least = parseBytes(limits[name].memory) ?? 0;
  if ((parseBytes(memory) ?? least) < least) {
    errors.push(`${key("memory")}: "${memory}" is too little; allowed: ${limits[name].memory} or more`);
  }
  if (override.cpuLimit && (parseCpu(cpuLimit) ?? 0) < (parseCpu(cpu) ?? 0)) {
    errors.push(`${key("cpuLimit")}: "${cpuLimit}" is below the request; allowed: ${cpu} or more`);
  }
  if (override.memoryLimit && (parseBytes(memoryLimit) ?? 0) < (parseBytes(memory) ?? 0)) {
    errors.push(`${key("memoryLimit")}: "${memoryLimit}" is below the request; allowed: ${memory} or more`);
  }
  const larger = (request: string, limit: string, parse: (text: string) => number | undefined): string =>
    (parse(request) ?? 0) > (parse(limit) ?? 0) ? request : limit;
  // A process that sizes itself by its limit keeps request = limit when only the request is overridden.
  const follows = base.memory === base.memoryLimit && override.memory && !override.memoryLimit;
  return {
    size: {
      replicas,
      cpu,
      memory,
      cpuLimit: larger(cpu, cpuLimit, parseCpu),
      memoryLimit: follows ? memory : larger(memory, memoryLimit, parseBytes),
      ...(disk ? { disk } : {}),
    },
    errors,
  };
}
