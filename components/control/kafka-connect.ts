import { type BuiltImage, builtImage } from "../core/builds";
import { authorityMount, certificate } from "../core/certificates";
import { jsonText } from "../core/formats";
import { heapOptions, javaTrust } from "../core/java";
import { plainLines } from "../core/logs";
import { serviceHost, serviceNames } from "../core/names";
import type { Platform } from "../core/platform";
import { jobSize } from "../core/profiles";
import { type Account, onDemand, Service } from "../core/service";
import { filesFrom, podField, type Source, scratch } from "../core/sources";
import { cronJob, job, statefulSet, type TaskSpec, type Workload } from "../core/workload";
import type { Nessie } from "../data/nessie";
import type { Trino } from "../data/trino";
import type { Postgresql } from "../storage/postgresql";
import type { Kafka } from "./kafka";
import { answered, type KafkaClient, log4j, log4jEntries } from "./kafka/client";
import { agentJar, javaAgent } from "./kafka/metrics";
import { alerts } from "./kafka-connect/alerts";
import { byDatabase, changeTopics, sink, source } from "./kafka-connect/changes";
import { type ConnectApi, type ConnectorSpec, connectorName, secretsDirectory } from "./kafka-connect/client";
import * as config from "./kafka-connect/config";
import { panels } from "./kafka-connect/panels";
import { connectorsScript, restartScript, workerScript } from "./kafka-connect/scripts";
import { views } from "./kafka-connect/views";
import type { SchemaRegistry, SchemaRegistryAccess } from "./schema-registry";

/**
 * Kafka Connect: runs connectors, which bring data into Kafka and out of it. All it knows is in Kafka.
 *
 * ha: 2 workers that share the connectors' tasks; what a lost worker ran, the other takes over after half a minute.
 * standalone: 1 worker, same topics.
 *
 * With `datalyptica:changeData`, changes of PostgreSQL's tables go to the lakehouse (docs/CHANGE_DATA.md).
 * Ports: 8083 REST (TLS; no users, so NetworkPolicies decide who reaches it), 9404 metrics.
 */

const { ports } = config;
const paths = { health: "/health", alive: "/" };
const rest = { port: "rest", scheme: "HTTPS", host: "kafka-connect" } as const;
const tmp = scratch("tmp", "/tmp", "1Gi");

export class KafkaConnect extends Service {
  static readonly service = "kafka-connect";
  private readonly account: Account;
  private readonly image: BuiltImage;
  private readonly kafka: KafkaClient;
  private readonly registry: SchemaRegistryAccess;
  private readonly connectors: ConnectorSpec[] = [];

  constructor(
    platform: Platform,
    wiring: {
      readonly kafka: Kafka;
      readonly schemaRegistry: SchemaRegistry;
      readonly postgresql?: Postgresql | undefined;
      readonly nessie?: Nessie | undefined;
      readonly trino?: Trino | undefined;
    },
  ) {
    super(platform, KafkaConnect.service);
    const { changeData } = platform.settings;
    const databases = byDatabase(changeData);
    this.account = this.serviceAccount();
    this.image = builtImage(this, "kafka-connect");
    this.registry = wiring.schemaRegistry.access(this);
    this.kafka = wiring.kafka.user(this, "kafka-connect", {
      topics: [...config.topics, ...changeTopics(databases)],
      acls: config.acls,
    });
    if (wiring.postgresql && wiring.nessie && wiring.trino && changeData.length > 0) {
      this.changes(databases, wiring.postgresql, wiring.nessie);
      views(this, this.account, wiring.trino.access(this), changeData);
    }
    this.clusterIp("kafka-connect", "worker", { rest: ports.rest });
    this.clusterIp(config.headless, "worker", ports, { headless: true });
    // Credentials of connectors are files of the workers, hence of the pods' shape.
    platform.onceWired(() => this.apply(this.workers(platform)));
    this.alert(alerts);
    this.show(panels(changeData.length > 0));
    this.registerOutputs({});
  }

  /** Keeps a connector running, as it is declared; the Job that sees to it fails when it does not run. */
  connector(spec: ConnectorSpec): void {
    this.connectors.push(spec);
  }

  /** The REST API, for a service that shows connectors. It is there later than its clients. */
  rest(): ConnectApi {
    const peer = this.peer("kafka-connect", "worker");
    return { reaches: [{ peer, port: ports.rest }], ready: [], url: this.url };
  }

  private get url(): string {
    return `https://${serviceHost("kafka-connect", this.namespace)}:${ports.rest}`;
  }

