import type { Stack } from "../../scripts/lib/render";
import type { Flow } from "../checks/flows";
import type { Stack as Facts } from "../checks/index";

/** What each stack must be, stated independently of the program that renders it. */

/** Who may talk to whom, reviewed by people: the network matrix of the platform. DNS, API server and router follow from rules. */
function flows(prefix: string, ha: boolean, keycloak: boolean): readonly Flow[] {
  const storage = (workload: string) => `${prefix}-storage/${workload}`;
  const data = (workload: string) => `${prefix}-data/${workload}`;
  const infrastructure = (workload: string) => `${prefix}-infrastructure/${workload}`;
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
    sql(storage("postgresql-provision-nessie")),
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
  const login = (from: string): Flow => ({ from, to: infrastructure("keycloak"), port: 8443 });
  const singleSignOn: readonly Flow[] = [
    sql(storage("postgresql-provision-keycloak")),
    sql(infrastructure("keycloak")),
    login(infrastructure("keycloak-client-trino")),
    login(data("trino-coordinator")),
  ];
  const keycloaks: readonly Flow[] = [7800, 57800].map((port) => ({
    from: infrastructure("keycloak"),
    to: infrastructure("keycloak"),
    port,
  }));
  return [...both, ...(ha ? clustered : []), ...(keycloak ? singleSignOn : []), ...(ha && keycloak ? keycloaks : [])];
}

const atRunTime: Facts["atRunTime"] = {
  // Patroni writes the Endpoints of these, and keeps the second one's as its configuration.
  endpointsBy: { postgresql: "postgresql", "postgresql-config": "postgresql" },
  labels: [],
};

export const facts: Readonly<Record<Stack, Facts>> = {
  ha: {
    atRunTime,
    mode: "ha",
    flows: flows("datalyptica", true, true),
    // Everything at once may ask for this much (DESIGN 4); the nodes are the simulated ones, one of which may be lost.
    budget: { cpu: "90", memory: "340Gi", disk: "10Ti" },
    nodes: { count: 8, cpu: "15", memory: "56Gi", mayLose: 1 },
  },
  standalone: {
    atRunTime,
    mode: "standalone",
    flows: flows("datalyptica-dev", false, true),
    budget: { cpu: "22", memory: "72Gi", disk: "2.5Ti" },
    nodes: { count: 3, cpu: "10", memory: "32Gi", mayLose: 0 },
  },
  sandbox: {
    atRunTime,
    mode: "standalone",
    flows: flows("datalyptica-sandbox", false, false),
    // One machine of 2 cores and 24 GiB, which also runs the control plane and builds.
    budget: { cpu: "1500m", memory: "8Gi", disk: "50Gi" },
    nodes: { count: 1, cpu: "2", memory: "16Gi", mayLose: 0 },
  },
  "sandbox-ha": {
    atRunTime,
    mode: "ha",
    flows: flows("datalyptica-sandbox-ha", true, false),
    // Four nodes that are one machine of 2 cores and 24 GiB.
    budget: { cpu: "1500m", memory: "14Gi", disk: "50Gi" },
    nodes: { count: 4, cpu: "2", memory: "16Gi", mayLose: 0 },
  },
};
