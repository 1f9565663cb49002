import { authorityMount, certificate } from "../../core/certificates";
import { datedEntries } from "../../core/logs";
import type { ContainerSpec } from "../../core/pods";
import { jobSize } from "../../core/profiles";
import type { Account, Handle, Service } from "../../core/service";
import { type EnvValue, filesFrom, keyOf, type Mount } from "../../core/sources";
import { cronJob, job, type Workload } from "../../core/workload";
import type { Bucket } from "../minio";
import { backupClient, jobConfig, tlsPort } from "./pgbackrest";
import { backupScript, nssEnv, stanzaScript } from "./scripts";

/** Backups of PostgreSQL into the object store: what runs for them beside the database and on a schedule. */

export interface Backups {
  readonly account: Account;
  readonly image: string;
  readonly tmp: Mount;
  readonly bucket: Bucket;
  readonly servers: Workload;
  /** DNS names of the pods; pgBackRest finds the primary among them. */
  readonly hosts: readonly string[];
}

/** One Job that opens the repository and takes the first backup, and a daily one. */
export function backupJobs(service: Service, { account, image, tmp, bucket, servers, hosts }: Backups): void {
  const config = service.configMap("backup", "backup", { "pgbackrest.conf": jobConfig(bucket, hosts) });
  const tls = certificate(service, "backup-tls", backupClient, [backupClient]);
  const access: Handle = { reaches: [{ peer: servers.peer, port: tlsPort }], ready: [servers.resource] };
  const task = (name: string, component: string, script: string) => ({
    name,
    component,
    account,
    uses: [bucket, access],
    containers: [
      {
        name: "pgbackrest",
        image,
        logs: datedEntries,
        command: ["/bin/sh", "-ec", script],
        env: {
          NSS_WRAPPER_PASSWD: nssEnv.NSS_WRAPPER_PASSWD,
          NSS_WRAPPER_GROUP: nssEnv.NSS_WRAPPER_GROUP,
          HOME: "/tmp",
          ...repositoryEnv(bucket, "/etc/pgbackrest/pgbackrest.conf"),
        },
        resources: jobSize,
        mounts: [
          tmp,
          filesFrom(config, "/etc/pgbackrest"),
          filesFrom(tls, "/etc/backup-tls", { "tls.crt": "tls.crt", "tls.key": "tls.key" }),
          authorityMount(service),
        ],
      },
    ],
  });
  job(service, task("postgresql-stanza", "stanza", stanzaScript));
  cronJob(service, { ...task("postgresql-backup", "backup", backupScript), schedule: "17 1 * * *" });
}

/** How pgBackRest finds its configuration and the repository's keys. */
export const repositoryEnv = (bucket: Bucket, file: string): Record<string, EnvValue> => ({
  PGBACKREST_CONFIG: file,
  PGBACKREST_REPO1_S3_KEY: keyOf(bucket.credentials, "accessKey"),
  PGBACKREST_REPO1_S3_KEY_SECRET: keyOf(bucket.credentials, "secretKey"),
});

/** Beside PostgreSQL in each pod: serves its files to backup Jobs that show the right certificate. */
export function backupServer(image: string, mounts: readonly Mount[], env: Record<string, EnvValue>): ContainerSpec {
  return {
    name: "pgbackrest",
    image,
    logs: datedEntries,
    command: ["pgbackrest", "server"],
    env: { ...nssEnv, HOME: "/tmp", ...env },
    ports: { pgbackrest: tlsPort },
    resources: { cpu: "20m", memory: "64Mi", cpuLimit: "1", memoryLimit: "512Mi" },
    mounts,
    startup: { tcp: "pgbackrest", period: 5, failures: 24 },
    readiness: { tcp: "pgbackrest" },
    liveness: { tcp: "pgbackrest", period: 30 },
  };
}
