import * as pulumi from "@pulumi/pulumi";
import { authorityMount, certificate } from "../core/certificates";
import { password } from "../core/credentials";
import { heapOptions } from "../core/java";
import { plainLines } from "../core/logs";
import { serviceHost, serviceNames } from "../core/names";
import type { Platform } from "../core/platform";
import type { ContainerSpec } from "../core/pods";
import { jobSize } from "../core/profiles";
import { type Handle, Service } from "../core/service";
import { filesFrom, keyOf, type Mount, podField, type Source, scratch } from "../core/sources";
import { statefulSet, type Workload } from "../core/workload";
import type { Kafka } from "./kafka";
import { answered, type KafkaClient, log4j, log4jEntries } from "./kafka/client";
import { agentJar, javaAgent } from "./kafka/metrics";
import { alerts } from "./schema-registry/alerts";
import * as config from "./schema-registry/config";
import { panels } from "./schema-registry/panels";

/**
 * Schema Registry: the schemas of Kafka's messages, under numbers that messages carry. All it knows is in Kafka's topic
 * `_schemas`, which every instance keeps in memory.
 *
 * ha: 3 instances; one is the leader and writes, the others read and pass writes on to it. Any one of them is enough, and
 * another leads about 10 s after the leader fell silent.
 * standalone: 1 instance, the same topic.
 *
 * Whoever uses it has a user of their own (docs/adr/0016). Ports: 8081 REST (TLS), 9404 metrics.
 */

/** A user of the registry, who may read and register all schemas. */
export interface SchemaRegistryAccess extends Handle {
  readonly url: string;
  readonly username: string;
  /** Secret in the owner's namespace: `username`, `password`. */
  readonly credentials: Source;
}

const { ports } = config;
const tmp = scratch("tmp", "/tmp", "64Mi");
const agent = scratch("agent", "/agent", "32Mi");

export class SchemaRegistry extends Service {
  static readonly service = "schema-registry";
  private readonly users: pulumi.Output<config.User>[] = [];
  private readonly instances: Workload;

  constructor(platform: Platform, wiring: { readonly kafka: Kafka }) {
    super(platform, SchemaRegistry.service);
    const size = platform.size("schema-registry");
    // Groups: one in which the leader is elected, one that reads the topic.
    const kafka = wiring.kafka.user(this, "schema-registry", {
      topics: [{ name: config.topic, partitions: 1, config: { "cleanup.policy": "compact" } }],
      acls: [
        { resource: "topic", name: config.topic, operations: ["Read", "Write", "Describe", "DescribeConfigs"] },
        { resource: "group", name: config.consumerGroup, prefix: true, operations: ["Read", "Describe"] },
      ],
    });
    // For people, and for the smoke check.
    this.user("admin", this, "admin");
    this.user("check", this, "check");

    this.instances = statefulSet(this, {
      name: "schema-registry",
      component: "server",
      account: this.serviceAccount(),
      size,
      governing: config.headless,
      uses: [kafka],
      amongItself: size.replicas > 1 ? [ports.https] : [],
      init: [
        {
          name: "agent",
          image: platform.image("kafka"),
          logs: plainLines,
          command: ["cp", agentJar, `${agent.path}/agent.jar`],
          resources: jobSize,
          mounts: [agent],
        },
      ],
      containers: [
        {
          name: "schema-registry",
          image: platform.image("schema-registry"),
          logs: { ...log4jEntries, drop: [answered([config.versionPath])] },
          // Not the image's entrypoint, which writes the properties from the environment.
          command: ["schema-registry-start", `${config.configDirectory}/schema-registry.properties`],
          env: {
            HOME: "/tmp",
            LOG_DIR: "/tmp",
            SCHEMA_REGISTRY_HEAP_OPTS: heapOptions(size, 0.5).join(" "),
            SCHEMA_REGISTRY_LOG4J_OPTS: `-Dlog4j2.configurationFile=${config.configDirectory}/log4j2.yaml`,
            SCHEMA_REGISTRY_OPTS: [
              javaAgent(`${agent.path}/agent.jar`, ports.metrics, `${config.configDirectory}/metrics.yml`),
              `-Djava.security.auth.login.config=${config.configDirectory}/jaas.conf`,
            ].join(" "),
            POD_NAME: podField("metadata.name"),
            KAFKA_PASSWORD: keyOf(kafka.credentials, "password"),
          },
          ports,
          metrics: [{ port: "metrics" }],
          resources: size,
          mounts: [tmp, { ...agent, readOnly: true }, ...this.files(kafka)],
          // The port is opened when all schemas are read and there is a leader.
          startup: { ...answers, period: 5, failures: 60 },
          readiness: answers,
          liveness: { ...answers, period: 20, failures: 6 },
        },
      ],
    });
    this.clusterIp("schema-registry", "server", { https: ports.https });
    this.clusterIp(config.headless, "server", ports, { headless: true });
    this.alert(alerts(size.replicas));
    this.show(panels(size.replicas));
    this.registerOutputs({});
  }

  /** A user for a service, of the service's name. */
  access(owner: Service): SchemaRegistryAccess {
    return {
      reaches: [{ peer: this.instances.peer, port: ports.https }],
      ready: [this.instances.resource],
      url: `https://${serviceHost("schema-registry", this.namespace)}:${ports.https}`,
      username: owner.service,
      credentials: this.user(owner.service, owner, "schema-registry"),
    };
  }

  private files(kafka: KafkaClient): readonly Mount[] {
    const tls = certificate(this, "tls", "schema-registry", [
      ...serviceNames("schema-registry", this.namespace),
      `*.${serviceHost(config.headless, this.namespace)}`,
      "localhost",
    ]);
    const files = this.configMap("config", "server", {
      "schema-registry.properties": config.registryProperties(this.namespace, kafka),
      "jaas.conf": config.jaas(),
      // Kafka's clients print all their settings, several times.
      "log4j2.yaml": log4j({ "org.apache.kafka": "WARN" }),
      "metrics.yml": config.metricRules(),
    });
    const users = this.secret("users", "server", {
      users: this.platform.whenWired(() => pulumi.all(this.users).apply(config.usersFile)),
    });
    return [
      filesFrom(files, config.configDirectory),
      filesFrom(users, config.usersDirectory),
      filesFrom(tls, config.tlsDirectory, { "server.pem": "server.pem" }),
      authorityMount(this),
    ];
  }

  /** @param part of the Secret `<owner>-<part>` with the user's credentials */
  private user(name: string, owner: Service, part: string): Source {
    const { result } = password(this, `user-${name}`);
    this.users.push(result.apply((password) => ({ name, password })));
    return owner.secret(part, "access", { username: name, password: result });
  }
}

const answers = {
  http: config.versionPath,
  port: "https",
  scheme: "HTTPS",
} as const satisfies ContainerSpec["readiness"];
