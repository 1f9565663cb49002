import * as pulumi from "@pulumi/pulumi";
import { authorityMount, certificate } from "../core/certificates";
import { password } from "../core/credentials";
import { type JavaTrust, javaTrust } from "../core/java";
import { datedEntries } from "../core/logs";
import { serviceHost, serviceNames } from "../core/names";
import type { Platform } from "../core/platform";
import type { ContainerSpec } from "../core/pods";
import type { Size } from "../core/profiles";
import { type Account, type Handle, onDemand, Service } from "../core/service";
import { type EnvValue, filesFrom, keyOf, type Mount, podField, type Source, scratch } from "../core/sources";
import { deployment, type Workload } from "../core/workload";
import type { Keycloak } from "../infrastructure/keycloak";
import { route } from "../networking/routes";
import type { Bucket, Minio } from "../storage/minio";
import type { IcebergCatalog, Nessie } from "./nessie";
import { accessControl, accessRules, administrator, type ServiceUser } from "./trino/access";
import { alerts } from "./trino/alerts";
import * as config from "./trino/config";
import { panels } from "./trino/panels";
import { type SingleSignOn, singleSignOn } from "./trino/single-sign-on";

/**
 * Trino: SQL over the lakehouse, catalog `iceberg` (through Nessie) and the generated `tpch`.
 *
 * ha: 1 coordinator (Trino has no second one; it is back within about a minute) and 3 workers, which drain before they
 * stop. Queries are run again when a worker is lost; they die with the coordinator, so clients retry.
 * standalone: the coordinator does the work too.
 *
 * With Keycloak, people log in there, and what they may do follows from their groups (`trino/access.ts`).
 *
 * Ports: 8443 clients inside the cluster (TLS, user and password), 8080 nodes among themselves and the router (Route `trino`).
 */

/** A user of Trino, who may read and write the lakehouse. */
export interface TrinoAccess extends Handle {
  /** Certificate of the platform's authority. */
  readonly url: string;
  /** Secret in the owner's namespace: `username`, `password`. */
  readonly credentials: Source;
}

type Role = "coordinator" | "worker";

const { http, https } = config.ports;
/** Native libraries are unpacked here. */
const tmp = scratch("tmp", "/tmp", "1Gi");

export class Trino extends Service {
  static readonly service = "trino";
  private readonly image: string;
  private readonly trust: JavaTrust;
  private readonly account: Account;
  private readonly nodeSecret: Source;
  private readonly catalogs: Source;
  private readonly catalog: IcebergCatalog;
  private readonly exchange: Bucket | undefined;
  private readonly sso: SingleSignOn | undefined;
  private readonly uses: readonly (Handle | undefined)[];
  private readonly keys: Readonly<Record<string, EnvValue>>;
  private readonly clients: (ServiceUser & { readonly hash: pulumi.Output<string> })[] = [];
  private readonly servers: Workload;

  constructor(
    platform: Platform,
    wiring: { readonly nessie: Nessie; readonly minio: Minio; readonly keycloak?: Keycloak | undefined },
  ) {
    super(platform, Trino.service);
    const size = platform.size("trino-coordinator");
    const worker = platform.size("trino-worker");
    const clustered = worker.replicas > 0;
    this.catalog = wiring.nessie.catalog(this);
    this.image = platform.image("trino");
    this.trust = javaTrust(this, this.image, tmp);
    this.account = this.serviceAccount();
    this.nodeSecret = this.secret("node", "node", { sharedSecret: password(this, "node").result });
    this.exchange = clustered ? wiring.minio.bucket(this, "trino-exchange", { expireDays: 2 }) : undefined;
    this.sso = wiring.keycloak && singleSignOn(this, wiring.keycloak, this.image, this.clients);
    this.uses = [onDemand(this.catalog), this.exchange];
    this.keys = {
      ...bucketKeys("LAKEHOUSE", this.catalog.storage),
      ...(this.exchange ? bucketKeys("EXCHANGE", this.exchange) : {}),
    };
    this.catalogs = this.configMap("catalogs", "node", {
      "iceberg.properties": config.icebergProperties(this.catalog),
      "tpch.properties": config.tpchProperties(),
    });

    this.servers = this.coordinator(size, clustered ? worker : undefined);
    if (clustered) this.workers(worker, this.servers);
    route(this, {
      to: "trino-coordinator",
      port: "http",
      endpoint: { peer: this.servers.peer, port: http },
      // A query's next page may take this long.
      timeout: "5m",
    });
    this.alert(alerts(worker.replicas));
    this.show(panels(worker.replicas));
    this.registerOutputs({});
  }

  /**
   * A user for a service, of the service's name.
   * @param rights what it may, where that is not to read and write the whole lakehouse in its own name
   */
  access(owner: Service, rights: Omit<ServiceUser, "name"> = {}): TrinoAccess {
    const name = owner.service;
    const { result, bcryptHash } = password(this, `user-${name}`);
    this.clients.push({ name, hash: bcryptHash, ...rights });
    return {
      reaches: [{ peer: this.servers.peer, port: https }],
      // Trino starts without its catalog; a query does not.
      ready: [this.servers.resource, ...this.catalog.ready],
      url: `https://${serviceHost("trino", this.namespace)}:${https}`,
      credentials: owner.secret("trino", "access", { username: name, password: result }),
    };
  }

