import * as pulumi from "@pulumi/pulumi";
import type { Kafka } from "../control/kafka";
import { authorityMount, certificate } from "../core/certificates";
import { password } from "../core/credentials";
import { serviceHost, serviceNames } from "../core/names";
import type { Platform } from "../core/platform";
import type { Size } from "../core/profiles";
import { type Account, type Handle, onDemand, Service } from "../core/service";
import { claim, type EnvValue, filesFrom, keyOf, podField, rereadFrom, type Source, scratch } from "../core/sources";
import { cronJob, job, statefulSet, type Workload } from "../core/workload";
import type { Minio } from "../storage/minio";
import { alerts } from "./clickhouse/alerts";
import * as config from "./clickhouse/config";
import { keepers } from "./clickhouse/keeper";
import { panels } from "./clickhouse/panels";
import { backupScript, provisionScript } from "./clickhouse/scripts";
import {
  bucketKeys,
  catalogStatements,
  collectionKeys,
  collections,
  kafkaGrants,
  lakehouse,
  type Sources,
} from "./clickhouse/sources";
import { type Asking, queryTask } from "./clickhouse/tasks";
import {
  clientGrants,
  databases,
  type Grant,
  internalGrants,
  type User,
  usersFile,
  versionOf,
} from "./clickhouse/users";
import type { Nessie } from "./nessie";

/**
 * ClickHouse: fast SQL over columns, for dashboards and for what arrives by Kafka.
 *
 * ha: 3 replicas of one shard and 3 Keepers, which keep what the replicas agree on. Any replica reads and writes; the loss
 * of one, and of one Keeper, changes nothing. Replication does not wait: with `insert_quorum = 'auto'` an insert is
 * acknowledged when two have it. Without a majority of the Keepers there are only reads.
 * standalone: 1 replica, 1 Keeper, the same replicated databases: it grows without moving data.
 *
 * Services are users of a file that follows from the wiring, people are made by SQL and kept in Keeper (docs/adr/0025).
 * With MinIO, daily backups go to bucket `clickhouse-backups`; Kafka and the lakehouse can be read by name.
 * Ports: 8443 HTTPS, 9440 native, 9010 between replicas (all TLS), 9363 metrics; Keeper 9281 and 9234 (TLS), 9182 health.
 */

/** A user of ClickHouse, with what was asked for and nothing else. */
export interface ClickHouseAccess extends Handle {
  readonly host: string;
  /** Port of HTTPS. Certificate of the platform's authority. */
  readonly port: number;
  readonly username: string;
  /** Secret in the owner's namespace: `username`, `password`. */
  readonly credentials: Source;
}

const { ports, keeperPorts, headless, paths, logs } = config;
const tmp = scratch("tmp", "/tmp", "1Gi");
/** Backups are kept this long; an increment needs the full backup of its week. */
const backupDays = 35;

export class ClickHouse extends Service {
  static readonly service = "clickhouse";
  private readonly image: string;
  private readonly account: Account;
  private readonly files: Source;
  private readonly users: { readonly user: pulumi.Output<User>; readonly databases: readonly string[] }[] = [];
  private readonly servers: Workload;
  private readonly provisioned: Workload;

  constructor(
    platform: Platform,
    wiring: {
      readonly minio?: Minio | undefined;
      readonly kafka?: Kafka | undefined;
      readonly nessie?: Nessie | undefined;
    },
  ) {
    super(platform, ClickHouse.service);
    const size = platform.size("clickhouse");
    const keeperSize = platform.size("clickhouse-keeper");
    const sources: Sources = {
      backups: wiring.minio?.bucket(this, "clickhouse-backups", { expireDays: backupDays }),
      kafka: wiring.kafka?.user(this, "clickhouse", { acls: kafkaGrants }),
      lakehouse: wiring.nessie?.catalog(this),
    };
    this.image = platform.image("clickhouse");
    this.account = this.serviceAccount();
    const members = config.podHosts("keeper", keeperSize.replicas, this.namespace);
    const servers = config.podHosts("server", size.replicas, this.namespace);
    this.files = this.configMap("config", "server", {
      "config.xml": config.serverConfig({ size, servers, keepers: members, collections: collections(sources) }),
      "client.xml": config.clientFile(),
    });
    // For people: may do everything, also make users. And for the smoke check.
    this.user("admin", "admin", [], this, "admin");
    this.user("check", internalGrants.check, [databases.check], this, "check");

    const keeper = keepers(this, { account: this.account, image: this.image, size: keeperSize, members });
    const users = this.usersSecret(size);
    this.servers = this.replicas(size, users, sources, keeper);
    this.provisioned = this.provision(users, servers, sources);
    if (sources.backups) this.backups();
    this.show(panels(size.replicas, keeperSize.replicas));
    this.alert(alerts(size.replicas, keeperSize.replicas, sources.backups !== undefined));
    this.registerOutputs({});
  }

  /** A user for a service, of the service's name. Databases that are not there are made. */
  access(owner: Service, grants: readonly Grant[]): ClickHouseAccess {
    const made = grants.filter(({ rights }) => rights === "write").map(({ database }) => database);
    return {
      reaches: [{ peer: this.servers.peer, port: ports.https }],
      ready: [this.provisioned.resource],
      host: serviceHost("clickhouse", this.namespace),
      port: ports.https,
      username: owner.service,
      credentials: this.user(owner.service, clientGrants(grants), made, owner, "clickhouse"),
    };
  }

