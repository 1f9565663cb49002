import { authorityMount, certificate } from "../core/certificates";
import { password } from "../core/credentials";
import { properties } from "../core/formats";
import { javaTrust } from "../core/java";
import { datedEntries } from "../core/logs";
import { serviceHost, serviceNames } from "../core/names";
import type { Platform } from "../core/platform";
import { type Handle, Service } from "../core/service";
import { type EnvValue, filesFrom, keyOf, type Source, scratch } from "../core/sources";
import { deployment, type Workload } from "../core/workload";
import type { Bucket, Minio } from "../storage/minio";
import type { Database, Postgresql } from "../storage/postgresql";
import { alerts } from "./nessie/alerts";
import { panels } from "./nessie/panels";

/**
 * Nessie: the versioned Iceberg catalog. Engines speak Iceberg REST to it and read and write the lakehouse bucket each
 * with a key of its own (ADR 0012 says why Nessie does not vend any).
 *
 * ha: 3 stateless replicas over PostgreSQL that tell each other which cached references are stale.
 * standalone: 1 replica, same tables.
 *
 * Ports: 19120 API and Iceberg REST (TLS), 9000 health, metrics and cache invalidation (plain, fenced by NetworkPolicy).
 */

/** The Iceberg catalog: its REST API, and the bucket of its tables with a key of the engine's own. */
export interface IcebergCatalog extends Handle {
  readonly uri: string;
  readonly storage: Bucket;
}

const ports = { https: 19120, management: 9000 };
const management = "nessie-mgmt";
const warehouse = "lakehouse";
const tmp = scratch("tmp", "/tmp", "256Mi");

export class Nessie extends Service {
  static readonly service = "nessie";
  private readonly servers: Workload;

  constructor(
    platform: Platform,
    private readonly wiring: { readonly postgresql: Postgresql; readonly minio: Minio },
  ) {
    super(platform, Nessie.service);
    const size = platform.size("nessie");
    const image = platform.image("nessie");
    const poolSize = 15;
    const database = wiring.postgresql.database(this, "nessie", (size.replicas + 1) * poolSize);
    const bucket = wiring.minio.bucket(this, warehouse);
    const clustered = size.replicas > 1;

    const trust = javaTrust(this, image, tmp);
    const tls = certificate(this, "tls", "nessie", [...serviceNames("nessie", this.namespace), "localhost"]);
    const config = this.configMap("config", "server", {
      "application.properties": properties({
        ...store(database, poolSize),
        ...catalog(bucket, trust.path),
        ...server(),
        ...(clustered ? cacheInvalidation(this.namespace) : {}),
      }),
    });
    const trustSecret = this.secret("truststore", "server", { password: trust.password });
    const invalidation =
      clustered && this.secret("invalidation", "server", { token: password(this, "invalidation").result });

    this.servers = deployment(this, {
      name: "nessie",
      component: "server",
      account: this.serviceAccount(),
      size,
      uses: [database, bucket],
      amongItself: clustered ? [ports.management] : [],
      init: [trust.init],
      containers: [
        {
          name: "nessie",
          image,
          logs: datedEntries,
          // Not the image's run-java.sh, which an arbitrary user may not execute; it would also set this directory.
          workingDir: "/deployments",
          command: ["java"],
          args: [
            "-XX:MaxRAMPercentage=70",
            "-XX:+ExitOnOutOfMemoryError",
            "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
            ...trust.options,
            "-jar",
            "/deployments/quarkus-run.jar",
          ],
          // Exact property names: Nessie looks secrets up as a map of names, where upper-case forms are not found.
          env: {
            HOME: "/tmp",
            "quarkus.datasource.postgresql.username": keyOf(database.credentials, "username"),
            "quarkus.datasource.postgresql.password": keyOf(database.credentials, "password"),
            "nessie-catalog-secrets.s3.name": keyOf(bucket.credentials, "accessKey"),
            "nessie-catalog-secrets.s3.secret": keyOf(bucket.credentials, "secretKey"),
            "nessie-catalog-secrets.truststore.key": keyOf(trustSecret, "password"),
            ...invalidationToken(invalidation),
          },
          ports,
          metrics: [{ port: "management", path: "/q/metrics" }],
          resources: size,
          mounts: [
            tmp,
            filesFrom(config, "/deployments/config"),
            filesFrom(tls, "/etc/nessie-tls", { "tls.crt": "tls.crt", "tls.key": "tls.key" }),
            authorityMount(this),
            trust.mount,
          ],
          startup: { http: "/q/health/started", port: "management", period: 5, failures: 60 },
          readiness: { http: "/q/health/ready", port: "management", timeout: 10 },
          liveness: { http: "/q/health/live", port: "management", timeout: 10 },
        },
      ],
    });
    this.clusterIp("nessie", "server", { https: ports.https });
    this.clusterIp(management, "server", { management: ports.management }, { headless: true });
    this.alert(alerts);
    this.show(panels);
    this.registerOutputs({});
  }

