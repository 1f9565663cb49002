import type * as pulumi from "@pulumi/pulumi";
import { authorityFile, authorityMount, certificate } from "../core/certificates";
import { password } from "../core/credentials";
import { plainLines } from "../core/logs";
import { selectorLabels, serviceHost, serviceNames } from "../core/names";
import type { Platform } from "../core/platform";
import { jobSize } from "../core/profiles";
import { type Account, type Handle, onDemand, Service } from "../core/service";
import type { SourceTable } from "../core/settings";
import { claim, type EnvValue, filesFrom, keyOf, type Mount, podField, type Source, scratch } from "../core/sources";
import { statefulSet, type Workload } from "../core/workload";
import type { Minio } from "./minio";
import { alerts } from "./postgresql/alerts";
import { backupJobs, backupServer, repositoryEnv } from "./postgresql/backup";
import { type ChangeStream, reader, slots } from "./postgresql/changes";
import { exporter, exporterRole, exporterScript } from "./postgresql/exporter";
import { panels } from "./postgresql/panels";
import { dataDirectory, patroniConfig, serverLogs } from "./postgresql/patroni";
import { podConfig } from "./postgresql/pgbackrest";
import { provision, type Servers } from "./postgresql/provision";
import { databaseScript, nssEnv, prepareScript } from "./postgresql/scripts";

/**
 * PostgreSQL 17 under Patroni, which elects the primary through the Kubernetes API and writes the Endpoints of Service
 * `postgresql`: clients always reach the primary there, over TLS.
 *
 * ha: 3 members, one synchronous standby: no acknowledged commit is lost when one dies; a client writes again within
 * 30 s, or 40 s when the primary's node is lost (docs/DRILLS.md).
 * standalone: 1 member, same image and layout; it grows to ha without moving data.
 *
 * With MinIO: continuous archiving and daily backups through pgBackRest into bucket `postgres-backup`.
 * Ports: 5432 SQL and replication, 8008 Patroni, 8432 pgBackRest, 9187 metrics.
 */

/** A database and the role of the same name that owns it. */
export interface Database extends Handle {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  /** With certificate and host verified against `core/certificates.authorityFile`, which the client must mount. */
  readonly jdbcUrl: string;
  /** Secret in the owner's namespace: `username`, `password`. */
  readonly credentials: Source;
}

const ports = { postgresql: 5432, patroni: 8008 };
const members = "postgresql-pods";
const tmp = scratch("tmp", "/tmp", "256Mi");

export class Postgresql extends Service {
  static readonly service = "postgresql";
  private readonly account: Account;
  private readonly image: string;
  private readonly superuser: Source;
  private readonly restapi: Source;
  private readonly servers: Workload;
  private readonly readers: ChangeStream[] = [];
  /** The Job of all slots. It is there once everything is wired, so who reads changes is made late as well. */
  private readonly slotsMade: pulumi.Resource[] = [];

  constructor(platform: Platform, wiring: { readonly minio?: Minio | undefined }) {
    super(platform, Postgresql.service);
    const size = platform.size("postgresql");
    this.image = platform.image("postgresql");
    const backups = wiring.minio?.bucket(this, "postgres-backup");
    // Patroni keeps leader lock, configuration and sync state in Endpoints, and labels its pods by role.
    this.account = this.serviceAccount({
      stateful: true,
      rules: [
        { apiGroups: [""], resources: ["endpoints"], verbs: ["create", "get", "list", "patch", "update", "watch"] },
        // OpenShift refuses pod addresses in Endpoints without this (RestrictedEndpointsAdmission).
        { apiGroups: [""], resources: ["endpoints/restricted"], verbs: ["create"] },
        { apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "patch", "update", "watch"] },
      ],
    });
    this.superuser = this.role("superuser", "postgres");
    this.restapi = this.role("restapi", "patroni");
    const monitor = this.role("exporter", exporterRole);
    const tls = certificate(this, "tls", "postgresql", [
      ...serviceNames("postgresql", this.namespace),
      `*.${serviceHost(members, this.namespace)}`,
      "localhost",
    ]);
    const labels = selectorLabels(platform.settings.prefix, this.service, "server");
    const config = this.configMap("config", "server", {
      "patroni.yml": patroniConfig({ mode: platform.mode, size, labels, ports, archive: backups !== undefined }),
      ...(backups ? { "pgbackrest.conf": podConfig(backups) } : {}),
    });

