import * as pulumi from "@pulumi/pulumi";
import { type BuiltImage, builtImage } from "../core/builds";
import { authorityFile, certificate } from "../core/certificates";
import { password } from "../core/credentials";
import type { JobAccess } from "../core/job-runner";
import { serviceNames } from "../core/names";
import type { Platform } from "../core/platform";
import type { Size } from "../core/profiles";
import { type Account, type Handle, Service } from "../core/service";
import { type EnvValue, filesFrom, type Mount } from "../core/sources";
import { cronJob, deployment, job, type Workload } from "../core/workload";
import type { Dbt } from "../data/dbt";
import type { Trino, TrinoAccess } from "../data/trino";
import type { Keycloak, OidcClient } from "../infrastructure/keycloak";
import type { Redis, RedisAccess } from "../infrastructure/redis";
import { route } from "../networking/routes";
import type { Bucket, Minio } from "../storage/minio";
import type { Database, Postgresql } from "../storage/postgresql";
import { alerts } from "./airflow/alerts";
import * as config from "./airflow/config";
import { connections, variables } from "./airflow/connections";
import { callbackPath, loginSettings } from "./airflow/login";
import { panels } from "./airflow/panels";
import { bin, heardOf, podOf, type Setup } from "./airflow/pods";

/**
 * Airflow: pipelines in Python, at `https://airflow.<domain>`. Tasks run on Celery's workers, over Redis; what each does to
 * data it has others do: SQL of Trino, projects of dbt, checks. DAGs come from bucket `airflow-dags` and from repositories
 * of `datalyptica:dagBundles`; logs of tasks go to bucket `airflow-logs`.
 *
 * ha: 2 API servers, 2 schedulers, 2 DAG processors, 2 triggerers, 3 workers: any of them may be lost; a task that ran on a
 * lost worker is failed after five minutes and tried again if its DAG says so.
 * standalone: 1 of each.
 *
 * With Keycloak, people sign in there and are what their role in the realm says; without, there is one user, `admin` (Secret
 * `airflow-admin`). What DAGs can reach is what this file wires (docs/adr/0027).
 *
 * Ports: 8443 UI, REST API and the API of tasks (TLS; Route `airflow`), 8974 health of schedulers, 8793 and 8794 logs of
 * tasks that run (plain, asked with a signed token), 9102 metrics.
 */

interface Wiring {
  readonly postgresql: Postgresql;
  readonly minio: Minio;
  readonly redis: Redis;
  readonly keycloak?: Keycloak | undefined;
  readonly trino?: Trino | undefined;
  readonly dbt?: Dbt | undefined;
}

const { ports, paths } = config;
/** Days that logs and runs are kept. */
const keptDays = 90;

/** How people log in: files of the API server, and of the Job that makes what it needs. */
interface Login {
  readonly client: OidcClient | undefined;
  readonly mounts: readonly Mount[];
  readonly env: Readonly<Record<string, EnvValue>>;
}

export class Airflow extends Service {
  static readonly service = "airflow";
  private readonly account: Account;
  private readonly image: BuiltImage;
  private readonly state: Database;
  private readonly results: Database;
  private readonly redis: RedisAccess;
  private readonly logs: Bucket;
  private readonly dags: Bucket;
  private readonly trino: TrinoAccess | undefined;
  /** By the connection through which a DAG starts them. */
  private readonly jobs: Readonly<Record<string, JobAccess>>;
  private readonly setup: Setup;

  constructor(platform: Platform, wiring: Wiring) {
    super(platform, Airflow.service);
    const size = (part: "api-server" | "scheduler" | "dag-processor" | "triggerer" | "worker") =>
      platform.size(`airflow-${part}`);
    const limits = config.connectionLimits(
      [size("api-server"), size("scheduler"), size("dag-processor"), size("triggerer")],
      size("worker"),
      size("scheduler"),
    );
    this.account = this.serviceAccount();
    this.image = builtImage(this, "airflow");
    this.state = wiring.postgresql.database(this, "airflow", limits.metadata);
    this.results = wiring.postgresql.database(this, "airflow-results", limits.results);
    this.redis = wiring.redis.access(this, { keys: [`${config.keyPrefix}*`], channels: config.channels });
    this.logs = wiring.minio.bucket(this, "airflow-logs", { expireDays: keptDays });
    this.dags = wiring.minio.bucket(this, "airflow-dags");
    this.trino = wiring.trino?.access(this);
    this.jobs = wiring.dbt ? { jobs_dbt: wiring.dbt.jobs(this) } : {};
    this.setup = this.files(size("worker"));

    const login = this.login(wiring.keycloak);
    const migrated = this.migrate(login, size("scheduler"));
    const api = this.apiServer(size("api-server"), login, migrated);
    this.scheduler(size("scheduler"), migrated);
    this.processor(size("dag-processor"), migrated);
    const triggerer = this.triggerer(size("triggerer"), migrated);
    const worker = this.worker(size("worker"), api, migrated);
    // For the log of a task that runs.
    platform.flows.allow(api.peer, { peer: worker.peer, port: ports.workerLogs });
    platform.flows.allow(api.peer, { peer: triggerer.peer, port: ports.triggererLogs });
    this.clean(migrated, size("scheduler"));
    this.alert(alerts(size("worker").replicas));
    this.show(panels);
    this.registerOutputs({});
  }

