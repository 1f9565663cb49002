import { type BuiltImage, builtImage } from "../core/builds";
import { authorityFile, authorityMount, certificate } from "../core/certificates";
import { password } from "../core/credentials";
import { serviceNames } from "../core/names";
import type { Platform } from "../core/platform";
import type { ContainerSpec, Probe } from "../core/pods";
import type { Size } from "../core/profiles";
import { type Account, type Handle, onDemand, Service } from "../core/service";
import { type EnvValue, filesFrom, type Mount, type Source, scratch } from "../core/sources";
import { deployment, job, type Workload } from "../core/workload";
import type { ClickHouse } from "../data/clickhouse";
import { databases } from "../data/clickhouse/users";
import type { Trino } from "../data/trino";
import type { Keycloak, OidcClient } from "../infrastructure/keycloak";
import type { Redis } from "../infrastructure/redis";
import { route } from "../networking/routes";
import type { Database, Postgresql } from "../storage/postgresql";
import { alerts } from "./superset/alerts";
import * as config from "./superset/config";
import { exampleFiles } from "./superset/example";
import { panels } from "./superset/panels";
import { statsd } from "./superset/statsd";

/**
 * Superset: dashboards, charts and SQL Lab in the browser, at `https://superset.<domain>`. What people make is in
 * PostgreSQL; Redis has caches, results of queries and the queue, nothing that could not be lost.
 *
 * ha: 2 web servers, any of which serves any request, 2 workers for queries that take long, 1 beat, which sends what is done
 * on a schedule (two would send it twice; it is back within a minute). The loss of one of each changes nothing but that
 * queries of a lost worker are to be asked again. standalone: 1 of each.
 *
 * Connections to Trino and ClickHouse and an example dashboard are there from the first day. With Keycloak, people sign in
 * there, and Trino runs their queries with their own rights (docs/SUPERSET.md). Ports: 8443 browsers and API (TLS; Route
 * `superset`), 9102 metrics.
 */

interface Wiring {
  readonly postgresql: Postgresql;
  readonly redis: Redis;
  readonly trino?: Trino | undefined;
  readonly clickhouse?: ClickHouse | undefined;
  readonly keycloak?: Keycloak | undefined;
}

type Part = "web" | "worker" | "beat" | "init" | "connections";

interface Connected extends config.Connection {
  readonly handle: Handle & { readonly credentials: Source };
}

const tmp = scratch("tmp", "/tmp", "1Gi");

/** Whether the process still turns: it touches a file again and again. @param seconds it may be silent */
const alive = (seconds: number): Probe => ({
  command: ["/bin/sh", "-ec", `[ $(($(date +%s) - $(stat -c %Y ${config.aliveFile}))) -lt ${seconds} ]`],
});

export class Superset extends Service {
  static readonly service = "superset";
  private readonly account: Account;
  private readonly image: BuiltImage;
  private readonly database: Database;
  private readonly uses: readonly (Handle | undefined)[];
  private readonly mounts: readonly Mount[];
  private readonly exporter: ContainerSpec;
  private readonly connections: readonly Connected[];

  constructor(platform: Platform, wiring: Wiring) {
    super(platform, Superset.service);
    const sizes = {
      web: platform.size("superset-web"),
      worker: platform.size("superset-worker"),
      beat: platform.size("superset-beat"),
    };
    const host = platform.host("superset");
    this.account = this.serviceAccount();
    this.image = builtImage(this, "superset");
    this.database = wiring.postgresql.database(this, "superset", config.databaseConnections(sizes.web, sizes.worker));
    const redis = wiring.redis.access(this, { keys: [`${config.redisPrefix}*`] });
    const oidc = wiring.keycloak?.client(this, {
      redirectUris: [`https://${host}${config.callbackPath}`],
      postLogoutRedirectUris: [config.loginUrl(host)],
    });
    this.connections = connected(this, wiring);
    const keys = this.secret("keys", "web", {
      secretKey: password(this, "secret-key").result,
      guestTokenKey: password(this, "guest-token-key").result,
    });
    const files = this.configMap("config", "web", {
      ...config.scriptFiles(),
      "platform.json": config.platformJson({
        host,
        database: this.database,
        redis,
        oidc,
        connections: this.connections,
      }),
    });
    this.exporter = statsd(
      platform.image("statsd-exporter"),
      this.configMap("statsd", "web", { "mapping.yaml": config.mapping() }),
    );
    this.uses = [this.image, this.database, redis];
    this.mounts = [
      tmp,
      filesFrom(files, config.directory),
      filesFrom(keys, config.secretDirectory("keys")),
      filesFrom(this.database.credentials, config.secretDirectory("database")),
      filesFrom(redis.credentials, config.secretDirectory("redis")),
      // Read by the configuration of every part.
      ...(oidc ? [filesFrom(oidc.credentials, config.secretDirectory("oidc"))] : []),
      authorityMount(this),
    ];

    const ready = this.prepare();
    this.connect(ready);
    const asked = this.connections.map(({ handle }) => onDemand(handle));
    const web = this.web(sizes.web, oidc, [ready, ...asked]);
    this.worker(sizes.worker, [ready, ...asked]);
    this.beat(sizes.beat, ready);
    route(this, {
      to: "superset",
      port: "https",
      endpoint: { peer: web.peer, port: config.ports.https },
      tls: true,
      timeout: `${config.queryTimeout + 20}s`,
    });
    this.alert(alerts);
    this.show(panels);
    this.registerOutputs({});
  }

