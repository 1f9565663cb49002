import type { Kafka } from "../control/kafka";
import { type KafkaClient, log4jEntries } from "../control/kafka/client";
import { type BuiltImage, builtImage } from "../core/builds";
import { authorityMount, certificate } from "../core/certificates";
import type { FlinkJob } from "../core/flink-jobs";
import type { Peer } from "../core/flows";
import { plainLines } from "../core/logs";
import { serviceHost, serviceNames } from "../core/names";
import type { Platform } from "../core/platform";
import type { ContainerSpec } from "../core/pods";
import { jobSize, type Size } from "../core/profiles";
import { type Account, type Handle, onDemand, Service } from "../core/service";
import { filesFrom, type Mount, podField, type Source, scratch } from "../core/sources";
import { deployment, job, type Workload } from "../core/workload";
import type { Bucket, Minio } from "../storage/minio";
import { alerts } from "./flink/alerts";
import { type FlinkAccess, grants, jobFiles } from "./flink/client";
import * as config from "./flink/config";
import { panels } from "./flink/panels";
import * as scripts from "./flink/scripts";
import type { IcebergCatalog, Nessie } from "./nessie";

/**
 * Flink: streams between Kafka and the lakehouse, as one cluster for all jobs.
 *
 * ha: 3 JobManagers, of which one leads (elected through the Kubernetes API), and 3 TaskManagers, which do the work.
 * standalone: 1 and 1, elected in the same way, so that jobs outlive a restart there as well.
 * Jobs go on from their last checkpoint after the loss of any pod; checkpoints, savepoints and what a new leader must know
 * are in bucket `flink`. One SQL gateway takes statements; jobs run on without it.
 *
 * Jobs of `datalyptica:flinkJobs` are kept running; people start others through the gateway.
 * Every port that can do something wants a certificate (docs/adr/0024). Ports: 8081 REST, 8083 SQL gateway; 6121 to 6126 of
 * the members among themselves; 9249 metrics.
 */

const { paths, ports } = config;
const names = { jobManager: "flink-jobmanager", taskManager: "flink-taskmanager", sqlGateway: "flink-sql-gateway" };
/** Configuration, and what is uploaded or unpacked. */
const tmp = scratch("tmp", "/tmp", "2Gi");

export class Flink extends Service {
  static readonly service = "flink";
  private readonly account: Account;
  private readonly image: BuiltImage;
  private readonly catalog: IcebergCatalog;
  private readonly bucket: Bucket;
  private readonly tls: Source;
  private readonly jobs: FlinkJob[] = [];

  constructor(
    platform: Platform,
    wiring: { readonly nessie: Nessie; readonly minio: Minio; readonly kafka?: Kafka | undefined },
  ) {
    super(platform, Flink.service);
    this.account = this.serviceAccount({ rules: config.rules });
    this.image = builtImage(this, "flink");
    this.catalog = wiring.nessie.catalog(this);
    this.bucket = wiring.minio.bucket(this, "flink");
    this.tls = certificate(this, "tls", "flink", [
      ...[names.jobManager, names.sqlGateway].flatMap((name) => serviceNames(name, this.namespace)),
      "localhost",
    ]);
    for (const each of platform.settings.flinkJobs) this.job(each);
    this.clusterIp(names.jobManager, "jobmanager", { rest: ports.jobManager.rest });
    this.clusterIp(names.sqlGateway, "sql-gateway", { https: ports.sqlGateway.https });
    // Rights in Kafka are those of all jobs together, and its password is a file of the pods.
    platform.onceWired(() => this.cluster(platform, wiring.kafka?.user(this, "flink", grants(this.jobs))));
    const { replicas } = platform.size("flink-taskmanager");
    this.alert(alerts(replicas));
    this.show(panels(replicas));
    this.registerOutputs({});
  }

  /** Keeps a streaming job running, as it is declared; the Job that sees to it fails when it does not run. */
  job(spec: FlinkJob): void {
    this.jobs.push(spec);
  }