  /** What all pods read. */
  private files(worker: Size): Setup {
    const { state, results, redis, logs, dags, trino, jobs, namespace } = this;
    const { dagBundles: bundles } = this.platform.settings;
    const host = this.platform.host("airflow");
    const wired: config.Wired = { host, namespace, metadata: state, results, redis, logs, dags, bundles, worker };
    const keys = this.secret("keys", "server", {
      fernet: password(this, "fernet").result.apply(fernetKey),
      session: password(this, "session").result,
      tokens: password(this, "tokens").result,
    });
    const tokens = bundles.flatMap(({ name, git: { token } }) =>
      token
        ? [[config.gitConnection(name), this.secret(`git-${name}`, "server", { token: pulumi.secret(token) })] as const]
        : [],
    );
    const code = (name: "dags" | "plugins") =>
      filesFrom(this.configMap(name, "server", config.filesOf(name)), paths[name]);
    return {
      service: this,
      image: this.image,
      secrets: {
        keys,
        metadata: state.credentials,
        results: results.credentials,
        redis: redis.credentials,
        logs: logs.credentials,
        dags: dags.credentials,
        ...(trino ? { trino: trino.credentials } : {}),
        ...Object.fromEntries(Object.entries(jobs).map(([id, { credentials }]) => [id, credentials])),
        ...Object.fromEntries(tokens),
      },
      templates: this.configMap("config", "server", {
        ...Object.fromEntries(config.kinds.map((kind) => [`${kind}.cfg`, config.airflowCfg(kind, wired)])),
        "connections.json": connections({ logs, dags, bundles, trino, jobs }),
        "variables.json": variables(jobs),
      }),
      scripts: this.configMap("scripts", "server", {
        "alive.py": config.fileText("alive.py"),
        "configure.py": config.fileText("configure.py"),
      }),
      code: [code("dags"), code("plugins")],
    };
  }

  private login(keycloak: Keycloak | undefined): Login {
    const address = `https://${this.platform.host("airflow")}`;
    const client = keycloak?.client(this, { redirectUris: [`${address}${callbackPath}`] });
    const files = this.configMap("login", "server", {
      "webserver_config.py": config.fileText("webserver_config.py"),
      "login.json": loginSettings(client),
    });
    return {
      client,
      mounts: [filesFrom(files, paths.server), ...(client ? [filesFrom(client.credentials, paths.oidc)] : [])],
      env: {
        LOGIN_SETTINGS: `${paths.server}/login.json`,
        ...(client ? { OIDC_SECRET: `${paths.oidc}/clientSecret` } : {}),
      },
    };
  }

  /** Tables, and rights of roles; without Keycloak, the one user. Running it again changes nothing. */
  private migrate(login: Login, size: Size): Handle {
    const admin = login.client
      ? undefined
      : this.secret("admin", "access", { username: "admin", password: password(this, "admin").result });
    const user = `--username admin --password "$(cat ${paths.admin}/password)"`;
    const steps = [
      "airflow db migrate",
      "airflow sync-perm",
      // The first of these does nothing where the user is there.
      ...(admin
        ? [
            `airflow users create ${user} --role Admin --firstname Platform --lastname Administrator --email admin@localhost`,
            `airflow users reset-password ${user}`,
          ]
        : []),
    ];
    const { resource } = job(this, {
      name: "airflow-migrate",
      component: "migrate",
      account: this.account,
      size: { ...size, replicas: 1 },
      uses: [this.image, this.state],
      ...podOf(this.setup, "api-server", {
        name: "migrate",
        command: ["/bin/bash", "-ec", steps.map((step) => `${bin}/${step}`).join("\n")],
        resources: size,
        env: login.env,
        mounts: [...login.mounts, ...(admin ? [filesFrom(admin, paths.admin)] : [])],
      }),
    });
    return { reaches: [], ready: [resource] };
  }

  private apiServer(size: Size, login: Login, migrated: Handle): Workload {
    const name = "airflow-api-server";
    const names = [name, "airflow"].flatMap((each) => serviceNames(each, this.namespace));
    const tls = certificate(this, "tls", "airflow", [...names, "localhost"]);
    const healthy = { http: "/api/v2/version", port: "https", scheme: "HTTPS" } as const;
    const server = deployment(this, {
      name,
      component: "api-server",
      account: this.account,
      size,
      uses: [this.image, migrated, this.state, this.logs, login.client],
      ...podOf(this.setup, "api-server", {
        name: "api-server",
        command: [`${bin}/airflow`, "api-server", "--proxy-headers"],
        resources: size,
        env: {
          ...login.env,
          // Whoever reaches the port is the router or a worker.
          FORWARDED_ALLOW_IPS: "*",
          // Of the client that asks Keycloak.
          REQUESTS_CA_BUNDLE: authorityFile,
        },
        ports: { https: ports.https },
        mounts: [...login.mounts, filesFrom(tls, paths.tls, { "tls.crt": "tls.crt", "tls.key": "tls.key" })],
        startup: { ...healthy, period: 5, timeout: 10, failures: 120 },
        readiness: { ...healthy, timeout: 10 },
        liveness: { ...healthy, period: 20, timeout: 20, failures: 6 },
      }),
    });
    this.clusterIp(name, "api-server", { https: ports.https });
    this.clusterIp("airflow", "api-server", { https: ports.https });
    route(this, {
      to: "airflow",
      port: "https",
      endpoint: { peer: server.peer, port: ports.https },
      tls: true,
      // Logs of tasks are long, and followed as they come.
      timeout: "5m",
    });
    return server;
  }