  /** @param worker size and number of the workers; absent when the coordinator works itself */
  private coordinator(size: Size, worker: Size | undefined): Workload {
    const names = ["trino-coordinator", "trino"].flatMap((name) => serviceNames(name, this.namespace));
    const tls = certificate(this, "tls", "trino", [...names, "localhost"]);
    const coordinator = deployment(this, {
      name: "trino-coordinator",
      component: "coordinator",
      account: this.account,
      size,
      uses: [...this.uses, ...(this.sso?.uses ?? [])],
      // Two coordinators would split the cluster between them.
      replace: true,
      init: [this.trust.init, ...(this.sso ? [this.sso.init] : [])],
      containers: [
        {
          ...this.node("coordinator", size, {
            files: {
              "config.properties": config.coordinatorProperties(size, worker, this.sso?.properties),
              "password-authenticator.properties": config.passwordAuthenticator(),
              ...this.sso?.files,
            },
            env: this.sso?.env,
            mounts: [
              filesFrom(tls, "/etc/trino-tls", { "server.pem": "server.pem" }),
              filesFrom(this.users(), "/etc/trino-auth"),
              ...(this.sso?.mounts ?? []),
            ],
          }),
          ports: { http, https },
        },
        ...(this.sso ? [this.sso.sidecar] : []),
      ],
    });
    this.clusterIp("trino-coordinator", "coordinator", { http, https });
    this.clusterIp("trino", "coordinator", { https });
    return coordinator;
  }

  private workers(size: Size, coordinator: Workload): void {
    const discovery = `http://${serviceHost("trino-coordinator", this.namespace)}:${http}`;
    const workers = deployment(this, {
      name: "trino-worker",
      component: "worker",
      account: this.account,
      size,
      uses: [...this.uses, { reaches: [{ peer: coordinator.peer, port: http }], ready: [] }],
      amongItself: [http],
      // Running queries finish first: twice the server's own grace period, and time in between.
      gracePeriod: 600,
      init: [this.trust.init],
      containers: [
        {
          ...this.node("worker", size, {
            files: { "config.properties": config.workerProperties(size, discovery) },
            mounts: [],
          }),
          ports: { http },
          preStop: ["/bin/sh", "-c", config.drainScript],
        },
      ],
    });
    this.platform.flows.allow(coordinator.peer, { peer: workers.peer, port: http });
  }

  /** What coordinator and workers have in common, which is nearly everything. */
  private node(
    role: Role,
    size: Size,
    own: {
      readonly files: Readonly<Record<string, pulumi.Input<string>>>;
      readonly env?: Readonly<Record<string, EnvValue>> | undefined;
      readonly mounts: readonly Mount[];
    },
  ): ContainerSpec {
    const files = {
      "node.properties": config.nodeProperties(this.platform.settings.prefix),
      "jvm.config": config.jvmConfig(size, this.trust),
      "access-control.properties": accessControl(),
      "rules.json": this.platform.whenWired(() => accessRules(this.sso !== undefined, this.clients)),
      ...(this.exchange ? { "exchange-manager.properties": config.exchangeProperties(this.exchange) } : {}),
      ...own.files,
    };
    return {
      name: "trino",
      image: this.image,
      logs: datedEntries,
      command: ["/usr/lib/trino/bin/launcher", "run", "--etc-dir", "/etc/trino", "-Dnode.id=$(POD_NAME)"],
      env: {
        HOME: "/tmp",
        POD_NAME: podField("metadata.name"),
        TRINO_SHARED_SECRET: keyOf(this.nodeSecret, "sharedSecret"),
        ...this.keys,
        ...own.env,
      },
      resources: size,
      mounts: [
        // Never a persistent volume: a launcher.pid that survives a crash stops the next start.
        scratch("data", "/data/trino", "10Gi"),
        tmp,
        filesFrom(this.configMap(role, role, files), "/etc/trino"),
        filesFrom(this.catalogs, config.catalogDirectory),
        authorityMount(this),
        this.trust.mount,
        ...own.mounts,
      ],
      // Thousands of series: half as often as the others.
      metrics: [{ port: "http", interval: 60 }],
      startup: { command: ["/usr/lib/trino/bin/health-check"], period: 5, failures: 60 },
      readiness: { command: ["/usr/lib/trino/bin/health-check"], failures: 6 },
      liveness: { http: "/v1/info", port: "http", failures: 6 },
    };
  }

  /** The administrator's password for people and scripts (Secret `trino-admin`), and the hash of everybody's for Trino. */
  private users(): Source {
    const { result, bcryptHash } = password(this, administrator);
    this.secret(administrator, "access", { username: administrator, password: result });
    return this.secret("passwords", "coordinator", {
      "password.db": this.platform.whenWired(() =>
        pulumi
          .all([{ name: administrator, hash: bcryptHash }, ...this.clients])
          .apply((users) => users.map(({ name, hash }) => `${name}:${hash}\n`).join("")),
      ),
    });
  }
}

const bucketKeys = (variable: string, { credentials }: Bucket): Record<string, EnvValue> => ({
  [`TRINO_${variable}_KEY`]: keyOf(credentials, "accessKey"),
  [`TRINO_${variable}_SECRET`]: keyOf(credentials, "secretKey"),
});
