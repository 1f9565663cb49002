import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { authorityMount, certificate } from "../core/certificates";
import { password } from "../core/credentials";
import { heapOptions } from "../core/java";
import { plainLines } from "../core/logs";
import { serviceHost, serviceNames } from "../core/names";
import type { Platform } from "../core/platform";
import type { ContainerSpec } from "../core/pods";
import { jobSize, type Size } from "../core/profiles";
import { type Account, type Handle, Service } from "../core/service";
import { apiToken, claim, filesFrom, keyOf, type Mount, podField, type Source, scratch } from "../core/sources";
import { job, statefulSet, type Workload } from "../core/workload";
import { alerts } from "./kafka/alerts";
import { type Grants, grantFiles, type KafkaClient, log4j, log4jEntries } from "./kafka/client";
import * as config from "./kafka/config";
import { exporter, exporterAcls } from "./kafka/exporter";
import { metricRules } from "./kafka/metrics";
import { panels } from "./kafka/panels";
import { brokerScript, caughtUpScript, controllerScript, rackScript, userScript } from "./kafka/scripts";

/**
 * Kafka: the platform's log of events, in KRaft mode: controllers keep the metadata, brokers the data.
 *
 * ha: 3 controllers and 3 brokers. Each partition has 3 copies in different zones; a write is acknowledged when 2 have it,
 * and a copy that is behind never becomes leader. A rolling update waits until each broker has caught up.
 * standalone: 1 controller and 1 broker, same layout.
 *
 * Clients log in with SCRAM over TLS and may do only what their ACLs say; Kafka's own processes know each other by
 * certificate. Ports: 9092 clients, 9091 brokers among themselves and tools, 9093 controllers, 9404 metrics, 9308 those of
 * the exporter, which tells how far consumers are behind.
 */

type Role = "controller" | "broker";

const { ports, headless, principals } = config;
const tmp = scratch("tmp", "/tmp", "256Mi");
/** The JVM of the tools, which live for seconds: half the CPU of a server's. */
const toolJvm = {
  KAFKA_HEAP_OPTS: "-Xmx128m",
  KAFKA_JVM_PERFORMANCE_OPTS: "-XX:+UseSerialGC -XX:TieredStopAtLevel=1",
};
/** Of a provisioning Job: a tool's JVM at a time. */
const toolSize: Size = { ...jobSize, memory: "128Mi", cpuLimit: "1", memoryLimit: "512Mi" };

export class Kafka extends Service {
  static readonly service = "kafka";
  private readonly image: string;
  private readonly account: Account;
  private readonly cluster: config.Cluster;
  private readonly identity: Source;
  private readonly files: Source;
  private readonly adminCertificate: Source;
  private readonly brokers: Workload;

  constructor(platform: Platform, _wiring: object) {
    super(platform, Kafka.service);
    const controller = platform.size("kafka-controller");
    const broker = platform.size("kafka-broker");
    const racks = broker.replicas > 1;
    this.image = platform.image("kafka");
    this.cluster = { namespace: this.namespace, controllers: controller.replicas, brokers: broker.replicas };
    this.account = this.serviceAccount({
      stateful: true,
      // The zone of a broker's node, which Kubernetes tells pods in no other way.
      ...(racks ? { clusterRules: [{ apiGroups: [""], resources: ["nodes"], verbs: ["get"] }] } : {}),
    });
    this.identity = this.marks(controller.replicas);
    this.files = this.configMap("common", "common", {
      "admin.properties": config.adminProperties(),
      // The selector writes a line for each connection of a probe.
      "log4j2.yaml": log4j({ "org.apache.kafka.common.network.Selector": "ERROR" }),
      "metrics.yml": metricRules(),
    });
    this.adminCertificate = certificate(this, "admin-tls", principals.admin, [principals.admin]);

    this.brokers = this.brokersOf(this.controllers(controller), broker, racks);
    this.quorumFormed();
    exporter(this, this.account, this.user(this, "exporter", { acls: exporterAcls }));
    this.alert(alerts);
    this.show(panels(broker.replicas));
    // The smoke check's own user and topic: it may use nothing else.
    this.user(this, "check", {
      topics: [{ name: "platform-check", partitions: 1, config: { "retention.ms": "3600000" } }],
      acls: [
        { resource: "topic", name: "platform-check", operations: ["Read", "Write", "Describe", "DescribeConfigs"] },
        { resource: "group", name: "platform-check", operations: ["Read", "Describe"] },
      ],
    });
    this.registerOutputs({});
  }