    const shared: readonly Mount[] = [
      claim("data", "/pgdata"),
      tmp,
      filesFrom(config, "/etc/patroni"),
      filesFrom(tls, "/etc/postgresql-tls", { "tls.crt": "tls.crt", "tls.key": "tls.key" }),
      authorityMount(this),
    ];
    const repository = backups ? repositoryEnv(backups, "/etc/patroni/pgbackrest.conf") : {};
    this.servers = statefulSet(this, {
      name: "postgresql",
      component: "server",
      account: this.account,
      size,
      governing: members,
      volume: "data",
      // Patroni stops PostgreSQL cleanly and hands the leader lock over.
      gracePeriod: 120,
      podLabels: { "cluster-name": "postgresql" },
      // Log waits on the members' disks until the bucket and its stanza are there.
      uses: [onDemand(backups)],
      apiServer: true,
      amongItself: size.replicas > 1 ? [ports.postgresql, ports.patroni] : [],
      init: [
        {
          name: "prepare",
          image: this.image,
          logs: plainLines,
          command: ["/bin/sh", "-ec", prepareScript],
          resources: jobSize,
          mounts: [claim("data", "/pgdata"), tmp],
        },
      ],
      containers: [
        {
          name: "postgresql",
          image: this.image,
          logs: serverLogs,
          command: ["patroni", "/etc/patroni/patroni.yml"],
          env: { ...nssEnv, ...this.patroniEnv(), ...repository },
          ports,
          metrics: [{ port: "patroni" }],
          resources: size,
          mounts: [...shared, scratch("shm", "/dev/shm", "256Mi", "Memory")],
          startup: { http: "/liveness", port: "patroni", period: 5, failures: 120 },
          readiness: { http: "/readiness", port: "patroni" },
          liveness: { http: "/liveness", port: "patroni" },
        },
        ...(backups ? [backupServer(this.image, shared, repository)] : []),
        exporter(platform.image("postgres-exporter"), monitor, authorityMount(this)),
      ],
    });
    provision(this, this.provisioning(), {
      part: "provision-exporter",
      script: exporterScript,
      env: {},
      mounts: [filesFrom(monitor, "/etc/credentials", { password: "password" })],
    });

