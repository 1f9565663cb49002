/** What goes into an image, fetched by its registry's ordinary client; a wrong checksum stops the build. */
export type Download =
  | { readonly maven: string; readonly sha256: string }
  | { readonly pypi: string; readonly sha256: string }
  /** Checked against the module's go.sum. */
  | { readonly go: string; readonly module: string; readonly ldflags: string };

/** How an image of the catalogue is built where it cannot be pulled, and how it differs from the official one. */
export interface StandIn {
  /** Folder beside this file with the Containerfile. */
  readonly folder: string;
  readonly base: "trixie" | "jdk21" | "jdk25";
  /** Mounted at `/mnt/<key>` while the Containerfile runs. */
  readonly downloads: Readonly<Record<string, Download>>;
  /** The products in it. Debian's move with its stable release ("or newer"), checked by its signatures; all others are exact. */
  readonly contains: readonly { readonly product: string; readonly version: string; readonly from: string }[];
  /** Only where the image's product cannot be had: what stands in for it, and what that proves and what not. */
  readonly anotherProduct?: string;
  /** What somebody who knows the official image could notice, versions aside. */
  readonly differences: readonly string[];
}

const debian = "Debian trixie";
const minioFlags = { module: "minio", ldflags: "-checklinkname=0" };
const minioVersion = "2021-03-01 (last under Apache-2.0)";

/** The stand-ins by the exact name under which pods ask for the image. */
export const standIns: Readonly<Record<string, StandIn>> = {
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
  "docker.io/pgsty/silo:RELEASE.2026-09-16T00-00-00Z": {
    folder: "minio",
    base: "trixie",
    downloads: {
      minio: { go: "github.com/minio/minio", ...minioFlags },
      mc: { go: "github.com/minio/mc", ...minioFlags },
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
    ],
  },
  "ghcr.io/projectnessie/nessie:0.108.4": {
    folder: "nessie",
    base: "jdk21",
    downloads: {
      nessie: {
        maven: "org.projectnessie.nessie:nessie-quarkus:0.99.0:jar:runner",
        sha256: "ce9fa33e2878bf5ea3981876b9e6204cabc0362b3dd82326b10e47271a78c417",
      },
    },
    contains: [
      { product: "Nessie", version: "0.99.0", from: "Maven" },
      { product: "OpenJDK", version: "21.0.13 or newer", from: debian },
    ],
    differences: [
      "one jar at /deployments/quarkus-run.jar instead of a Quarkus folder: the first start takes a few seconds more",
      "no run-java.sh: the command is java, as the platform's is",
      "nessie.* properties that came after 0.99 stop the start",
    ],
  },
  "docker.io/trinodb/trino:483": {
    folder: "trino",
    base: "jdk25",
    downloads: {
      server: {
        maven: "io.trino:trino-server:476:tar.gz",
        sha256: "cfd5accde17e8ebd251eeeb78aed1f490e77bb3a164d95a0f454bf8a7c1cbd3f",
      },
      cli: {
        maven: "io.trino:trino-cli:476:jar:executable",
        sha256: "fe4e9c7fb569cd67673afa1622945f6308e1e59bdb825419352b80887661757b",
      },
    },
    contains: [
      { product: "Trino", version: "476", from: "Maven" },
      { product: "OpenJDK", version: "25.0.5 or newer", from: debian },
    ],
    differences: [
      "properties that came after 476 stop the start, and those that went since are still accepted",
      "only the plugins blackhole, clickhouse, exchange-filesystem, geospatial, http-event-listener, iceberg, jmx, kafka, memory, ml, password-authenticators, postgresql, resource-group-managers, session-property-managers, teradata-functions, tpcds and tpch",
      "libjvmkill.so, run-trino and health-check are the sandbox's own with the same effect",
    ],
  },
};