  /** Before every other part: tables, roles, the administrator. */
  private prepare(): Handle {
    const admin = this.secret("admin", "access", {
      username: config.administrator,
      password: password(this, "admin").result,
    });
    const { resource } = job(this, {
      name: "superset-init",
      component: "init",
      account: this.account,
      size: config.jobSize,
      uses: this.uses,
      containers: [
        {
          ...this.container("init", config.jobSize, ["/bin/sh", "-ec", config.initScript]),
          mounts: [...this.mounts, filesFrom(admin, config.secretDirectory("admin"))],
        },
      ],
    });
    return { reaches: [], ready: [resource] };
  }

  /** Connections and the example, beside the parts that serve: Superset asks what it is connected to for its schemas. */
  private connect(ready: Handle): void {
    if (this.connections.length === 0) return;
    const example = this.configMap("example", "connections", exampleFiles());
    job(this, {
      name: "superset-connections",
      component: "connections",
      account: this.account,
      size: config.jobSize,
      uses: [...this.uses, ready, ...this.connections.map(({ handle }) => handle)],
      containers: [
        {
          ...this.container("connections", config.jobSize, ["python", `${config.directory}/provision_connections.py`]),
          mounts: [
            ...this.mounts,
            filesFrom(example, config.exampleDirectory),
            ...this.connections.map(({ source, handle }) =>
              filesFrom(handle.credentials, config.secretDirectory(source)),
            ),
          ],
        },
      ],
    });
  }

  private web(size: Size, oidc: OidcClient | undefined, uses: readonly Handle[]): Workload {
    const tls = certificate(this, "tls", "superset", [...serviceNames("superset", this.namespace), "localhost"]);
    const healthy = { http: "/health", port: "https", scheme: "HTTPS" } as const;
    const workload = deployment(this, {
      name: "superset-web",
      component: "web",
      account: this.account,
      size,
      // A query that somebody waits for.
      gracePeriod: 90,
      uses: [...this.uses, oidc, ...uses],
      containers: [
        {
          ...this.container("web", size, ["gunicorn", "--config", `${config.directory}/gunicorn.conf.py`], {
            WEB_PROCESSES: `${config.webProcesses(size)}`,
          }),
          ports: { https: config.ports.https },
          mounts: [
            ...this.mounts,
            scratch("shm", "/dev/shm", "16Mi", "Memory"),
            filesFrom(tls, config.secretDirectory("tls"), { "tls.crt": "tls.crt", "tls.key": "tls.key" }),
          ],
          startup: { ...healthy, period: 5, failures: 60 },
          readiness: healthy,
          liveness: { ...healthy, period: 15, failures: 4 },
          // The router and kube-proxy hear of it first.
          preStop: ["sleep", "10"],
        },
        this.exporter,
      ],
    });
    this.clusterIp("superset", "web", { https: config.ports.https });
    return workload;
  }

  private worker(size: Size, uses: readonly Handle[]): void {
    deployment(this, {
      name: "superset-worker",
      component: "worker",
      account: this.account,
      size,
      // Queries that run are finished first, up to a limit.
      gracePeriod: 300,
      uses: [...this.uses, ...uses],
      containers: [
        {
          ...this.container("worker", size, [...config.workerCommand(size)]),
          startup: { ...alive(60), period: 5, failures: 60 },
          readiness: alive(60),
          // While Redis is away the loop stands, and another start would not bring it back.
          liveness: { ...alive(900), period: 30, failures: 4 },
        },
        this.exporter,
      ],
    });
  }

  private beat(size: Size, ready: Handle): void {
    deployment(this, {
      name: "superset-beat",
      component: "beat",
      account: this.account,
      size,
      // Two would send everything twice.
      replace: true,
      uses: [...this.uses, ready],
      containers: [
        {
          ...this.container("beat", size, [...config.beatCommand]),
          startup: { ...alive(180), period: 5, failures: 60 },
          readiness: alive(180),
          liveness: { ...alive(180), period: 30, failures: 4 },
        },
      ],
    });
  }

  /** What all parts have in common, which is nearly everything. */
  private container(
    part: Part,
    size: Pick<Size, "cpu" | "memory" | "cpuLimit" | "memoryLimit">,
    command: readonly string[],
    env: Readonly<Record<string, EnvValue>> = {},
  ): ContainerSpec {
    return {
      name: part,
      image: this.image.reference,
      logs: part === "web" ? config.webLogs : config.taskLogs,
      command,
      env: {
        ...config.environment(part),
        // Of Python's clients that name no authority of their own: Keycloak's.
        REQUESTS_CA_BUNDLE: authorityFile,
        ...env,
      },
      resources: size,
      mounts: this.mounts,
    };
  }
}

/** What people find in SQL Lab from the first day. */
function connected(owner: Service, { trino, clickhouse, keycloak }: Wiring): readonly Connected[] {
  const access = trino?.access(owner, { writes: false, impersonates: true });
  const columns = clickhouse?.access(owner, [{ database: databases.analytics, rights: "read" }]);
  return [
    // Without Keycloak, Trino knows nobody's rights but those of its services.
    access && { ...config.trinoConnection(access, keycloak !== undefined), handle: access },
    columns && { ...config.clickhouseConnection(columns, databases.analytics), handle: columns },
  ].filter((each) => each !== undefined);
}
