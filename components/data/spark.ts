import type * as pulumi from "@pulumi/pulumi";
import { type BuiltImage, builtImage } from "../core/builds";
import { authorityMount } from "../core/certificates";
import { password } from "../core/credentials";
import type { Peer } from "../core/flows";
import { type JavaTrust, javaTrust } from "../core/java";
import { serviceHost } from "../core/names";
import type { Platform } from "../core/platform";
import type { ContainerSpec } from "../core/pods";
import { type Account, type Handle, Service } from "../core/service";
import { claim, keyOf, type Mount, podField, type Source, scratch } from "../core/sources";
import { deployment, statefulSet, type Workload } from "../core/workload";
import type { Minio } from "../storage/minio";
import type { Nessie } from "./nessie";
import { alerts } from "./spark/alerts";
import { checkClient } from "./spark/check";
import type { SparkConnect } from "./spark/client";
import * as config from "./spark/config";
import { panels } from "./spark/panels";
import { bucketKeys, sparkProcess, tmp } from "./spark/process";
import { tlsProxy } from "./spark/proxy";

/**
 * Spark: a standalone cluster for batch and DataFrame work on the lakehouse (catalog `iceberg`, through Nessie) and on raw
 * files (`s3a://landing/`). People and services work through Spark Connect: one long-lived application that takes
 * executors when sessions have work and gives them back after a minute.
 *
 * ha: 1 master, which keeps on a volume what it knows, and 3 workers. While the master is away, applications go on with
 * what they have; when it is back, it finds them again. A lost worker costs what its executors had not written yet, which
 * Spark computes again. Sessions live in the one driver of Spark Connect and end with it.
 * standalone: 1 worker.
 *
 * Processes log in to each other with a secret and speak encrypted; clients come over TLS with a token (docs/adr/0023).
 * UIs have no login and no Route: `kubectl port-forward pod/spark-master-0 8080` (docs/SPARK.md).
 */

const { ports, directories } = config;
const json = { http: "/json/", port: "web" };
const version = { http: "/api/v1/version", port: "web" };
const starting = { period: 5, failures: 60 };
/** The pod's own, for `$(POD_IP)`. */
const address = { POD_IP: podField("status.podIP") };

export class Spark extends Service {
  static readonly service = "spark";
  private readonly image: BuiltImage;
  private readonly account: Account;
  private readonly storage: config.Storage;
  private readonly trust: JavaTrust;
  private readonly trustMounts: readonly Mount[];
  private readonly common: Source;
  private readonly token: pulumi.Output<string>;
  private readonly master: Workload;
  private readonly driver: Workload;

  constructor(platform: Platform, wiring: { readonly nessie: Nessie; readonly minio: Minio }) {
    super(platform, Spark.service);
    this.image = builtImage(this, "spark");
    this.account = this.serviceAccount();
    this.storage = {
      catalog: wiring.nessie.catalog(this),
      events: wiring.minio.bucket(this, "spark-events", { expireDays: 30 }),
      landing: wiring.minio.bucket(this, "landing"),
    };
    this.trust = javaTrust(this, this.image.reference, tmp);
    this.trustMounts = [authorityMount(this), this.trust.mount];
    this.common = this.configMap("common", "cluster", config.commonFiles());
    this.token = password(this, "connect").result;
    const token = this.secret("token", "connect", { token: this.token });
    const secret = password(this, "rpc").result;
    const daemons = this.settings("daemons", "cluster", secret.apply(config.daemonProperties));

    this.master = this.masterServer(daemons);
    const workers = this.workers(daemons);
    this.driver = this.connectServer(secret, token);
    this.historyServer();
    this.network(workers);
    checkClient(this, this.image, this.account, this.access(this, token));
    const { replicas } = platform.size("spark-worker");
    this.alert(alerts(replicas));
    this.show(panels(replicas));
    this.registerOutputs({});
  }

