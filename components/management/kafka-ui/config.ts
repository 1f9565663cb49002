import { clientProperties, type KafkaClient } from "../../control/kafka/client";
import type { ConnectApi } from "../../control/kafka-connect/client";
import type { SchemaRegistryAccess } from "../../control/schema-registry";
import { yamlText } from "../../core/formats";
import type { OidcClient } from "../../infrastructure/keycloak";
import type { Role } from "../../infrastructure/keycloak/realm";

/** Kafka-UI's one configuration file. Passwords stand in it as names of environment variables, which Spring fills in. */

export const ports = { https: 8443, management: 8081 };
export const configFile = "/etc/kafka-ui/config.yml";
export const tlsDirectory = "/etc/kafka-ui-tls";
export const auditTopic = "__kui-audit-log";
export const callbackPath = "/login/oauth2/code/keycloak";
/** The name of the cluster in the browser. */
export const cluster = "datalyptica";

/** Variables must not begin with KAFKA or AUTH, which Spring would take for settings. */
export const secrets = {
  kafka: "SASL_PASSWORD",
  registry: "REGISTRY_PASSWORD",
  oidc: "OIDC_SECRET",
  admin: "ADMIN_PASSWORD",
} as const;

export interface Wired {
  readonly kafka: KafkaClient;
  readonly registry: SchemaRegistryAccess | undefined;
  readonly connect: ConnectApi | undefined;
  readonly login: Login;
}

/** How people log in: through Keycloak, or as the one user there is. */
export type Login = { readonly oidc: OidcClient; readonly address: string } | { readonly administrator: string };

const filled = (variable: string): string => `\${${variable}}`;

export const config = ({ kafka, registry, connect, login }: Wired): string =>
  yamlText({
    server: {
      port: ports.https,
      ssl: { certificate: `${tlsDirectory}/tls.crt`, "certificate-private-key": `${tlsDirectory}/tls.key` },
      reactive: { session: { timeout: "8h" } },
    },
    // On a port of its own: on the other one metrics would be public.
    management: {
      server: { port: ports.management, ssl: { enabled: false } },
      endpoint: { health: { probes: { enabled: true } } },
    },
    logging: { level: { "io.kafbat.ui": "INFO" } },
    github: { release: { info: { enabled: false } } },
    kafka: {
      clusters: [
        {
          name: cluster,
          bootstrapServers: kafka.bootstrap,
          properties: clientProperties(kafka, filled(secrets.kafka)),
          // Otherwise /metrics shows everybody the names of topics and groups.
          metrics: { prometheusExpose: false },
          // Without its topic it would start all the same, and keep no record.
          audit: {
            topicAuditEnabled: true,
            consoleAuditEnabled: true,
            topic: auditTopic,
            level: "ALTER_ONLY",
            requireAuditTopic: true,
          },
          ...(registry
            ? {
                schemaRegistry: registry.url,
                schemaRegistryAuth: { username: registry.username, password: filled(secrets.registry) },
              }
            : {}),
          ...(connect ? { kafkaConnect: [{ name: "connect", address: connect.url }] } : {}),
        },
      ],
    },
    ...("oidc" in login ? keycloak(login.oidc, login.address) : form(login.administrator)),
  });

/** One user, who may do all that Kafka lets Kafka-UI do. */
const form = (name: string) => ({
  auth: { type: "LOGIN_FORM" },
  spring: { security: { user: { name, password: filled(secrets.admin) } } },
});

const keycloak = (client: OidcClient, address: string) => ({
  auth: {
    type: "OAUTH2",
    oauth2: {
      client: {
        keycloak: {
          provider: "keycloak",
          clientId: client.clientId,
          clientSecret: filled(secrets.oidc),
          "client-name": "Keycloak",
          scope: "openid",
          "authorization-grant-type": "authorization_code",
          "redirect-uri": `${address}${callbackPath}`,
          // Each by itself: discovery would ask at the public address, and fail the start when that does not answer.
          "authorization-uri": client.authorizationUrl,
          "token-uri": client.tokenUrl,
          "jwk-set-uri": client.jwksUrl,
          "user-info-uri": client.userinfoUrl,
          "user-name-attribute": "preferred_username",
          "custom-params": { type: "oauth", "roles-field": "roles" },
        },
      },
    },
  },
  rbac: { roles: [role("admin", ["admin"], administrators), role("reader", readers, reading)] },
});

/** Resource -> what may be done with it. */
type Rights = Readonly<Record<string, readonly string[]>>;

/** Rights on these are for names. A pattern anywhere else makes the right worth nothing. */
const named: readonly string[] = ["topic", "consumer", "schema", "connect", "connector"];

/** Everything but what the program declares: rights in Kafka, quotas, and Kafka-UI's own configuration. */
const administrators: Rights = {
  applicationconfig: ["view"],
  clusterconfig: ["all"],
  topic: ["all"],
  consumer: ["all"],
  schema: ["all"],
  connect: ["all"],
  connector: ["all"],
  client_quotas: ["view"],
  acl: ["view"],
  audit: ["view"],
};

const readers: readonly Role[] = ["data_engineer", "data_scientist", "analyst", "viewer"];
const reading: Rights = {
  clusterconfig: ["view"],
  topic: ["view", "messages_read"],
  consumer: ["view"],
  schema: ["view"],
  connect: ["view"],
  connector: ["view"],
};

/** Who has none of the realm's roles can log in and sees nothing. */
const role = (name: string, of: readonly Role[], rights: Rights) => ({
  name,
  clusters: [cluster],
  subjects: of.map((value) => ({ provider: "oauth", type: "role", value })),
  permissions: Object.entries(rights).map(([resource, actions]) => ({
    resource,
    ...(named.includes(resource) ? { value: ".*" } : {}),
    actions,
  })),
});
