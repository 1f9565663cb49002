import "./components/core/traces";
import { Airflow } from "./components/analytics/airflow";
import { GreatExpectations } from "./components/analytics/great-expectations";
import { JupyterHub } from "./components/analytics/jupyterhub";
import { JupyterLab } from "./components/analytics/jupyterlab";
import { Mlflow } from "./components/analytics/mlflow";
import { Superset } from "./components/analytics/superset";
import { Kafka } from "./components/control/kafka";
import { KafkaConnect } from "./components/control/kafka-connect";
import { SchemaRegistry } from "./components/control/schema-registry";
import { Platform } from "./components/core/platform";
import { loadSettings } from "./components/core/settings";
import { ClickHouse } from "./components/data/clickhouse";
import { Dbt } from "./components/data/dbt";
import { Flink } from "./components/data/flink";
import { Nessie } from "./components/data/nessie";
import { Spark } from "./components/data/spark";
import { Trino } from "./components/data/trino";
import { Keycloak } from "./components/infrastructure/keycloak";
import { Redis } from "./components/infrastructure/redis";
import { Alertmanager } from "./components/management/alertmanager";
import { Alloy } from "./components/management/alloy";
import { Grafana } from "./components/management/grafana";
import { KafkaUi } from "./components/management/kafka-ui";
import { Loki } from "./components/management/loki";
import { Prometheus } from "./components/management/prometheus";
import { Minio } from "./components/storage/minio";
import { Postgresql } from "./components/storage/postgresql";

/**
 * The platform's diagram: each line is a service and what it is wired to. Wiring is the only place where a dependency is
 * written down; network policies, order of creation, credentials and outputs follow from it.
 */
export = async (): Promise<Record<string, unknown>> => {
  const platform = new Platform(loadSettings());

  // storage
  const minio = platform.install(Minio, {});
  const postgresql = platform.install(Postgresql, { minio });

  // infrastructure
  const keycloak = platform.install(Keycloak, { postgresql });
  const redis = platform.install(Redis, {});

  // control
  const kafka = platform.install(Kafka, {});
  const schemaRegistry = platform.install(SchemaRegistry, { kafka });

  // data
  const nessie = platform.install(Nessie, { postgresql, minio });
  const trino = platform.install(Trino, { nessie, minio, keycloak });
  const spark = platform.install(Spark, { nessie, minio });
  const clickhouse = platform.install(ClickHouse, { minio, kafka, nessie });
  const dbt = platform.install(Dbt, { minio, trino, clickhouse, postgresql });

  // from storage through control to data
  const connect = platform.install(KafkaConnect, { kafka, schemaRegistry, postgresql, nessie, trino });

  // streams between control and data
  platform.install(Flink, { nessie, minio, kafka });

  // analytics
  const greatExpectations = platform.install(GreatExpectations, { minio, trino });
  platform.install(Superset, { postgresql, redis, trino, clickhouse, keycloak });
  const mlflow = platform.install(Mlflow, { postgresql, minio, keycloak });
  const jupyterlab = platform.install(JupyterLab, { trino, spark, minio, mlflow });
  platform.install(JupyterHub, { postgresql, jupyterlab, keycloak });
  platform.install(Airflow, { postgresql, minio, redis, keycloak, trino, dbt, greatExpectations });

  // management
  platform.install(KafkaUi, { kafka, schemaRegistry, connect, keycloak });
  const alertmanager = platform.install(Alertmanager, {});
  const loki = platform.install(Loki, { minio, alertmanager });
  platform.install(Alloy, { loki });
  const prometheus = platform.install(Prometheus, { minio, alertmanager });
  platform.install(Grafana, { postgresql, keycloak, prometheus, alertmanager, loki });

  return platform.finish();
};
