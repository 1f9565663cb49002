import { catalogue, type ServiceName } from "../../../components/core/catalogue";
import { check as airflow } from "./airflow";
import { check as alertmanager } from "./alertmanager";
import { check as alloy } from "./alloy";
import type { SmokeCheck, SmokeResult } from "./check";
import { check as clickhouse } from "./clickhouse";
import { UsageError } from "./command";
import { check as dbt } from "./dbt";
import { check as flink } from "./flink";
import { check as grafana } from "./grafana";
import { check as greatExpectations } from "./great-expectations";
import type { Installation } from "./installation";
import { check as jupyterhub } from "./jupyterhub";
import { check as jupyterlab } from "./jupyterlab";
import { check as kafka } from "./kafka";
import { check as kafkaConnect } from "./kafka-connect";
import { check as kafkaUi } from "./kafka-ui";
import { check as keycloak } from "./keycloak";
import { check as loki } from "./loki";
import { check as minio } from "./minio";
import { check as mlflow } from "./mlflow";
import { check as nessie } from "./nessie";
import { check as postgresql } from "./postgresql";
import { check as prometheus } from "./prometheus";
import { check as redis } from "./redis";
import { check as schemaRegistry } from "./schema-registry";
import { check as spark } from "./spark";
import { check as superset } from "./superset";
import { check as trino } from "./trino";

/** The smoke check of each service. */
export const checks: Readonly<Record<ServiceName, SmokeCheck>> = {
  minio,
  postgresql,
  kafka,
  "schema-registry": schemaRegistry,
  nessie,
  trino,
  spark,
  flink,
  clickhouse,
  dbt,
  "great-expectations": greatExpectations,
  mlflow,
  jupyterlab,
  jupyterhub,
  superset,
  airflow,
  "kafka-connect": kafkaConnect,
  "kafka-ui": kafkaUi,
  prometheus,
  alertmanager,
  loki,
  alloy,
  grafana,
  redis,
  keycloak,
};

/** Many a check starts clients in pods of its service, which are to have their answer while that is at work. */
const atOnce = 4;

/**
 * Checks services, some of them side by side.
 * @param services default all that the stack has; one it does not have is a UsageError
 */
export async function smoke(
  installation: Installation,
  services: readonly ServiceName[] = installation.services,
): Promise<readonly SmokeResult[]> {
  const absent = services.filter((service) => !installation.services.includes(service));
  if (absent.length > 0) {
    throw new UsageError(
      `--services: the stack has no ${absent.join(", ")}; allowed: ${installation.services.join(", ") || "none"}`,
    );
  }
  const order = (service: ServiceName) => Object.keys(catalogue).indexOf(service);
  const chosen = [...new Set(services)].sort((a, b) => order(a) - order(b));
  const results: SmokeResult[] = [];
  const queue = chosen.entries();
  const takeTurns = async () => {
    for (const [place, service] of queue) results[place] = await checks[service].run(installation);
  };
  await Promise.all(Array.from({ length: atOnce }, takeTurns));
  return results;
}