  private changes(databases: ReturnType<typeof byDatabase>, postgresql: Postgresql, nessie: Nessie): void {
    const catalog = nessie.catalog(this);
    for (const [database, tables] of databases) {
      const stream = postgresql.changes(this, database, tables);
      this.connector(source(stream));
      this.connector(sink(stream, catalog));
    }
  }

  private workers(platform: Platform): Workload {
    const size = platform.size("kafka-connect");
    const trust = javaTrust(this, this.image.reference, tmp);
    const tls = certificate(this, "tls", "kafka-connect", [
      ...serviceNames("kafka-connect", this.namespace),
      `*.${serviceHost(config.headless, this.namespace)}`,
      "localhost",
    ]);
    const files = this.configMap("config", "worker", {
      "worker.properties": config.workerProperties(this.namespace, this.kafka, this.registry, trust),
      "log4j2.yaml": log4j({ "org.apache.kafka.clients": "WARN", "org.reflections": "ERROR" }),
      "metrics.yml": config.metricRules(),
    });
    return statefulSet(this, {
      name: "kafka-connect",
      component: "worker",
      account: this.account,
      size,
      governing: config.headless,
      // Tasks of a worker that stops in order are taken over at once.
      gracePeriod: 60,
      // The next one stops when this one has got its share back.
      minReady: 30,
      uses: [this.image, this.kafka, onDemand(this.registry), ...this.connectors.flatMap(({ uses }) => uses)],
      amongItself: size.replicas > 1 ? [ports.rest] : [],
      init: [trust.init],
      containers: [
        {
          name: "kafka-connect",
          image: this.image.reference,
          logs: { ...log4jEntries, drop: [answered([paths.health, paths.alive])] },
          command: ["/bin/bash", "-ec", workerScript],
          env: {
            HOME: "/tmp",
            LOG_DIR: "/tmp",
            EXTRA_ARGS: "-name connectDistributed",
            KAFKA_JVM_PERFORMANCE_OPTS: "-XX:+UseG1GC",
            WORKER_HEAP: heapOptions(size, 0.6).join(" "),
            WORKER_OPTIONS: [
              ...trust.options,
              javaAgent(agentJar, ports.metrics, `${config.configDirectory}/metrics.yml`),
            ].join(" "),
            POD_NAME: podField("metadata.name"),
          },
          ports,
          metrics: [{ port: "metrics" }],
          resources: size,
          mounts: [
            tmp,
            filesFrom(files, config.configDirectory),
            filesFrom(tls, config.tlsDirectory, { "tls.crt": "tls.crt", "tls.key": "tls.key" }),
            authorityMount(this),
            trust.mount,
            ...Object.entries(this.secrets()).map(([name, secret]) => filesFrom(secret, `${secretsDirectory}/${name}`)),
          ],
          // Looking through the plugins takes most of the start.
          startup: { ...rest, http: paths.health, period: 5, failures: 60 },
          readiness: { ...rest, http: paths.health, timeout: 10 },
          // Not `/health`, which is an error while Kafka is away: all workers would be ended together.
          liveness: { ...rest, http: paths.alive, period: 20, failures: 6 },
        },
      ],
    });
  }

  /** Secrets by the folders in which the workers find them. */
  private secrets(): Readonly<Record<string, Source>> {
    return {
      kafka: this.kafka.credentials,
      "schema-registry": this.registry.credentials,
      ...Object.assign({}, ...this.connectors.map(({ secrets }) => secrets)),
    };
  }

  /** Brings the declared connectors to the workers, takes those away that are not declared any more, and restarts what fails. */
  private apply(workers: Workload): void {
    const named = this.connectors.map(({ name, config }) => [connectorName(name), jsonText(config)] as const);
    const declared = this.configMap("connectors", "connectors", {
      names: named.map(([name]) => `${name}\n`).join(""),
      ...Object.fromEntries(named.map(([name, text]) => [`${name}.json`, text])),
    });
    const task = (part: string, script: string): TaskSpec => ({
      name: `kafka-connect-${part}`,
      component: part,
      account: this.account,
      uses: [{ reaches: [{ peer: workers.peer, port: ports.rest }], ready: [workers.resource] }],
      containers: [
        {
          name: part,
          image: this.image.reference,
          logs: plainLines,
          command: ["/bin/bash", "-ec", script],
          env: { HOME: "/tmp", CONNECT: this.url },
          resources: jobSize,
          mounts: [scratch("tmp", "/tmp", "16Mi"), filesFrom(declared, "/etc/connectors"), authorityMount(this)],
        },
      ],
    });
    // A connector that does not run after minutes needs a person, who reads why in the Job's log.
    job(this, { ...task("connectors", connectorsScript), once: true });
    if (named.length > 0) cronJob(this, { ...task("restart", restartScript), schedule: "* * * * *" });
  }
}