  /** Spark Connect for a service. All clients have the same token: Spark knows one. */
  connect(owner: Service): SparkConnect {
    return this.access(owner, owner.secret("spark", "access", { token: this.token }));
  }

  private access(owner: Service, credentials: Source): SparkConnect {
    const host = serviceHost("spark-connect", this.namespace);
    return {
      reaches: [{ peer: this.driver.peer, port: ports.connect.grpc }],
      ready: [this.driver.resource],
      remote: `sc://${host}:${ports.connect.grpc}/;use_ssl=true;user_id=${owner.service}`,
      credentials,
    };
  }

  /** The pod's name stays, so that whoever lost the master finds it again. */
  private get masterHost(): string {
    return `spark-master-0.${serviceHost("spark-master", this.namespace)}`;
  }

  private get masterUrl(): string {
    return `spark://${this.masterHost}:${ports.master.rpc}`;
  }

  private masterServer(settings: Source): Workload {
    const size = this.platform.size("spark-master");
    const { rpc, web } = ports.master;
    const master = statefulSet(this, {
      name: "spark-master",
      component: "master",
      account: this.account,
      size,
      governing: "spark-master",
      volume: "recovery",
      uses: [this.image],
      containers: [
        this.process({
          name: "spark-master",
          settings,
          run: config.daemon(
            "master.Master",
            ...["--host", this.masterHost, "--port", `${rpc}`, "--webui-port", `${web}`],
          ),
          env: config.daemonEnvironment(config.keeperHeap(size)),
          ports: ports.master,
          metrics: [{ port: "web", path: "/metrics/master/prometheus/", job: "spark-master" }],
          resources: size,
          mounts: [claim("recovery", directories.recovery)],
          startup: { ...json, ...starting },
          readiness: json,
          liveness: { tcp: "rpc", period: 20, failures: 5 },
        }),
      ],
    });
    this.clusterIp("spark-master", "master", ports.master, { headless: true });
    return master;
  }

  /** A worker is known by its address: one that comes back is a new one, which need not wait until the old one counts as dead. */
  private workers(settings: Source): Workload {
    const size = this.platform.size("spark-worker");
    const { rpc, web } = ports.worker;
    const { cores, memory, daemonHeap } = config.workerOf(size);
    const blocks = config.blockPorts(cores);
    const { catalog, landing } = this.storage;
    return deployment(this, {
      name: "spark-worker",
      component: "worker",
      account: this.account,
      size,
      uses: [this.image, this.toMaster(), landing, catalog.storage],
      amongItself: size.replicas > 1 ? blocks : [],
      gracePeriod: 60,
      init: [this.trust.init],
      containers: [
        this.process({
          name: "spark-worker",
          settings,
          run: config.daemon(
            "worker.Worker",
            ...["--host", "$(POD_IP)", "--port", `${rpc}`, "--webui-port", `${web}`],
            ...["--cores", `${cores}`, "--memory", `${memory}m`, "--work-dir", directories.work, this.masterUrl],
          ),
          // Executors have its environment.
          env: {
            ...address,
            ...config.localDirectory,
            ...config.daemonEnvironment(daemonHeap),
            ...bucketKeys("LANDING", landing),
          },
          ports: { ...ports.worker, ...Object.fromEntries(blocks.map((port, i) => [`blocks-${i}`, port])) },
          metrics: [{ port: "web", path: "/metrics/prometheus/", job: "spark-worker" }],
          resources: size,
          mounts: [
            ...this.trustMounts,
            scratch("work", directories.work, "10Gi"),
            scratch("local", directories.local, "50Gi"),
          ],
          startup: { ...json, ...starting },
          readiness: json,
          liveness: { tcp: "rpc", period: 20, failures: 5 },
        }),
      ],
    });
  }

