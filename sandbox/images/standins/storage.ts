import type { StandIn } from "../standins";
import { debian } from "./debian";

const minioFlags = { module: "minio", ldflags: "-checklinkname=0" };
const minioVersion = "2021-03-01 (last under Apache-2.0)";

/** Of the services in components/storage. */
export const storage: Readonly<Record<string, StandIn>> = {
  "docker.io/percona/percona-distribution-postgresql:17.11.1-1": {
    folder: "postgresql",
    base: "trixie",
    downloads: {
      patroni: { pypi: "patroni==4.1.5", sha256: "7aad8c1539e6c51c269a8005169dd54ddc7668437b7900fa6099d7894e224c84" },
    },
    contains: [
      { product: "PostgreSQL", version: "17.12 or newer", from: debian },
      { product: "Patroni", version: "4.1.5", from: "PyPI" },
      { product: "pgBackRest", version: "2.55.1", from: debian },
    ],
    differences: [
      "community PostgreSQL instead of Percona Server for PostgreSQL: no pg_tde",
      "pgBackRest reaches S3 over https only, and refuses options that came after 2.55",
      "the C library and ICU are Debian's: collations other than C and C.UTF-8 may sort differently",
      "no entrypoint: containers must name their command, as the platform's do",
    ],
  },
  "quay.io/prometheuscommunity/postgres-exporter:v0.20.1": {
    folder: "postgres-exporter",
    base: "trixie",
    downloads: {},
    contains: [{ product: "postgres_exporter", version: "0.17.1 or newer", from: debian }],
    differences: [
      "--no-collector of stat_activity, stat_progress_vacuum and stat_replication is taken by the entrypoint, which has nothing asked in their place; what settings and stat_archiver tell is always there",
      "of the metrics of slots pg_replication_slots_active and pg_replication_slots_pg_wal_lsn_diff have the names of 0.20, the others begin with pg_replication_slot_",
      "these two, settings and the archiver's metrics have one more label, `server`; when they fail, pg_exporter_last_scrape_error tells instead of pg_scrape_collector_success",
      "Debian instead of BusyBox",
    ],
  },
  "docker.io/pgsty/silo:RELEASE.2026-09-16T00-00-00Z": {
    folder: "minio",
    base: "trixie",
    downloads: {
      minio: { go: { pkg: "github.com/minio/minio", ...minioFlags } },
      mc: { go: { pkg: "github.com/minio/mc", ...minioFlags } },
    },
    contains: [
      { product: "MinIO", version: minioVersion, from: "Go module" },
      { product: "mc", version: minioVersion, from: "Go module" },
    ],
    differences: [
      "no console: the entrypoint takes --console-address away and passes that port on to the S3 port, which serves the old object browser",
      "the entrypoint raises MINIO_STORAGE_CLASS_RRS=EC:1 to EC:2, the least that this line accepts",
      "one drive is kept as a plain file system: no versioning there (four drives are erasure coded as usual)",
      "mc translates `admin policy create` and `attach` and `ilm rule`; `attach` succeeds for a policy that is already attached",
      "mc refuses idp, ready, anonymous, `admin policy detach` and `entities`, and aliases of one letter",
      "no OpenID settings of the newer line, no metrics v3, no `admin cluster` export and import",
      "no metrics minio_cluster_health_status, minio_s3_requests_5xx_errors_total and minio_cluster_drive_offline_total (there it is disk): the alerts MinioUnhealthy and MinioErrors stay silent, and MinioDriveOffline knows of nodes only",
    ],
  },
};
