import type { StandIn } from "../standins";
import { debian } from "./debian";

/** Of the services in components/control. */
export const control: Readonly<Record<string, StandIn>> = {
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
};