  private replicas(size: Size, users: Source, sources: Sources, keeper: Workload): Workload {
    const tls = certificate(this, "tls", "clickhouse", [
      ...serviceNames("clickhouse", this.namespace),
      `*.${serviceHost(headless.server, this.namespace)}`,
      "localhost",
    ]);
    const ping = { http: "/ping", port: "https", scheme: "HTTPS" } as const;
    const servers = statefulSet(this, {
      name: "clickhouse",
      component: "server",
      account: this.account,
      size,
      governing: headless.server,
      volume: "data",
      // Running queries end, and parts on their way to another replica arrive.
      gracePeriod: 180,
      minReady: 30,
      uses: [
        { reaches: [{ peer: keeper.peer, port: keeperPorts.client }], ready: [keeper.resource] },
        ...Object.values(sources).map(onDemand),
      ],
      amongItself: size.replicas > 1 ? [ports.native, ports.interserver] : [],
      containers: [
        {
          name: "clickhouse",
          logs,
          image: this.image,
          // Not the image's entrypoint, which writes a user into the configuration.
          command: ["clickhouse-server", `--config-file=${paths.config}/config.xml`],
          env: {
            CLICKHOUSE_WATCHDOG_ENABLE: "0",
            POD_NAME: podField("metadata.name"),
            POD_FQDN: `$(POD_NAME).${serviceHost(headless.server, this.namespace)}`,
            ...this.secrets(),
            ...collectionKeys(sources),
          },
          ports,
          metrics: [{ port: "metrics" }],
          resources: size,
          mounts: [
            claim("data", paths.data),
            tmp,
            filesFrom(this.files, paths.config),
            // A new client must not restart the servers of all the others.
            rereadFrom(users, paths.users),
            filesFrom(tls, paths.tls, { "tls.crt": "tls.crt", "tls.key": "tls.key" }),
            authorityMount(this),
          ],
          // Tables are loaded first, and there may be many.
          startup: { ...ping, failures: 90 },
          readiness: ping,
          liveness: { ...ping, period: 15, timeout: 10, failures: 6 },
          // Until no new connections come any more.
          preStop: ["sleep", "10"],
        },
      ],
    });
    // What a client wrote through one connection, it reads through another.
    this.clusterIp("clickhouse", "server", { https: ports.https, native: ports.native }, { sticky: true });
    this.clusterIp(headless.server, "server", ports, { headless: true });
    return servers;
  }

  /** What servers and Keeper know each other by, beside their certificates. */
  private secrets(): Record<string, EnvValue> {
    const secret = this.secret("internal", "server", {
      interserver: password(this, "interserver").result,
      cluster: password(this, "cluster").result,
      keeper: pulumi.interpolate`clickhouse:${password(this, "keeper").result}`,
    });
    return {
      INTERSERVER_PASSWORD: keyOf(secret, "interserver"),
      CLUSTER_SECRET: keyOf(secret, "cluster"),
      KEEPER_IDENTITY: keyOf(secret, "keeper"),
    };
  }

  /** All users, and under `version` how the servers tell that they know them. */
  private usersSecret(size: Size): Source {
    const all = this.platform.whenWired(() => pulumi.all(this.users.map(({ user }) => user)));
    return this.secret("users", "server", {
      "users.xml": all.apply((users) => usersFile(users as readonly User[], size)),
      version: all.apply((users) => versionOf(users as readonly User[])),
    });
  }

  /** Makes the databases on every replica once it knows all users. */
  private provision(users: Source, servers: readonly string[], { lakehouse: catalog }: Sources): Workload {
    const credentials = this.user(
      "provisioner",
      internalGrants.provisioner,
      [databases.analytics],
      this,
      "provisioner",
    );
    const wanted = this.configMap("databases", "provision", {
      databases: this.platform.whenWired(() =>
        [...new Set(this.users.flatMap(({ databases }) => databases))].sort().join(" "),
      ),
    });
    return job(
      this,
      queryTask(this, this.asking, {
        part: "provision",
        script: provisionScript(catalog ? catalogStatements(catalog) : []),
        credentials,
        env: {
          REPLICAS: servers.join(" "),
          VERSION: keyOf(users, "version"),
          DATABASES: keyOf(wanted, "databases"),
          ...(catalog ? bucketKeys(lakehouse, catalog.storage) : {}),
        },
      }),
    );
  }

  private backups(): void {
    const env = { SERVER: serviceHost("clickhouse", this.namespace), LEFT_OUT: databases.check };
    const credentials = this.user("backup", internalGrants.backup, [], this, "backup");
    const task = queryTask(this, this.asking, { part: "backup", script: backupScript, credentials, env });
    cronJob(this, { ...task, schedule: "43 1 * * *" });
  }

  private get asking(): Asking {
    return { account: this.account, image: this.image, files: this.files, servers: this.servers };
  }

  /** Adds a user to the file. @param part of the Secret `<owner>-<part>` with its credentials */
  private user(name: string, grants: User["grants"], made: readonly string[], owner: Service, part: string): Source {
    const { result } = password(this, `user-${name}`);
    this.users.push({ user: result.apply((password) => ({ name, password, grants })), databases: made });
    return owner.secret(part, "access", { username: name, password: result });
  }
}