  /** The driver of all sessions, and what ends their TLS. */
  private connectServer(secret: pulumi.Output<string>, token: Source): Workload {
    const size = this.platform.size("spark-connect");
    const { storage, trust, masterUrl: master } = this;
    const { catalog, events, landing } = storage;
    const worker = this.platform.size("spark-worker");
    const properties = (secret: string) => config.connectProperties({ secret, master, size, worker, trust, storage });
    const connect = deployment(this, {
      name: "spark-connect",
      component: "connect",
      account: this.account,
      size,
      // Two would be two applications, and a session is known to one of them.
      replace: true,
      uses: [this.image, catalog, events, landing, this.toMaster()],
      init: [trust.init],
      containers: [
        this.process({
          name: "spark-connect",
          settings: this.settings("connect", "connect", secret.apply(properties)),
          run: config.application("sql.connect.service.SparkConnectServer", "--conf", "spark.driver.host=$(POD_IP)"),
          env: {
            ...address,
            ...config.localDirectory,
            SPARK_CONNECT_AUTHENTICATE_TOKEN: keyOf(token, "token"),
            ...bucketKeys("LAKEHOUSE", catalog.storage),
            ...bucketKeys("EVENTS", events),
            ...bucketKeys("LANDING", landing),
          },
          ports: ports.driver,
          metrics: [
            { port: "web", path: "/metrics/prometheus/", job: "spark-connect" },
            { port: "web", path: "/metrics/executors/prometheus", job: "spark-executors" },
          ],
          resources: size,
          mounts: [...this.trustMounts, scratch("local", directories.local, "20Gi")],
          startup: { ...version, ...starting },
          readiness: version,
          // The UI ends with the application, as when the master gives it up; the process alone may stay.
          liveness: { ...version, period: 20, failures: 6 },
        }),
        tlsProxy(this),
      ],
    });
    this.clusterIp("spark-connect", "connect", { grpc: ports.connect.grpc });
    return connect;
  }

  /** Shows applications that have ended, from what they wrote into the bucket. */
  private historyServer(): void {
    const size = this.platform.size("spark-history");
    const { events } = this.storage;
    deployment(this, {
      name: "spark-history",
      component: "history",
      account: this.account,
      size,
      uses: [this.image, events],
      init: [this.trust.init],
      containers: [
        this.process({
          name: "spark-history",
          settings: this.configMap("history", "history", { [config.settingsFile]: config.historyProperties(events) }),
          run: config.daemon("history.HistoryServer"),
          env: {
            ...config.daemonEnvironment(config.keeperHeap(size), this.trust.options),
            ...bucketKeys("EVENTS", events),
          },
          ports: ports.history,
          resources: size,
          mounts: this.trustMounts,
          startup: { ...version, ...starting },
          readiness: version,
          liveness: { ...version, period: 30, failures: 4 },
        }),
      ],
    });
  }

  private toMaster(): Handle {
    return { reaches: [{ peer: this.master.peer, port: ports.master.rpc }], ready: [this.master.resource] };
  }

  /** Who calls whom beside the ways to the master. A recovered master calls those it knew; its UI leads to theirs. */
  private network(workers: Workload): void {
    const { cores } = config.workerOf(this.platform.size("spark-worker"));
    const [master, worker, driver] = [this.master.peer, workers.peer, this.driver.peer];
    const allow = (from: Peer, peer: Peer, open: readonly number[]) => {
      for (const port of open) this.platform.flows.allow(from, { peer, port });
    };
    allow(master, worker, [ports.worker.rpc, ports.worker.web]);
    allow(master, driver, [ports.driver.driver, ports.driver.web]);
    allow(worker, driver, [ports.driver.driver, ports.driver.blocks]);
    allow(driver, worker, config.blockPorts(cores));
  }

  /** Settings with the secret in them. */
  private settings(part: string, component: string, properties: pulumi.Input<string>): Source {
    return this.secret(part, component, { [config.settingsFile]: properties });
  }

  private process(spec: Parameters<typeof sparkProcess>[2]): ContainerSpec {
    return sparkProcess(this.image.reference, this.common, spec);
  }
}