    // No selector: Patroni writes the Endpoints. The second keeps Patroni's configuration from being collected.
    this.clusterIp("postgresql", "server", { postgresql: ports.postgresql }, { selector: null });
    this.clusterIp("postgresql-config", "server", {}, { selector: null, headless: true });
    this.clusterIp(members, "server", ports, { headless: true });
    if (backups) {
      const hosts = Array.from(
        { length: size.replicas },
        (_, i) => `postgresql-${i}.${serviceHost(members, this.namespace)}`,
      );
      backupJobs(this, {
        account: this.account,
        image: this.image,
        tmp,
        bucket: backups,
        servers: this.servers,
        hosts,
      });
    }
    this.alert(alerts(size.replicas, backups !== undefined));
    this.show(panels(size.replicas));
    platform.onceWired(() => this.slots());
    this.registerOutputs({});
  }

  /**
   * A database for a service, owned by a role of the same name.
   * @param connectionLimit connections the role may hold open; default 50
   */
  database(owner: Service, database: string, connectionLimit = 50): Database {
    const keys = { username: database, password: password(this, database).result };
    const here = this.secret(`database-${database}`, "provision", keys);
    const made = provision(this, this.provisioning(), {
      part: `provision-${database}`,
      script: databaseScript,
      env: { DATABASE: database, CONNECTION_LIMIT: `${connectionLimit}` },
      mounts: [filesFrom(here, "/etc/credentials")],
    });
    return {
      ...this.access(made),
      ...this.address,
      database,
      jdbcUrl: `jdbc:postgresql://${this.address.host}:${this.address.port}/${database}?sslmode=verify-full&sslrootcert=${authorityFile}&targetServerType=primary`,
      credentials: owner.secret(`database-${database}`, "access", keys),
    };
  }

  /**
   * A reader of tables of one database, and of all changes of their rows. The tables must be there: the Job that makes
   * the reader says which one is not. It is ready when its slot is, hence only for what is made `onceWired`.
   */
  changes(owner: Service, database: string, tables: readonly SourceTable[]): ChangeStream {
    const stream = { ...reader(this, this.provisioning(), owner, database, tables), ...this.address };
    this.readers.push(stream);
    return { ...stream, ready: this.slotsMade };
  }

  /** The readers' slots, once all readers are known. */
  private slots(): void {
    const made = slots(this, this.provisioning(), this.readers, {
      access: this.access(this.servers, ports.patroni),
      url: `http://${serviceHost(members, this.namespace)}:${ports.patroni}`,
      login: this.restapi,
    });
    this.slotsMade.push(made.resource);
  }

  private get address() {
    return { host: serviceHost("postgresql", this.namespace), port: ports.postgresql };
  }

  private provisioning(): Servers {
    return { account: this.account, image: this.image, tmp, superuser: this.superuser, access: this.access() };
  }

  private access(after: Workload = this.servers, port = ports.postgresql): Handle {
    return { reaches: [{ peer: this.servers.peer, port }], ready: [after.resource] };
  }

  /** A role of the platform's own, in Secret `postgresql-<part>`. */
  private role(part: string, username: string): Source {
    return this.secret(part, "server", { username, password: password(this, part).result });
  }

  /** Patroni reads names and passwords from its environment only. */
  private patroniEnv(): Record<string, EnvValue> {
    const address = `$(PATRONI_NAME).${serviceHost(members, this.namespace)}`;
    const login = (variable: string, role: Source): Record<string, EnvValue> => ({
      [`PATRONI_${variable}_USERNAME`]: keyOf(role, "username"),
      [`PATRONI_${variable}_PASSWORD`]: keyOf(role, "password"),
    });
    const database = (variable: string, role: Source): Record<string, EnvValue> => ({
      ...login(variable, role),
      [`PATRONI_${variable}_SSLMODE`]: "verify-full",
      [`PATRONI_${variable}_SSLROOTCERT`]: authorityFile,
    });
    return {
      PATRONI_NAME: podField("metadata.name"),
      PATRONI_KUBERNETES_NAMESPACE: podField("metadata.namespace"),
      PATRONI_KUBERNETES_POD_IP: podField("status.podIP"),
      PATRONI_POSTGRESQL_CONNECT_ADDRESS: `${address}:${ports.postgresql}`,
      // By address: with the primary's node, a part of the cluster's DNS may be lost, which an election must not wait for.
      PATRONI_RESTAPI_CONNECT_ADDRESS: `$(PATRONI_KUBERNETES_POD_IP):${ports.patroni}`,
      ...database("SUPERUSER", this.superuser),
      ...database("REPLICATION", this.role("replicator", "replicator")),
      ...database("REWIND", this.role("rewinder", "rewinder")),
      ...login("RESTAPI", this.restapi),
      PATRONICTL_CONFIG_FILE: "/etc/patroni/patroni.yml",
      PGDATA: dataDirectory,
      PGHOST: "/tmp",
      HOME: "/tmp",
      LC_ALL: "C.UTF-8",
    };
  }
}