  private scheduler(size: Size, migrated: Handle): void {
    const healthy = { http: "/health", port: "health" } as const;
    deployment(this, {
      name: "airflow-scheduler",
      component: "scheduler",
      account: this.account,
      size,
      uses: [this.image, migrated, this.state, this.results, this.redis],
      ...podOf(
        this.setup,
        "control",
        {
          name: "scheduler",
          command: [`${bin}/airflow`, "scheduler"],
          resources: size,
          ports: { health: ports.health },
          startup: { ...healthy, period: 5, timeout: 10, failures: 120 },
          readiness: { ...healthy, timeout: 10 },
          liveness: { ...healthy, period: 30, timeout: 20, failures: 5 },
        },
        true,
      ),
    });
  }

  private processor(size: Size, migrated: Handle): void {
    const { peer } = deployment(this, {
      name: "airflow-dag-processor",
      component: "dag-processor",
      account: this.account,
      size,
      uses: [this.image, migrated, this.state, this.dags],
      gracePeriod: 60,
      ...podOf(
        this.setup,
        "control",
        {
          name: "dag-processor",
          command: [`${bin}/airflow`, "dag-processor"],
          resources: size,
          ...heardOf("DagProcessorJob"),
        },
        true,
      ),
    });
    this.mayFetch(peer);
  }

  private triggerer(size: Size, migrated: Handle): Workload {
    return deployment(this, {
      name: "airflow-triggerer",
      component: "triggerer",
      account: this.account,
      size,
      uses: [this.image, migrated, this.state, this.logs, this.trino],
      gracePeriod: 60,
      ...podOf(
        this.setup,
        "control",
        {
          name: "triggerer",
          command: [`${bin}/airflow`, "triggerer"],
          resources: size,
          ports: { logs: ports.triggererLogs },
          ...heardOf("TriggererJob"),
        },
        true,
      ),
    });
  }

  private worker(size: Size, api: Workload, migrated: Handle): Workload {
    const alive = { command: [`${bin}/python`, `${paths.scripts}/alive.py`, "worker"] };
    const worker = deployment(this, {
      name: "airflow-worker",
      component: "worker",
      account: this.account,
      size,
      uses: [
        this.image,
        migrated,
        this.results,
        this.redis,
        this.logs,
        this.dags,
        this.trino,
        ...Object.values(this.jobs),
        { reaches: [{ peer: api.peer, port: ports.https }], ready: [] },
      ],
      // Tasks that run are let end.
      gracePeriod: 600,
      ...podOf(
        this.setup,
        "worker",
        {
          name: "worker",
          command: [`${bin}/airflow`, "celery", "worker", "--without-gossip", "--without-mingle"],
          resources: size,
          ports: { logs: ports.workerLogs },
          startup: { ...alive, period: 10, timeout: 30, failures: 60 },
          readiness: { tcp: "logs" },
          // It also ends a worker that listens to a server that is gone.
          liveness: { ...alive, period: 30, timeout: 25, failures: 4 },
        },
        true,
      ),
    });
    this.mayFetch(worker.peer);
    return worker;
  }

  /** Rows of runs that are long over; their logs are gone by then, too. */
  private clean(migrated: Handle, size: Size): void {
    const before = `"$(date -u -d '-${keptDays} days' +%Y-%m-%dT%H:%M:%S+00:00)"`;
    cronJob(this, {
      name: "airflow-clean",
      component: "clean",
      account: this.account,
      size: { ...size, replicas: 1 },
      schedule: "30 3 * * 0",
      deadline: 3600,
      uses: [this.image, migrated, this.state],
      ...podOf(this.setup, "control", {
        name: "clean",
        command: [
          "/bin/bash",
          "-ec",
          `exec ${bin}/airflow db clean --clean-before-timestamp ${before} --skip-archive --yes`,
        ],
        resources: size,
      }),
    });
  }

  /** Repositories are where the stack config says: policies know no names. */
  private mayFetch(peer: Workload["peer"]): void {
    for (const { git } of this.platform.settings.dagBundles) {
      for (const block of git.egress) {
        const [cidr = "", port] = block.split(":");
        this.platform.flows.allowBlock(peer, { cidr, port: Number(port) });
      }
    }
  }
}

/** 32 characters as Fernet takes them. */
const fernetKey = (text: string): string =>
  Buffer.from(text).toString("base64").replaceAll("+", "-").replaceAll("/", "_");
