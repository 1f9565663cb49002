import type { GoProgram } from "../lib/gobuild";

/** What goes into an image, fetched by its registry's ordinary client; a wrong checksum stops the build. */
export type Download =
  | { readonly maven: string; readonly sha256: string }
  /** A wheel; or, where nobody publishes one, the source archive. */
  | { readonly pypi: string; readonly sha256: string; readonly source?: true }
  /** The wheels that a requirements file names with their checksums; the checksum is that of `sha256sum *` over them. */
  | { readonly requirements: string; readonly sha256: string }
  /** All that a POM beside this file needs at run time; the checksum is that of `sha256sum *` over the jars. */
  | { readonly pom: string; readonly sha256: string }
  /** Built under the name of its key; checked against the module's go.sum, or its own checksum. */
  | { readonly go: GoProgram };

/** How an image of the catalogue is built where it cannot be pulled, and how it differs from the official one. */
export interface StandIn {
  /** Folder beside this file with the Containerfile. */
  readonly folder: string;
  /** Folder of the image that it is based on: one of these, or a stand-in's further up. */
  readonly base: "trixie" | "busybox" | "jdk21" | "jdk25" | "kafka";
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
/** A published module of which a release consists, and the version that its programs report. */
const release = (module: string, sum: string, version: string) => ({
  module,
  sum,
  ldflags: `-X github.com/prometheus/common/version.Version=${version}`,
});
const prometheus = release(
  "github.com/prometheus/prometheus@v0.313.2",
  "h1:1EqGCHPc7wZPEHpoaaeIxDhMSRQTblZncR2cUXrMg2A=",
  "3.13.2",
);
const alertmanager = release(
  "github.com/prometheus/alertmanager@v0.33.1",
  "h1:PJHGvTdb8Q0ZEpJnWff120WxB2kxIScLa707AaIudTo=",
  "0.33.1",
);
const thanos = release(
  "github.com/thanos-io/thanos@v0.42.4",
  "h1:Cs7iARVNKcgewjzAfpoFnscgfNi+XN8slcyW5e0ozWs=",
  "0.42.4",
);
const kubeStateMetrics = release(
  "k8s.io/kube-state-metrics/v2@v2.20.0",
  "h1:edO7hyGs1MqZhbUbzWW1YRTV3afZOIbvHNvOCaJjuU4=",
  "v2.20.0",
);
const blackboxExporter = release(
  "github.com/prometheus/blackbox_exporter@v0.28.0",
  "h1:5n59xN6d4OtnwANA9nQIoBhwfG90b50cMByshvc/+zA=",
  "0.28.0",
);
const redisExporter = {
  module: "github.com/oliver006/redis_exporter@v1.88.0",
  sum: "h1:c9X6AbOjrcR7/O3bplFrTNuEKTIjDVmovSlMqMh7rXw=",
  ldflags: "-X main.BuildVersion=v1.88.0",
};
const minioFlags = { module: "minio", ldflags: "-checklinkname=0" };
const unstamped = "its programs and metrics tell the version, but no revision, branch and build date";
const exampleless = "no example of a configuration: containers must name theirs, as the platform's do";
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
  "quay.io/strimzi/kafka:1.2.0-kafka-4.3.1": {
    folder: "kafka",
    base: "jdk21",
    downloads: {
      kafka: { pom: "kafka/pom.xml", sha256: "2834a0787b136f4cde9c3ac910f9d6133edcfb0823a7b212471eeb7cfc38961a" },
      agent: {
        maven: "io.prometheus.jmx:jmx_prometheus_javaagent:1.0.1",
        sha256: "7d61f737fd661610ccc14aea79764faa1ea94a340cbc8f0029b3d2edea3d80c1",
      },
    },
    contains: [
      { product: "Kafka", version: "4.3.1", from: "Maven" },
      { product: "JMX exporter", version: "1.0.1", from: "Maven" },
      { product: "a program of the sandbox in place of kafka_exporter", version: "1", from: "this repository" },
      { product: "OpenJDK", version: "21.0.13 or newer", from: debian },
    ],
    differences: [
      "the programs in /opt/kafka/bin are one script of the sandbox's own: no -daemon, no KAFKA_DEBUG, no Log4j 1 files; the rarer programs are missing (streams, share groups, trogdor, kafka-server-stop.sh)",
      "of /opt/kafka/config only tools-log4j2.yaml: servers and workers must name their Log4j file, as the platform's do",
      "the JMX exporter has the name of 1.6.0, and refuses what came after 1.0 in its rules",
      "kafka_exporter is the sandbox's own, with Kafka's Java client: it knows the options that the platform gives and refuses all others; of the metrics kafka_brokers, kafka_topic_partitions, kafka_topic_partition_current_offset and those of groups that consume",
      "no Kafka Streams, Cruise Control, nor Strimzi's agents, scripts and libraries (OAuth, tiered storage)",
      "Debian instead of UBI: no FIPS crypto policy",
    ],
  },
  "docker.io/confluentinc/cp-schema-registry:8.2.3": {
    folder: "schema-registry",
    base: "kafka",
    downloads: {
      apicurio: {
        maven: "io.apicurio:apicurio-registry-app:3.3.3:tar.gz:all",
        sha256: "8bc6751c76d963734224b01d5e7f84ccb3cb61c87d3bd77c36c35f10a5cbed63",
      },
    },
    contains: [
      { product: "Apicurio Registry", version: "3.3.3", from: "Maven" },
      { product: "HAProxy", version: "3.0.11 or newer", from: debian },
      { product: "Kafka clients", version: "4.3.1", from: "Maven" },
      { product: "JMX exporter", version: "1.0.1", from: "Maven" },
      { product: "OpenJDK", version: "21.0.13 or newer", from: debian },
    ],
    anotherProduct:
      "Apicurio Registry behind HAProxy speaks the same protocol to clients. It proves the platform's properties for listener, login and Kafka, not Confluent's storage, election and forwarding.",
    differences: [
      "schemas are in a file in /tmp of the pod with ordinal 0, and gone with that pod: then ids begin at 1 again. Of `_schemas` it reads all and understands nothing; the pod with ordinal 0 writes one NOOP record at each start",
      "no election: the pod with ordinal 0 of host.name leads, the others send it all reads and writes over inter.instance.protocol. While it is away they answer 503; any of the real ones would do",
      "schema-registry-start does with Kafka what the real one does at its start (topic with one partition and compacted, read to the end, groups, one record), and refuses to start otherwise. Afterwards nothing depends on Kafka",
      "a missing `_schemas` stops the start; the real one would create it",
      "GET /v1/metadata/version is answered by HAProxy at all times; /v1/metadata/id and /contexts are Apicurio's, as are error texts and what compatibility means in detail. In a subject, an Avro schema that differs from a known one in nothing but `doc` is that one, with its id",
      "HAProxy checks Basic authentication: a user without one of the roles gets 401 and not 403, the body is HTML, and a changed users file counts from the next start. Passwords in it are plain, without apostrophe",
      "properties that it does not know are ignored, among them TLS settings other than ssl.keystore.location and ssl.truststore.location, client certificates, and listeners after the first",
      "of the registry's own metrics only master-slave-role; metrics of the JVM are those of the program that starts Apicurio",
      "the heap options are Apicurio's. In each pod there is HAProxy and a small JVM beside it, and in pods with another ordinal than 0 no Apicurio: memory says nothing about the real one",
      "no entrypoint, no -daemon, no other program of Confluent's",
    ],
  },
  "ghcr.io/kafbat/kafka-ui:v1.5.0": {
    folder: "kafka-ui",
    base: "kafka",
    downloads: {},
    contains: [
      { product: "a program of the sandbox", version: "1", from: "this repository" },
      { product: "Kafka clients", version: "4.3.1", from: "Maven" },
      { product: "OpenJDK", version: "21.0.13 or newer", from: debian },
    ],
    anotherProduct:
      "A small server of the sandbox's own reads the same settings, and with them logs people in and asks Kafka, Schema Registry and Connect. It proves the platform's settings and connections, nothing of Kafka-UI itself.",
    differences: [
      "no user interface: a page for the login, and JSON",
      "reads only: /api/clusters, and of each /topics, /schemas and /connects with the most important fields, always whole and never cached; everything else is 404",
      "of a role's permissions only viewing counts (clusterconfig, topic, schema, connect); patterns of names are not looked at. With the form, the one user has no role: no rbac there",
      "logins are LOGIN_FORM with one user, and OAUTH2 with OpenID Connect where every address and the scope are named: no issuer-uri, no other provider. Nobody can log out",
      "settings that it does not know are ignored, among them audit, metrics and serialisation; nothing is written to the audit topic, and its absence is not seen",
      "one configuration file, of `spring.config.additional-location` or its variable; no settings from other variables",
      "certificates are read once, at the start; keys must be PKCS #8",
      "health is UP as soon as it listens. Of the metrics jvm_memory_*, jvm_threads_live_threads, process_uptime_seconds and http_server_requests_seconds_count by status",
      "Java 21 on Debian instead of Java 25 on Alpine",
    ],
  },
  "sandbox.local/kafka-connect:1.0.0": {
    folder: "kafka-connect",
    base: "kafka",
    downloads: {
      debezium: {
        maven: "io.debezium:debezium-connector-postgres:3.6.1.Final:tar.gz:plugin",
        sha256: "408b00c073b27ddaa7af34684f60fcf5bbf6605de68a8662ec9462f2a88880d2",
      },
      jdbc: {
        maven: "io.debezium:debezium-connector-jdbc:3.6.0.Final:tar.gz:plugin",
        sha256: "c23af8d416f0f801ffb0271b1a8fd9b5360ff8d66b0dd650e066bb56ecfddc05",
      },
      iceberg: {
        pom: "kafka-connect/iceberg/pom.xml",
        sha256: "ccded61c69895226ab25e67e384559b8bd222b0f41f4d4e242d79b3e25d0c061",
      },
      avro: {
        pom: "kafka-connect/avro/pom.xml",
        sha256: "3c7603b40c11fe03f3624659a79744c6ca82b45456b7d9d042fa0d7416695579",
      },
    },
    contains: [
      { product: "Kafka Connect", version: "4.3.1", from: "Maven" },
      { product: "Debezium PostgreSQL", version: "3.6.1.Final", from: "Maven" },
      { product: "Debezium JDBC", version: "3.6.0.Final", from: "Maven" },
      { product: "Iceberg sink", version: "1.11.0", from: "Maven" },
      { product: "Avro converter", version: "Apicurio 2.6.13.Final's mapping", from: "Maven" },
    ],
    differences: [
      "io.confluent.connect.avro.AvroConverter is the sandbox's own: Confluent's property names, wire format and registry calls over Apicurio's mapping; only topic names as subjects, PEM trust stores, no schema references and no use.latest.version",
      "no ClickHouse sink",
      "S3 uploads carry no checksum of the SDK's own unless the request needs one (two variables in the image): the sandbox's MinIO refuses them",
      "all that differs in the kafka image",
    ],
  },
  "sandbox.local/spark:4.0.4": {
    folder: "spark",
    base: "jdk21",
    downloads: {
      spark: {
        pypi: "pyspark==4.0.4",
        sha256: "7e119366364d48e3cda1b1efd1ebc6cd672949500667c9cabbeef858daba700f",
        source: true,
      },
      jars: { pom: "spark/pom.xml", sha256: "0f08228a87ccfc14d83586249cd86f002ae99d185c5ae14bb8cfba64d878b63b" },
      wheels: {
        requirements: "../../images/spark/requirements.txt",
        sha256: "c17d9342a15f1f2001838ed7996ba5508033896ca1243abaa5491c6722762cb9",
      },
    },
    contains: [
      { product: "Spark", version: "4.0.4", from: "PyPI" },
      { product: "Iceberg", version: "1.11.0", from: "Maven" },
      { product: "S3A", version: "3.4.1", from: "Maven" },
      { product: "Python", version: "3.13.5 or newer", from: debian },
      { product: "OpenJDK", version: "21.0.13 or newer", from: debian },
    ],
    differences: [
      "Python 3.13 instead of 3.12: clients whose functions run on it need that",
      "S3 uploads carry no checksum of the SDK's own unless the request needs one (two variables in the image), and S3A deletes objects one by one (`core-site.xml` in a jar): the sandbox's MinIO refuses anything else. It also refuses what Iceberg deletes by itself, as `DROP TABLE … PURGE` does",
      "Debian instead of UBI: no FIPS crypto policy",
    ],
  },
  "docker.io/library/haproxy:3.2.19-alpine": {
    folder: "haproxy",
    base: "trixie",
    downloads: {},
    contains: [{ product: "HAProxy", version: "3.0.11 or newer", from: debian }],
    differences: [
      "keywords that came after 3.0 stop the start",
      "Debian instead of Alpine: OpenSSL of the distribution, and GNU programs beside it",
      "no entrypoint: containers must name their command, as the platform's do",
    ],
  },
  "sandbox.local/flink:1.0.0": {
    folder: "flink",
    base: "jdk21",
    downloads: {
      libraries: {
        pypi: "apache-flink-libraries==2.1.3",
        sha256: "b48d3944755b9303f99d205ea1a9bcb798fc563a872c782393fb466f16d4f91c",
        source: true,
      },
      scripts: {
        pypi: "apache-flink==2.1.3",
        sha256: "88a6d7443297102f63f7d575367b6710912dcb4283a04f9141f83e54a1e25f09",
      },
      gateway: {
        maven: "org.apache.flink:flink-sql-gateway:2.1.3",
        sha256: "ac677252fe6fe9dd32cc14c4aea16a2e36a8306469d61fcfdb57f45610bbb215",
      },
      presto: {
        maven: "org.apache.flink:flink-s3-fs-presto:2.0.0",
        sha256: "c9c2adaae4115cc80616ee68b024f335a1f60966c6df964b015eabf3a38256d3",
      },
      jars: { pom: "flink/pom.xml", sha256: "492d8daf784afc9dd6790fc140c5fa6e6ce3123ddff9893a5eb419b6c28c00b9" },
    },
    contains: [
      { product: "Flink", version: "2.1.3", from: "PyPI" },
      { product: "SQL gateway", version: "2.1.3", from: "Maven" },
      { product: "S3 plugin (Presto)", version: "2.0.0", from: "Maven" },
      { product: "Kafka connector", version: "5.0.0-2.2", from: "Maven" },
      { product: "Iceberg", version: "1.11.0", from: "Maven" },
      { product: "OpenJDK", version: "21.0.13 or newer", from: debian },
    ],
    differences: [
      "the S3 plugin is of Flink 2.0.0: settings of it that came after are ignored",
      "Java 21 on Debian instead of Java 17 on Ubuntu, and no entrypoint: containers must name their command, as the platform's do",
      "no PyFlink, no examples, no metric reporters but Prometheus', and of /opt/flink/opt only the SQL client and gateway",
      "S3 uploads carry no checksum of the SDK's own unless the request needs one (two variables in the image): the sandbox's MinIO refuses them, as it does what Iceberg deletes by itself",
    ],
  },
  "sandbox.local/dbt:1.11.14": {
    folder: "dbt",
    base: "trixie",
    downloads: {
      wheels: {
        requirements: "../../images/dbt/requirements.txt",
        sha256: "09f25d814e3b054b8963e591b0fa81e7d9197a4723edf7ab5126b744c2ff1e4c",
      },
    },
    contains: [
      { product: "dbt-core", version: "1.11.14", from: "PyPI" },
      { product: "dbt-trino", version: "1.10.2", from: "PyPI" },
      { product: "dbt-clickhouse", version: "1.10.1", from: "PyPI" },
      { product: "dbt-postgres", version: "1.10.2", from: "PyPI" },
      { product: "Python", version: "3.13", from: debian },
    ],
    differences: [
      "Debian and Python 3.13 instead of UBI and Python 3.12; the packages are those of the platform's own image, by the same file",
      "none of the base's tools but git: no compilers, no httpd",
      "S3 uploads carry no checksum of the SDK's own unless the request needs one (two variables in the image): the sandbox's MinIO refuses them",
    ],
  },
  "quay.io/nginx/nginx-unprivileged:1.30.4-alpine-slim": {
    folder: "nginx",
    base: "trixie",
    downloads: {},
    contains: [{ product: "nginx", version: "1.26.3 or newer", from: debian }],
    differences: [
      "directives that came after 1.26 stop the start",
      "Debian instead of Alpine: modules are Debian's, and there are more programs",
      "no entrypoint and no configuration for arbitrary users: containers must name theirs, as the platform's do",
    ],
  },
  "docker.io/library/redis:8.8.2-alpine": {
    folder: "redis",
    base: "trixie",
    downloads: {},
    contains: [{ product: "Redis and Sentinel", version: "8.0.2 or newer", from: debian }],
    differences: [
      "directives and commands that came after 8.0 are refused",
      "no bundled modules (search, JSON, time series, probabilistic types)",
      "Debian instead of Alpine: scripts find GNU programs and bash, and not BusyBox",
      "no entrypoint: it would only drop root and load the modules",
    ],
  },
  "quay.io/oliver006/redis_exporter:v1.88.0": {
    folder: "redis-exporter",
    base: "busybox",
    downloads: { redis_exporter: { go: redisExporter } },
    contains: [{ product: "redis_exporter", version: "1.88.0", from: "Go module" }],
    differences: ["it tells its version, but no revision and build date", "BusyBox instead of nothing but the program"],
  },
  "quay.io/keycloak/keycloak:26.8.0": {
    folder: "keycloak",
    base: "jdk21",
    downloads: {
      keycloak: {
        maven: "org.keycloak:keycloak-quarkus-dist:26.7.3:tar.gz",
        sha256: "77657f30b7e90d70f727712ce1c967f430fd6a5e9f458d32d8c6df0635345f47",
      },
    },
    contains: [
      { product: "Keycloak", version: "26.7.3", from: "Maven" },
      { product: "OpenJDK", version: "21.0.13 or newer", from: debian },
    ],
    differences: [
      "options and realm settings that came with 26.8 stop the start or are ignored",
      "Debian instead of UBI micro: no FIPS crypto policy, more programs than bash and coreutils",
    ],
  },
  "quay.io/prometheus/prometheus:v3.13.2": {
    folder: "prometheus",
    base: "busybox",
    downloads: {
      prometheus: { go: { ...prometheus, pkg: "./cmd/prometheus" } },
      promtool: { go: { ...prometheus, pkg: "./cmd/promtool" } },
    },
    contains: [{ product: "Prometheus and promtool", version: "3.13.2", from: "Go module" }],
    differences: [
      "no user interface: its pages answer with an error; the API and everything else are there",
      unstamped,
      exampleless,
    ],
  },
  "quay.io/prometheus/alertmanager:v0.33.1": {
    folder: "alertmanager",
    base: "busybox",
    downloads: {
      alertmanager: {
        go: { ...alertmanager, pkg: "./cmd/alertmanager", placeholders: ["ui/app/dist/index.html"] },
      },
      amtool: { go: { ...alertmanager, pkg: "./cmd/amtool" } },
    },
    contains: [{ product: "Alertmanager and amtool", version: "0.33.1", from: "Go module" }],
    differences: [
      "no user interface: its page is not found; the API and everything else are there",
      unstamped,
      exampleless,
    ],
  },
  "quay.io/thanos/thanos:v0.42.4": {
    folder: "thanos",
    base: "busybox",
    downloads: { thanos: { go: { ...thanos, pkg: "./cmd/thanos", tags: "slicelabels" } } },
    contains: [{ product: "Thanos", version: "0.42.4", from: "Go module" }],
    differences: [unstamped, "the user with ID 1001 has no name"],
  },
  "registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.20.0": {
    folder: "kube-state-metrics",
    base: "busybox",
    downloads: { "kube-state-metrics": { go: kubeStateMetrics } },
    contains: [{ product: "kube-state-metrics", version: "2.20.0", from: "Go module" }],
    differences: [unstamped],
  },
  "quay.io/prometheus/blackbox-exporter:v0.28.0": {
    folder: "blackbox-exporter",
    base: "busybox",
    downloads: { blackbox_exporter: { go: blackboxExporter } },
    contains: [{ product: "Blackbox exporter", version: "0.28.0", from: "Go module" }],
    differences: [unstamped, exampleless],
  },
};