  /**
   * A user with a password of its own and exactly these rights.
   * @param user its name, unique in Kafka
   * @param grants topics to create where absent (their copies are the cluster's business), and rights
   */
  user(owner: Service, user: string, grants: Grants): KafkaClient {
    const part = `user-${user}`;
    const keys = { username: user, password: password(this, part).result };
    const here = this.secret(part, "provision", keys);
    const declared = this.configMap(`grants-${user}`, "provision", grantFiles(grants));
    const bootstrap = serviceHost("kafka", this.namespace);
    const provision = job(this, {
      name: `kafka-${part}`,
      component: part,
      account: this.account,
      uses: [this.access(ports.internal)],
      containers: [
        {
          name: "provision",
          image: this.image,
          logs: plainLines,
          command: ["/bin/bash", "-ec", userScript],
          env: {
            HOME: "/tmp",
            LOG_DIR: "/tmp",
            ...toolJvm,
            BOOTSTRAP: `${bootstrap}:${ports.internal}`,
            KAFKA_USER: user,
          },
          resources: toolSize,
          mounts: [
            tmp,
            ...this.common(this.adminCertificate),
            filesFrom(declared, "/etc/provision"),
            filesFrom(here, "/etc/credentials", { password: "password" }),
          ],
        },
      ],
    });
    return {
      ...this.access(ports.client, provision),
      bootstrap: `${bootstrap}:${ports.client}`,
      username: user,
      credentials: owner.secret(`kafka-${user}`, "access", keys),
    };
  }

  private controllers(size: Size): Workload {
    const controllers = statefulSet(this, {
      name: headless.controller,
      component: "controller",
      account: this.account,
      size,
      governing: headless.controller,
      volume: "data",
      gracePeriod: 60,
      // The next one is restarted when this one has had time to read what the others wrote meanwhile.
      minReady: 30,
      amongItself: size.replicas > 1 ? [ports.controller] : [],
      containers: [
        {
          ...this.server("controller", size, config.controllerProperties(this.cluster)),
          command: ["/bin/bash", "-ec", controllerScript],
          ports: { controller: ports.controller, metrics: ports.metrics },
          startup: { tcp: "controller", period: 5, failures: 60 },
          readiness: { tcp: "controller" },
          liveness: { tcp: "controller", period: 20, failures: 6 },
        },
      ],
    });
    this.clusterIp(headless.controller, "controller", { controller: ports.controller }, { headless: true });
    return controllers;
  }

  private brokersOf(controllers: Workload, size: Size, racks: boolean): Workload {
    const brokers = statefulSet(this, {
      name: headless.broker,
      component: "broker",
      account: this.account,
      size,
      governing: headless.broker,
      volume: "data",
      // Leadership of every partition is handed over first.
      gracePeriod: 180,
      uses: [{ reaches: [{ peer: controllers.peer, port: ports.controller }], ready: [] }],
      // As clients too: people run Kafka's tools inside a broker's pod, and so does the smoke check.
      amongItself: size.replicas > 1 ? [ports.internal, ports.client] : [],
      ...(racks ? { init: [this.rack()] } : {}),
      containers: [
        {
          ...this.server("broker", size, config.brokerProperties(this.cluster)),
          command: ["/bin/bash", "-ec", brokerScript],
          ports: { client: ports.client, internal: ports.internal, metrics: ports.metrics },
          startup: { command: ["/bin/bash", "-ec", caughtUpScript], period: 20, timeout: 18, failures: 180 },
          // The port is opened when the controllers let the broker serve.
          readiness: { tcp: "client" },
          liveness: { tcp: "internal", period: 20, failures: 6 },
        },
      ],
    });
    this.clusterIp(headless.broker, "broker", { client: ports.client, internal: ports.internal }, { headless: true });
    this.clusterIp("kafka", "broker", { client: ports.client, internal: ports.internal });
    return brokers;
  }

