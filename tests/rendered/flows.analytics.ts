import type { Flow } from "../checks/flows";

/** The part of the network matrix (flows.ts) that is of the layer analytics. */

/** analytics: the demonstration's runs over Trino, what they publish, and who shows it. */
export function greatExpectations(prefix: string): readonly Flow[] {
  const analytics = (workload: string) => `${prefix}-analytics/${workload}`;
  return [
    ...validationProject(prefix, "demo"),
    { from: analytics("great-expectations"), to: `${prefix}-storage/minio`, port: 9000 },
    { from: `${prefix}-management/prometheus`, to: analytics("great-expectations"), port: 8443 },
  ];
}

/** What a project of `datalyptica:validationProjects` adds. */
export function validationProject(prefix: string, name: string): readonly Flow[] {
  const from = `${prefix}-analytics/great-expectations-${name}`;
  return [
    { from, to: `${prefix}-data/trino-coordinator`, port: 8443 },
    { from, to: `${prefix}-storage/minio`, port: 9000 },
  ];
}

/**
 * analytics: the hub over its database, single sign-on and the proxy; hub and proxy to notebooks, and notebooks to the hub
 * and what they work with. Nothing leads from one notebook to another.
 */
export function notebooks(prefix: string, ha: boolean): readonly Flow[] {
  const analytics = (workload: string) => `${prefix}-analytics/${workload}`;
  const [hub, proxy] = [analytics("jupyterhub-hub"), analytics("jupyterhub-proxy")];
  const sql = (from: string): Flow => ({ from, to: `${prefix}-storage/postgresql`, port: 5432 });
  const scraped = (to: string, port: number): Flow => ({ from: `${prefix}-management/prometheus`, to, port });
  const sizes = ha ? ["small", "medium", "large"] : ["small"];
  return [
    sql(`${prefix}-storage/postgresql-provision-jupyterhub`),
    sql(hub),
    { from: hub, to: `${prefix}-infrastructure/keycloak`, port: 8443 },
    { from: hub, to: proxy, port: 8001 },
    { from: proxy, to: hub, port: 8443 },
    scraped(hub, 9102),
    scraped(proxy, 9100),
    ...sizes.flatMap((size) => {
      const notebook = `${prefix}-notebooks/notebook-${size}`;
      return [
        { from: hub, to: notebook, port: 8443 },
        { from: proxy, to: notebook, port: 8443 },
        { from: notebook, to: hub, port: 8443 },
        { from: notebook, to: `${prefix}-data/trino-coordinator`, port: 8443 },
        { from: notebook, to: `${prefix}-data/spark-connect`, port: 15002 },
        { from: notebook, to: analytics("mlflow"), port: 8443 },
        { from: notebook, to: `${prefix}-storage/minio`, port: 9000 },
      ];
    }),
  ];
}

/** analytics: Superset's parts over their database and Redis, and those that ask Trino and people's tokens. */
export function superset(prefix: string, ha: boolean): readonly Flow[] {
  const analytics = (workload: string) => `${prefix}-analytics/${workload}`;
  const parts = ["superset-web", "superset-worker", "superset-beat", "superset-init", "superset-connections"].map(
    analytics,
  );
  const redis = (from: string, port: number): Flow => ({ from, to: `${prefix}-infrastructure/redis`, port });
  return [
    { from: `${prefix}-storage/postgresql-provision-superset`, to: `${prefix}-storage/postgresql`, port: 5432 },
    ...parts.flatMap((from) => [
      { from, to: `${prefix}-storage/postgresql`, port: 5432 },
      redis(from, 6379),
      ...(ha ? [redis(from, 26379)] : []),
    ]),
    ...["superset-web", "superset-worker", "superset-connections"].map((from) => ({
      from: analytics(from),
      to: `${prefix}-data/trino-coordinator`,
      port: 8443,
    })),
    { from: analytics("superset-web"), to: `${prefix}-infrastructure/keycloak`, port: 8443 },
    ...["superset-web", "superset-worker"].map((to) => ({
      from: `${prefix}-management/prometheus`,
      to: analytics(to),
      port: 9102,
    })),
  ];
}

/** analytics: Airflow over its databases, queue, buckets and single sign-on, and what its tasks use. */
export function airflow(prefix: string, ha: boolean): readonly Flow[] {
  const own = (part: string) => `${prefix}-analytics/airflow-${part}`;
  const to = (parts: readonly string[], workload: string, port: number): readonly Flow[] =>
    parts.map((part) => ({ from: own(part), to: `${prefix}-${workload}`, port }));
  const database = { to: `${prefix}-storage/postgresql`, port: 5432 };
  const queue = (port: number) => to(["scheduler", "worker"], "infrastructure/redis", port);
  return [
    { from: `${prefix}-storage/postgresql-provision-airflow`, ...database },
    { from: `${prefix}-storage/postgresql-provision-airflow-results`, ...database },
    ...to(
      ["api-server", "scheduler", "dag-processor", "triggerer", "worker", "migrate", "clean"],
      "storage/postgresql",
      5432,
    ),
    ...to(["api-server", "dag-processor", "triggerer", "worker"], "storage/minio", 9000),
    ...queue(6379),
    ...(ha ? queue(26379) : []),
    ...to(["api-server"], "infrastructure/keycloak", 8443),
    ...to(["worker"], "analytics/airflow-api-server", 8443),
    ...to(["api-server"], "analytics/airflow-worker", 8793),
    ...to(["api-server"], "analytics/airflow-triggerer", 8794),
    ...to(["worker", "triggerer"], "data/trino-coordinator", 8443),
    ...to(["worker"], "data/dbt-runner", 8443),
    ...to(["worker"], "analytics/great-expectations-runner", 8443),
    ...["scheduler", "dag-processor", "triggerer", "worker"].map((part) => ({
      from: `${prefix}-management/prometheus`,
      to: own(part),
      port: 9102,
    })),
  ];
}

/** analytics: MLflow over its database and bucket, with logins; who makes its tables, and who removes what was deleted. */
export function mlflow(prefix: string): readonly Flow[] {
  const server = `${prefix}-analytics/mlflow`;
  const sql = (from: string): Flow => ({ from, to: `${prefix}-storage/postgresql`, port: 5432 });
  return [
    sql(`${prefix}-storage/postgresql-provision-mlflow`),
    ...["mlflow", "mlflow-schema", "mlflow-cleanup"].map((workload) => sql(`${prefix}-analytics/${workload}`)),
    { from: server, to: `${prefix}-storage/minio`, port: 9000 },
    { from: server, to: `${prefix}-infrastructure/keycloak`, port: 8443 },
    { from: `${prefix}-analytics/mlflow-cleanup`, to: server, port: 8443 },
    { from: `${prefix}-management/prometheus`, to: server, port: 9000 },
  ];
}