/** A product of which no program can be had where images cannot be pulled, nor another that speaks for it. */
export interface Unavailable {
  /** Why it cannot be had. */
  readonly reason: string;
  /** How its configuration is checked instead. */
  readonly instead: string;
}

/** Those that the sandbox does not run, by the exact name of their image. */
export const unavailable: Readonly<Record<string, Unavailable>> = {
  "docker.io/grafana/loki:3.7.6": {
    reason: "Loki is under the AGPL: its published image may be run, but no program of it is built here",
    instead:
      "every key of its configuration is compared, with its type, with the reference of 3.7.6; LogQL is parsed by Grafana's grammar, and alerts on logs are tried on lines",
  },
  "docker.io/grafana/alloy:v1.18.1": {
    reason: "a build of Alloy needs Loki's module, which is under the AGPL",
    instead:
      "its own parser reads its configuration, every block and argument is compared with the reference of 1.18.1, and its stages are acted out on lines of every service",
  },
  "docker.io/grafana/grafana:12.4.10": {
    reason: "Grafana is under the AGPL: its server is in no package registry that the sandbox builds from",
    instead:
      "dashboards by the schema of its version (@grafana/schema), every query of theirs by promtool and against the live Prometheus of the other services (scripts/panels.ts), settings against a list of those that Grafana has, the way of its login and its data sources by their wiring",
  },
  "registry.access.redhat.com/ubi9/python-312:9.7-1778000623": {
    reason: "a base of images that the cluster builds; the sandbox has stand-ins of these instead",
    instead: "what is installed on it is installed in the stand-in, from the same file with checksums",
  },
  "docker.io/library/clickhouse:26.3.20.7": {
    reason: "no package registry has ClickHouse's server or Keeper; Debian's is of 2018",
    instead:
      "the engine of the same line (chDB 26.3) reads the server's and the users' files, judges what each user may do, and parses every statement of the Jobs (`tests/unit/clickhouse*`); what it does not list, and all of Keeper's file, is checked against a table with sources; Keeper's majority by arithmetic. Not proven: TLS, replication, Keeper, that a backup can be restored",
  },
};
