import { type BuiltImage, builtImage } from "../core/builds";
import { authorityFile, certificate } from "../core/certificates";
import type { JobAccess } from "../core/job-runner";
import { serviceNames } from "../core/names";
import type { Platform } from "../core/platform";
import type { Size } from "../core/profiles";
import { type Account, type Handle, onDemand, Service } from "../core/service";
import { filesFrom } from "../core/sources";
import { deployment, type Workload } from "../core/workload";
import type { Dbt } from "../data/dbt";
import type { Trino, TrinoAccess } from "../data/trino";
import type { Keycloak } from "../infrastructure/keycloak";
import type { Redis, RedisAccess } from "../infrastructure/redis";
import { route } from "../networking/routes";
import type { Bucket, Minio } from "../storage/minio";
import type { Database, Postgresql } from "../storage/postgresql";
import { alerts } from "./airflow/alerts";
import * as config from "./airflow/config";
import { cleaning, migration } from "./airflow/jobs";
import { type Login, loginOf } from "./airflow/login";
import { panels } from "./airflow/panels";
import { bin, heardOf, podOf, type Setup } from "./airflow/pods";
import { setupOf } from "./airflow/setup";
import type { GreatExpectations } from "./great-expectations";

/**
 * Airflow: pipelines in Python, at `https://airflow.<domain>`. Tasks run on Celery's workers, over Redis; what each does to
 * data it has others do: SQL of Trino, projects of dbt, checks. DAGs come from bucket `airflow-dags` and from repositories
 * of `datalyptica:dagBundles`; logs of tasks go to bucket `airflow-logs`.
 *
 * ha: 2 API servers, 2 schedulers, 2 triggerers, 3 workers: any of them may be lost; a task that ran on a lost worker is
 * failed after five minutes and tried again if its DAG says so. The DAG processor is one in both modes: without it, DAGs run
 * as they were last read.
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
  readonly greatExpectations?: GreatExpectations | undefined;
}

const { ports, paths } = config;
/** Days that logs and runs are kept. */
const keptDays = 90;

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
    const { dbt, greatExpectations } = wiring;
    this.jobs = {
      ...(dbt ? { jobs_dbt: dbt.jobs(this) } : {}),
      ...(greatExpectations ? { jobs_great_expectations: greatExpectations.jobs(this) } : {}),
    };
    const { state, results, redis, logs, dags, trino, jobs } = this;
    this.setup = setupOf(this, this.image, { state, results, redis, logs, dags, trino, jobs }, size("worker"));

    const login = loginOf(this, wiring.keycloak);
    const migrated = migration(this.setup, this.account, this.state, login, size("scheduler"));
    const api = this.apiServer(size("api-server"), login, migrated);
    this.scheduler(size("scheduler"), migrated);
    this.processor(size("dag-processor"), migrated);
    const triggerer = this.triggerer(size("triggerer"), migrated);
    const worker = this.worker(size("worker"), api, migrated);
    // For the log of a task that runs.
    platform.flows.allow(api.peer, { peer: worker.peer, port: ports.workerLogs });
    platform.flows.allow(api.peer, { peer: triggerer.peer, port: ports.triggererLogs });
    cleaning(this.setup, this.account, this.state, migrated, size("scheduler"), keptDays);
    this.alert(alerts(size("worker").replicas));
    this.show(panels);
    this.registerOutputs({});
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
      // Two that see a new DAG at once both insert it, and one ends (apache/airflow#68263).
      replace: true,
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
      uses: [this.image, migrated, this.state, this.logs, onDemand(this.trino)],
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
        ...[this.trino, ...Object.values(this.jobs)].map(onDemand),
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

  /** Repositories are where the stack config says: policies know no names. */
  private mayFetch(peer: Workload["peer"]): void {
    for (const { git } of this.platform.settings.dagBundles) this.platform.flows.allowBlocks(peer, git.egress);
  }
}
