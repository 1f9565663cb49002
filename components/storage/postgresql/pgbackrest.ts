import { authorityFile } from "../../core/certificates";
import { sections } from "../../core/formats";
import type { Bucket } from "../minio";
import { dataDirectory } from "./patroni";

/** pgBackRest's configuration: archive and backups in the object store, one stanza `main`. */

export const tlsPort = 8432;
/** Common name of the certificate that backup Jobs show to the pods. */
export const backupClient = "postgresql-backup";

const repository = (bucket: Bucket) => ({
  "repo1-type": "s3",
  "repo1-s3-endpoint": new URL(bucket.endpoint).hostname,
  "repo1-storage-port": new URL(bucket.endpoint).port,
  "repo1-s3-bucket": bucket.bucket,
  "repo1-s3-region": bucket.region,
  "repo1-s3-uri-style": "path",
  "repo1-storage-ca-file": authorityFile,
  "repo1-path": "/pgbackrest",
  "repo1-retention-full": 2,
  "repo1-bundle": "y",
  "compress-type": "zst",
  "log-level-console": "info",
  "log-level-file": "off",
});

/** For the pods: pushes log asynchronously, and serves backup Jobs over TLS. */
export function podConfig(bucket: Bucket): string {
  return sections({
    global: {
      ...repository(bucket),
      "archive-async": "y",
      "spool-path": "/pgdata/pgbackrest-spool",
      "lock-path": "/tmp/pgbackrest",
      "tls-server-address": "0.0.0.0",
      "tls-server-port": tlsPort,
      "tls-server-cert-file": "/etc/postgresql-tls/tls.crt",
      "tls-server-key-file": "/etc/postgresql-tls/tls.key",
      "tls-server-ca-file": authorityFile,
      "tls-server-auth": `${backupClient}=main`,
    },
    main: { "pg1-path": dataDirectory, "pg1-socket-path": "/tmp" },
  });
}

/** For backup Jobs: they reach every pod over TLS, find the primary themselves and copy from a standby where there is one. */
export function jobConfig(bucket: Bucket, hosts: readonly string[]): string {
  const pods = hosts.map((host, i) => {
    const pg = `pg${i + 1}`;
    return {
      [`${pg}-host`]: host,
      [`${pg}-host-type`]: "tls",
      [`${pg}-host-port`]: tlsPort,
      [`${pg}-host-cert-file`]: "/etc/backup-tls/tls.crt",
      [`${pg}-host-key-file`]: "/etc/backup-tls/tls.key",
      [`${pg}-host-ca-file`]: authorityFile,
      [`${pg}-path`]: dataDirectory,
      [`${pg}-socket-path`]: "/tmp",
    };
  });
  return sections({
    global: {
      ...repository(bucket),
      "lock-path": "/tmp/pgbackrest",
      // Asks for a checkpoint instead of waiting for the next one, which may take minutes.
      "start-fast": "y",
      ...(hosts.length > 1 ? { "backup-standby": "prefer" } : {}),
    },
    main: Object.assign({}, ...pods) as Record<string, string>,
  });
}