  /** REST of the cluster and of its SQL gateway, for a service that starts jobs. They are there later than their clients. */
  access(owner: Service): FlinkAccess {
    return {
      reaches: [
        { peer: this.peer(names.jobManager, "jobmanager"), port: ports.jobManager.rest },
        { peer: this.peer(names.sqlGateway, "sql-gateway"), port: ports.sqlGateway.https },
      ],
      ready: [],
      jobManager: this.url(names.jobManager, ports.jobManager.rest),
      sqlGateway: this.url(names.sqlGateway, ports.sqlGateway.https),
      certificate: owner === this ? this.tls : certificate(owner, "flink", owner.service, [owner.service]),
    };
  }

  private url(service: string, port: number): string {
    return `https://${serviceHost(service, this.namespace)}:${port}`;
  }

  private cluster(platform: Platform, kafka: KafkaClient | undefined): void {
    const internal = certificate(this, "internal", "flink-internal", ["flink-internal"]);
    const members = [
      scratch("data", paths.data, "20Gi"),
      filesFrom(internal, paths.internal, { "tls.crt": "tls.crt", "tls.key": "tls.key" }),
      filesFrom(this.bucket.credentials, paths.bucket),
      ...(kafka ? [filesFrom(kafka.credentials, paths.kafka, { password: "password" })] : []),
    ];
    // Members find each other; the lakehouse and Kafka are for jobs.
    const uses = [this.image, onDemand(this.catalog), this.bucket, onDemand(kafka)];
    const jobManagers = this.jobManagers(platform.size("flink-jobmanager"), members, uses);
    const taskManagers = this.taskManagers(platform.size("flink-taskmanager"), members, uses, jobManagers.peer);
    const gateway = this.sqlGateway(platform.size("flink-sql-gateway"), jobManagers.peer);
    this.apply(kafka, [
      ...[jobManagers, taskManagers, gateway].map(({ resource }) => resource),
      ...this.catalog.ready,
      ...(kafka?.ready ?? []),
    ]);
  }

  private jobManagers(size: Size, mounts: readonly Mount[], uses: readonly (Handle | undefined)[]): Workload {
    const { rest, rpc, blob, query } = ports.jobManager;
    const answers = { command: scripts.answers(rest, "/overview"), timeout: 10 };
    return deployment(this, {
      name: names.jobManager,
      component: "jobmanager",
      account: this.account,
      size,
      uses,
      apiServer: true,
      // Those that do not lead pass on what they are asked.
      amongItself: size.replicas > 1 ? [rpc, blob, query] : [],
      containers: [
        {
          ...this.container("jobmanager", size, config.jobManagerConfig(size, this.namespace, this.bucket), mounts),
          command: ["/bin/bash", "-ec", scripts.jobManagerScript],
          ports: ports.jobManager,
          metrics: [{ port: "metrics" }],
          startup: { ...answers, period: 5, failures: 60 },
          // Without a leader none of them is ready.
          readiness: answers,
          liveness: { tcp: "rest", period: 20, failures: 6 },
        },
      ],
    });
  }

  private taskManagers(
    size: Size,
    mounts: readonly Mount[],
    uses: readonly (Handle | undefined)[],
    jobManagers: Peer,
  ): Workload {
    const { rpc, blob, query } = ports.jobManager;
    const leaders = {
      reaches: [rpc, blob, query].map((port) => ({ peer: jobManagers, port })),
      ready: [],
    };
    const taskManagers = deployment(this, {
      name: names.taskManager,
      component: "taskmanager",
      account: this.account,
      size,
      uses: [...uses, leaders],
      apiServer: true,
      amongItself: size.replicas > 1 ? [ports.taskManager.data] : [],
      containers: [
        {
          ...this.container("taskmanager", size, config.taskManagerConfig(size, this.namespace, this.bucket), mounts),
          command: ["/bin/bash", "-ec", scripts.taskManagerScript],
          ports: ports.taskManager,
          metrics: [{ port: "metrics" }],
          startup: { tcp: "rpc", period: 5, failures: 60 },
          readiness: { tcp: "data" },
          // One that finds no leader for five minutes ends by itself.
          liveness: { tcp: "rpc", period: 20, failures: 6 },
        },
      ],
    });
    for (const port of [ports.taskManager.rpc, ports.taskManager.query]) {
      this.platform.flows.allow(jobManagers, { peer: taskManagers.peer, port });
    }
    return taskManagers;
  }

