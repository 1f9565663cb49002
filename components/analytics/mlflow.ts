import * as pulumi from "@pulumi/pulumi";
import { authorityMount, certificate } from "../core/certificates";
import { password } from "../core/credentials";
import { serviceHost, serviceNames } from "../core/names";
import type { Platform } from "../core/platform";
import type { ContainerSpec, Resources } from "../core/pods";
import type { Size } from "../core/profiles";
import { type Account, Service } from "../core/service";
import { filesFrom, keyOf, type Mount, type Source, scratch } from "../core/sources";
import { cronJob, deployment, job, type Workload } from "../core/workload";
import type { Keycloak } from "../infrastructure/keycloak";
import { route } from "../networking/routes";
import type { Bucket, Minio } from "../storage/minio";
import type { Database, Postgresql } from "../storage/postgresql";
import { alerts } from "./mlflow/alerts";
import { clientEnvironment, clientLogin, login, type MlflowAccess } from "./mlflow/client";
import * as config from "./mlflow/config";
import { callbackPath, door, people, usersFile } from "./mlflow/door";
import { panels } from "./mlflow/panels";
import { healthScript, startScript } from "./mlflow/scripts";

/**
 * MLflow: experiments, runs, models and traces, at `https://mlflow.<domain>`. What is recorded is in PostgreSQL, artifacts
 * are in bucket `mlflow`; clients send and fetch them through MLflow itself and need no key of the bucket.
 *
 * ha: 2 replicas that keep nothing. When one goes, an upload through it is sent again by its client.
 * standalone: 1 replica, the same database and bucket.
 *
 * MLflow knows no users (docs/adr/0029) and listens to its own pod alone. HAProxy beside it is the way in: services have a
 * name and a password; with Keycloak people log in there, through oauth2-proxy in the same pod. The user `admin` (Secret
 * `mlflow-admin`) is for scripts, and for the day without Keycloak.
 *
 * Ports: 8443 clients and browsers (TLS; Route `mlflow`), 9000 health and metrics (plain, fenced by NetworkPolicy), 4180
 * logins (reached through 8443).
 */

interface Wiring {
  readonly postgresql: Postgresql;
  readonly minio: Minio;
  readonly keycloak?: Keycloak | undefined;
}

/** After a deletion, runs and models can be brought back for as long. */
const keepDeleted = "30d";
/** One of MLflow's commands, which loads most of MLflow. */
const commandSize: Size = { replicas: 1, cpu: "50m", memory: "384Mi", cpuLimit: "1", memoryLimit: "1Gi" };

const tmp = (limit: string): Mount => scratch("tmp", "/tmp", limit);
const healthy = { command: ["/bin/bash", "-ec", healthScript] } as const;

export class Mlflow extends Service {
  static readonly service = "mlflow";
  private readonly image: string;
  private readonly account: Account;
  private readonly database: Database;
  private readonly clients: { readonly name: string; readonly password: pulumi.Output<string> }[] = [];
  private readonly servers: Workload;

  constructor(platform: Platform, wiring: Wiring) {
    super(platform, Mlflow.service);
    const size = platform.size("mlflow");
    this.image = platform.image("mlflow");
    this.account = this.serviceAccount();
    this.database = wiring.postgresql.database(this, "mlflow", config.connections(size));
    this.servers = this.server(size, wiring.minio.bucket(this, "mlflow"), wiring.keycloak);
    this.secret("admin", "access", this.client("admin"));
    this.cleanUp();
    this.clusterIp("mlflow", "server", { https: config.ports.https });
    route(this, {
      to: "mlflow",
      port: "https",
      endpoint: { peer: this.servers.peer, port: config.ports.https },
      tls: true,
      // Models that are looked at or fetched in the browser.
      timeout: "10m",
    });
    this.alert(alerts);
    this.show(panels);
    this.registerOutputs({});
  }

  /** A login for a service, of the service's name. */
  access(owner: Service): MlflowAccess {
    return this.reached(owner.secret("mlflow", "access", this.client(owner.service)));
  }

  private reached(credentials: Source): MlflowAccess {
    return {
      reaches: [{ peer: this.servers.peer, port: config.ports.https }],
      ready: [this.servers.resource],
      url: `https://${serviceHost("mlflow", this.namespace)}:${config.ports.https}`,
      credentials,
    };
  }