  /** What controllers and brokers have in common. */
  private server(role: Role, size: Size, properties: string): ContainerSpec {
    const tls = certificate(this, `${role}-tls`, principals[role], [
      `*.${serviceHost(headless[role], this.namespace)}`,
      ...(role === "broker" ? serviceNames("kafka", this.namespace) : []),
      "localhost",
    ]);
    const files = this.configMap(role, role, { "server.properties": properties });
    return {
      name: "kafka",
      image: this.image,
      logs: log4jEntries,
      env: {
        HOME: "/tmp",
        LOG_DIR: "/tmp",
        // Without the image's default, which is a file of the garbage collector's.
        EXTRA_ARGS: "-name kafkaServer",
        ...toolJvm,
        // A broker's memory is mostly the operating system's, which keeps in it what is written and read.
        SERVER_HEAP: heapOptions(size, role === "broker" ? 0.4 : 0.5).join(" "),
        POD_NAME: podField("metadata.name"),
        CLUSTER_ID: keyOf(this.identity, "cluster-id"),
        ...(role === "controller" ? { INITIAL_CONTROLLERS: keyOf(this.identity, "initial-controllers") } : {}),
      },
      metrics: [{ port: "metrics" }],
      resources: size,
      mounts: [
        claim("data", config.dataDirectory),
        tmp,
        filesFrom(files, "/etc/kafka"),
        ...(role === "controller" ? [quorumMark] : []),
        ...this.common(tls),
      ],
    };
  }

  /** What servers and tools have in common. @param tls the certificate by which they are known */
  private common(tls: Source): Mount[] {
    return [
      filesFrom(this.files, config.commonDirectory),
      filesFrom(tls, config.tlsDirectory, { "server.pem": "server.pem" }),
      authorityMount(this),
    ];
  }

  /** Before a broker: only this container gets a token, and may read nodes with it. */
  private rack(): ContainerSpec {
    return {
      name: "rack",
      image: this.image,
      logs: plainLines,
      command: ["/bin/bash", "-ec", rackScript],
      env: { NODE_NAME: podField("spec.nodeName") },
      resources: jobSize,
      mounts: [tmp, apiToken],
    };
  }

  /** What marks the cluster and each first controller's disk for good: with other marks, a server refuses its own disk. */
  private marks(controllers: number): Source {
    const mark = (name: string) =>
      new random.RandomId(`kafka-${name}`, { byteLength: 16 }, { parent: this, protect: this.platform.protects })
        .b64Url;
    const directories = Array.from({ length: controllers }, (_, i) => mark(`controller-${i}`));
    return this.configMap("identity", "controller", {
      "cluster-id": mark("cluster"),
      "initial-controllers": pulumi.all(directories).apply((ids) => config.initialControllers(this.namespace, ids)),
    });
  }

  /** Says to controllers that start from now on that the quorum is there; see controllerScript. */
  private quorumFormed(): void {
    new k8s.core.v1.ConfigMap(
      quorumMark.volume,
      { metadata: this.metadata(quorumMark.volume, "controller"), data: { formed: "true" } },
      this.child({ dependsOn: [this.brokers.resource] }),
    );
  }

  private access(port: number, after: Workload = this.brokers): Handle {
    return { reaches: [{ peer: this.brokers.peer, port }], ready: [after.resource] };
  }
}

/** Not there at the very first start, hence optional. */
const quorumMark = {
  volume: "kafka-quorum",
  path: "/etc/kafka-quorum",
  readOnly: true,
  definition: { configMap: { name: "kafka-quorum", optional: true } },
} as const satisfies Mount;