  private sqlGateway(size: Size, jobManagers: Peer): Workload {
    const catalogs = this.configMap("catalogs", "sql-gateway", { "iceberg.yaml": config.icebergCatalog(this.catalog) });
    const answers = { command: scripts.answers(ports.sqlGateway.https, "/v1/info"), timeout: 10 };
    const leaders = { reaches: [{ peer: jobManagers, port: ports.jobManager.rest }], ready: [] };
    const container = this.container(
      "sql-gateway",
      size,
      config.sqlGatewayConfig(serviceHost(names.jobManager, this.namespace)),
      [filesFrom(catalogs, paths.catalogs)],
    );
    return deployment(this, {
      name: names.sqlGateway,
      component: "sql-gateway",
      account: this.account,
      size,
      uses: [this.image, onDemand(this.catalog), leaders],
      // Sessions are in its memory: two would not know each other's.
      replace: true,
      containers: [
        {
          ...container,
          command: ["/bin/bash", "-ec", scripts.sqlGatewayScript],
          env: { ...container.env, JVM_ARGS: config.sqlGatewayHeap(size) },
          ports: ports.sqlGateway,
          startup: { ...answers, period: 5, failures: 60 },
          readiness: answers,
          liveness: { tcp: "https", period: 20, failures: 6 },
        },
      ],
    });
  }

  /** What all of Flink's processes have in common. */
  private container(
    part: string,
    size: Size,
    text: string,
    mounts: readonly Mount[],
  ): ContainerSpec & Pick<Required<ContainerSpec>, "env"> {
    const files = this.configMap(part, part, { "config.yaml": text, "log4j-console.properties": config.log4j() });
    return {
      name: part,
      image: this.image.reference,
      env: {
        HOME: "/tmp",
        FLINK_CONF_DIR: `${paths.work}/conf`,
        FLINK_LOG_DIR: `${paths.work}/log`,
        AWS_REGION: this.bucket.region,
        POD_IP: podField("status.podIP"),
        POD_NAME: podField("metadata.name"),
      },
      resources: size,
      // As its Log4j file says.
      logs: log4jEntries,
      mounts: [
        tmp,
        filesFrom(files, paths.config),
        filesFrom(this.tls, paths.tls, { "tls.crt": "tls.crt", "tls.key": "tls.key" }),
        filesFrom(this.catalog.storage.credentials, paths.lakehouse),
        authorityMount(this),
        ...mounts,
      ],
    };
  }

  /** Brings the declared jobs to the cluster, and stops those that are not declared any more. */
  private apply(kafka: KafkaClient | undefined, ready: Handle["ready"]): void {
    const declared = this.configMap("jobs", "jobs", jobFiles(this.jobs, kafka));
    const { reaches, jobManager, sqlGateway, certificate } = this.access(this);
    // A job that does not run after minutes needs a person, who reads why in the Job's log.
    job(this, {
      name: "flink-jobs",
      component: "jobs",
      account: this.account,
      once: true,
      uses: [{ reaches, ready }],
      containers: [
        {
          name: "jobs",
          image: this.image.reference,
          logs: plainLines,
          command: ["/bin/bash", "-ec", scripts.jobsScript],
          env: { HOME: "/tmp", JOB_MANAGER: jobManager, GATEWAY: sqlGateway },
          resources: jobSize,
          mounts: [
            scratch("tmp", "/tmp", "16Mi"),
            filesFrom(declared, "/etc/flink-jobs"),
            filesFrom(certificate, paths.tls, { "tls.crt": "tls.crt", "tls.key": "tls.key" }),
            authorityMount(this),
          ],
        },
      ],
    });
  }
}