  /** Lets somebody in. @returns the values of his Secret */
  private client(name: string) {
    const { result } = password(this, `client-${name}`);
    this.clients.push({ name, password: result });
    return login(name, result);
  }

  private server(size: Size, bucket: Bucket, keycloak: Keycloak | undefined): Workload {
    const host = this.platform.host("mlflow");
    // The last one through `oc port-forward`.
    const names = [...serviceNames("mlflow", this.namespace), "localhost"];
    const oidc = keycloak?.client(this, { redirectUris: [`https://${host}${callbackPath}`] });
    // Encrypts what the database holds of keys of model providers.
    const keys = this.secret("keys", "server", { passphrase: password(this, "passphrase").result });
    const users = this.secret("users", "server", {
      "users.cfg": this.platform.whenWired(() => pulumi.all(this.clients).apply(usersFile)),
    });
    const tls = certificate(this, "tls", "mlflow", names);
    return deployment(this, {
      name: "mlflow",
      component: "server",
      account: this.account,
      size,
      gracePeriod: 60,
      uses: [this.database, bucket, oidc, { reaches: [], ready: [this.schema().resource] }],
      containers: [
        {
          ...this.process(
            config.serverArguments(bucket.bucket, config.workersOf(size)),
            {
              ...config.serverEnvironment(
                bucket,
                [host, ...names.map((name) => `${name}:${config.ports.https}`)],
                `https://${host}`,
              ),
              MLFLOW_BACKEND_STORE_URI: config.databaseUri(this.database),
              MLFLOW_CRYPTO_KEK_PASSPHRASE: keyOf(keys, "passphrase"),
            },
            [
              // What is uploaded and fetched lies here on its way.
              tmp("5Gi"),
              scratch("metrics", config.directories.metrics, "64Mi"),
              filesFrom(bucket.credentials, config.directories.bucket),
            ],
            size,
          ),
          name: "mlflow",
          startup: { ...healthy, period: 5, failures: 60 },
          readiness: healthy,
          liveness: { ...healthy, period: 20, failures: 5 },
        },
        door(this, { host, people: oidc !== undefined, users, tls }),
        ...(oidc ? [people(this, host, oidc, this.session())] : []),
      ],
    });
  }

  private session(): Source {
    return this.secret("session", "server", { cookie: password(this, "session").result });
  }

  /** Makes the tables or brings them up to date, which servers are not asked to: two at once would collide. */
  private schema(): Workload {
    const uri = config.databaseUri(this.database);
    return job(this, {
      name: "mlflow-schema",
      component: "schema",
      account: this.account,
      size: commandSize,
      uses: [this.database],
      containers: [
        {
          ...this.process(["mlflow", "db", "upgrade", uri], config.environment, [tmp("256Mi")], commandSize),
          name: "schema",
        },
      ],
    });
  }

  /** Once a week removes for good what was deleted: from the database itself, artifacts through the server. */
  private cleanUp(): void {
    const access = this.reached(this.secret("cleanup", "access", this.client("cleanup")));
    const uri = `--backend-store-uri=${config.databaseUri(this.database)}`;
    cronJob(this, {
      name: "mlflow-cleanup",
      component: "cleanup",
      account: this.account,
      size: commandSize,
      schedule: "41 2 * * 0",
      uses: [this.database, access],
      containers: [
        {
          ...this.process(
            ["mlflow", "gc", `--older-than=${keepDeleted}`, uri],
            { ...config.environment, ...clientEnvironment(access) },
            [tmp("256Mi"), clientLogin(access, config.environment.HOME)],
            commandSize,
          ),
          name: "cleanup",
        },
      ],
    });
  }

  /** A container of MLflow's image with its way to the database. */
  private process(
    run: readonly string[],
    env: NonNullable<ContainerSpec["env"]>,
    mounts: readonly Mount[],
    resources: Resources,
  ): Omit<ContainerSpec, "name"> {
    return {
      image: this.image,
      logs: config.logs,
      command: ["/bin/bash", "-ec", startScript, "start", ...run],
      workingDir: "/tmp",
      env,
      resources,
      mounts: [
        ...mounts,
        scratch("keys", config.directories.keys, "1Mi", "Memory"),
        filesFrom(this.database.credentials, config.directories.database, { password: "password" }),
        authorityMount(this),
      ],
    };
  }
}
