import type { StandIn } from "../standins";
import { debian } from "./debian";

/** Of the services in components/data. */
export const data: Readonly<Record<string, StandIn>> = {
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
        python: "3.11", // its scripts and jars; there are none for 3.13
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
};
