import type { Kafka } from "../control/kafka";
import type { KafkaConnect } from "../control/kafka-connect";
import type { SchemaRegistry } from "../control/schema-registry";
import { authorityMount, certificate } from "../core/certificates";
import { password } from "../core/credentials";
import { heapOptions, javaTrust } from "../core/java";
import { datedEntries } from "../core/logs";
import { serviceNames } from "../core/names";
import type { Platform } from "../core/platform";
import { onDemand, Service } from "../core/service";
import { type EnvValue, filesFrom, keyOf, scratch } from "../core/sources";
import { deployment } from "../core/workload";
import type { Keycloak } from "../infrastructure/keycloak";
import { route } from "../networking/routes";
import { alerts } from "./kafka-ui/alerts";
import {
  auditTopic,
  callbackPath,
  config,
  configFile,
  type Login,
  ports,
  secrets,
  tlsDirectory,
} from "./kafka-ui/config";
import { panels } from "./kafka-ui/panels";

/**
 * Kafka-UI: topics, messages, groups, schemas and connectors in the browser, at `https://kafka-ui.<domain>`. It keeps
 * nothing; what people change there is written to Kafka's topic `__kui-audit-log`.
 *
 * ha: 2 replicas. A login lives in the memory of one of them, and the router's cookie leads back to it; when a replica
 * goes, its users log in again.
 * standalone: 1 replica.
 *
 * With Keycloak, administrators may do what Kafka-UI's user in Kafka may, everybody else with a role reads. Without, there
 * is one user, `admin` (Secret `kafka-ui-admin`). Ports: 8443 browsers (TLS; Route `kafka-ui`), 8081 health and metrics
 * (plain, fenced by NetworkPolicy).
 */

interface Wiring {
  readonly kafka: Kafka;
  readonly schemaRegistry?: SchemaRegistry | undefined;
  readonly connect?: KafkaConnect | undefined;
  readonly keycloak?: Keycloak | undefined;
}

const tmp = scratch("tmp", "/tmp", "256Mi");

export class KafkaUi extends Service {
  static readonly service = "kafka-ui";

  constructor(platform: Platform, wiring: Wiring) {
    super(platform, KafkaUi.service);
    const size = platform.size("kafka-ui");
    const image = platform.image("kafka-ui");
    const kafka = this.broker(wiring.kafka);
    const registry = wiring.schemaRegistry?.access(this);
    const connect = wiring.connect?.rest();
    const { login, oidc, env } = this.login(wiring.keycloak);
    const trust = javaTrust(this, image, tmp);
    const tls = certificate(this, "tls", "kafka-ui", serviceNames("kafka-ui", this.namespace));
    const files = this.configMap("config", "server", { "config.yml": config({ kafka, registry, connect, login }) });

    const { peer } = deployment(this, {
      name: "kafka-ui",
      component: "server",
      account: this.serviceAccount(),
      size,
      uses: [kafka, onDemand(registry), connect, oidc],
      init: [trust.init],
      containers: [
        {
          name: "kafka-ui",
          image,
          logs: { ...datedEntries, coloured: true },
          command: ["java"],
          args: [
            ...heapOptions(size, 0.5),
            ...trust.options,
            `-Dspring.config.additional-location=file:${configFile}`,
            "-jar",
            "/api.jar",
          ],
          env: {
            HOME: "/tmp",
            [secrets.kafka]: keyOf(kafka.credentials, "password"),
            ...(registry ? { [secrets.registry]: keyOf(registry.credentials, "password") } : {}),
            ...env,
          },
          ports,
          metrics: [{ port: "management", path: "/actuator/prometheus" }],
          resources: size,
          mounts: [
            tmp,
            filesFrom(files, "/etc/kafka-ui"),
            filesFrom(tls, tlsDirectory, { "tls.crt": "tls.crt", "tls.key": "tls.key" }),
            authorityMount(this),
            trust.mount,
          ],
          startup: { http: "/actuator/health/liveness", port: "management", period: 5, failures: 60 },
          readiness: { http: "/actuator/health/readiness", port: "management" },
          liveness: { http: "/actuator/health/liveness", port: "management", period: 30, failures: 4 },
        },
      ],
    });
    this.clusterIp("kafka-ui", "server", ports);
    route(this, {
      to: "kafka-ui",
      port: "https",
      endpoint: { peer, port: ports.https },
      tls: true,
      // Messages that are followed as they come are one long answer.
      timeout: "3m",
    });
    this.alert(alerts);
    this.show(panels);
    this.registerOutputs({});
  }

  /** The most that anybody may do through Kafka-UI. Not who may do what in Kafka: that the program declares. */
  private broker(kafka: Kafka) {
    return kafka.user(this, "kafka-ui", {
      topics: [{ name: auditTopic, partitions: 1, config: { "retention.ms": `${90 * 24 * 3_600_000}` } }],
      acls: [
        {
          resource: "topic",
          name: "*",
          operations: ["Read", "Write", "Create", "Delete", "Alter", "Describe", "DescribeConfigs", "AlterConfigs"],
        },
        { resource: "group", name: "*", operations: ["Read", "Delete", "Describe"] },
        { resource: "cluster", name: "kafka-cluster", operations: ["Describe", "DescribeConfigs"] },
      ],
    });
  }

  private login(keycloak: Keycloak | undefined) {
    if (!keycloak) {
      const username = "admin";
      const admin = this.secret("admin", "access", { username, password: password(this, "admin").result });
      const login: Login = { administrator: username };
      return { login, oidc: undefined, env: { [secrets.admin]: keyOf(admin, "password") } as Record<string, EnvValue> };
    }
    const address = `https://${this.platform.host("kafka-ui")}`;
    const oidc = keycloak.client(this, { redirectUris: [`${address}${callbackPath}`] });
    const login: Login = { oidc, address };
    return { login, oidc, env: { [secrets.oidc]: keyOf(oidc.credentials, "clientSecret") } };
  }
}