  /** The Iceberg REST catalog for an engine. */
  catalog(engine: Service): IcebergCatalog {
    const storage = this.wiring.minio.bucket(engine, warehouse);
    return {
      reaches: [{ peer: this.servers.peer, port: ports.https }, ...storage.reaches],
      ready: [this.servers.resource, ...storage.ready],
      uri: `https://${serviceHost("nessie", this.namespace)}:${ports.https}/iceberg`,
      storage,
    };
  }
}

const store = (database: Database, poolSize: number) => ({
  "nessie.version.store.type": "JDBC2",
  "nessie.version.store.persist.jdbc.datasource": "postgresql",
  "nessie.version.store.persist.cache-capacity-fraction-of-heap": 0.5,
  // A database on a lost node answers nothing at all: no query here takes as long as this.
  "quarkus.datasource.postgresql.jdbc.url": `${database.jdbcUrl}&connectTimeout=5&socketTimeout=15&tcpKeepAlive=true`,
  "quarkus.datasource.postgresql.jdbc.min-size": 2,
  "quarkus.datasource.postgresql.jdbc.max-size": poolSize,
  "quarkus.datasource.postgresql.jdbc.max-lifetime": "PT10M",
  // After a failover the pool is full of dead connections: one that lay idle is tried before it is used.
  "quarkus.datasource.postgresql.jdbc.foreground-validation-interval": "PT1S",
});

/** One warehouse; engines get neither credentials nor signed requests. */
function catalog(bucket: Bucket, trustStore: string) {
  const s3 = "nessie.catalog.service.s3.default-options";
  return {
    "nessie.catalog.default-warehouse": warehouse,
    [`nessie.catalog.warehouses.${warehouse}.location`]: `s3://${bucket.bucket}/warehouse`,
    [`${s3}.endpoint`]: bucket.endpoint,
    [`${s3}.region`]: bucket.region,
    [`${s3}.path-style-access`]: true,
    [`${s3}.auth-type`]: "STATIC",
    [`${s3}.access-key`]: "urn:nessie-secret:quarkus:nessie-catalog-secrets.s3",
    [`${s3}.request-signing-enabled`]: false,
    "nessie.catalog.service.s3.trust-store.path": trustStore,
    "nessie.catalog.service.s3.trust-store.type": "PKCS12",
    "nessie.catalog.service.s3.trust-store.password": "urn:nessie-secret:quarkus:nessie-catalog-secrets.truststore",
  };
}

const server = () => ({
  "quarkus.http.ssl-port": ports.https,
  "quarkus.http.insecure-requests": "disabled",
  "quarkus.http.ssl.certificate.files": "/etc/nessie-tls/tls.crt",
  "quarkus.http.ssl.certificate.key-files": "/etc/nessie-tls/tls.key",
  "quarkus.otel.sdk.disabled": true,
  "nessie.metrics.tags.service": "nessie",
  // Off until Keycloak is there: the port is fenced by NetworkPolicy.
  "nessie.server.authentication.enabled": false,
});

const cacheInvalidation = (namespace: string) => ({
  "nessie.version.store.persist.cache-invalidations.service-names": serviceHost(management, namespace),
});

const invalidationToken = (secret: Source | false): Record<string, EnvValue> =>
  secret ? { "nessie.version.store.persist.cache-invalidations.valid-tokens": keyOf(secret, "token") } : {};
