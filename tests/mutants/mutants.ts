import type { Replacement } from "../support/scratch";

/** One deliberate mistake. */
export interface Mutant extends Replacement {
  readonly what: string;
}

/** Mistakes that happen to people. Each must be caught by a check that is not the golden comparison. */
export const mutants: readonly Mutant[] = [
  {
    what: "a Service selects pods that do not exist",
    file: "components/data/trino.ts",
    from: 'this.clusterIp("trino", "coordinator", { https })',
    to: 'this.clusterIp("trino", "coordinators", { https })',
  },
  {
    what: "a StatefulSet's selector does not match its pods",
    file: "components/core/workload.ts",
    from: "labels: { ...platform.labels(service.service, spec.component), ...spec.podLabels }",
    to: "labels: { ...platform.labels(service.service, `${spec.component}s`), ...spec.podLabels }",
  },
  {
    what: "a Service's port that no container listens on",
    file: "components/storage/minio.ts",
    from: 'this.clusterIp("minio", "server", ports)',
    to: 'this.clusterIp("minio", "server", { ...ports, s3: 9002 })',
  },
  {
    what: "a URL with another port than its Service has",
    file: "components/data/nessie.ts",
    from: 'uri: `https://${serviceHost("nessie", this.namespace)}:${ports.https}/iceberg`',
    to: 'uri: `https://${serviceHost("nessie", this.namespace)}:19121/iceberg`',
  },
  {
    what: "a host name that does not exist",
    file: "components/storage/postgresql.ts",
    from: 'const host = serviceHost("postgresql", this.namespace);',
    to: 'const host = serviceHost("postgres", this.namespace);',
  },
  {
    what: "a flow that is used but not allowed",
    file: "components/data/nessie.ts",
    from: "uses: [database, bucket],",
    to: "uses: [database],",
  },
  {
    what: "a flow that is allowed but not declared",
    file: "components/security/network-policies.ts",
    from: "  podSelector: { matchLabels: peer.selector },\n});",
    to: "  podSelector: {},\n});",
  },
  {
    what: "an ingress rule without the egress rule on the other side",
    file: "components/security/network-policies.ts",
    from: "...(egress.length > 0 ? { egress } : {}),",
    to: "",
  },
  {
    what: "a default-deny policy that forgets egress",
    file: "components/security/network-policies.ts",
    from: 'podSelector: {},\n        policyTypes: ["Ingress", "Egress"],\n      });\n      this.policy(layer, `${layer}-allow-dns`',
    to: 'podSelector: {},\n        policyTypes: ["Ingress"],\n      });\n      this.policy(layer, `${layer}-allow-dns`',
  },
  {
    what: "a key that its Secret does not have",
    file: "components/storage/minio.ts",
    from: '\n            ROOT_PASSWORD: keyOf(this.root, "password")',
    to: '\n            ROOT_PASSWORD: keyOf(this.root, "passwd")',
  },
  {
    what: "a password in a ConfigMap",
    file: "components/data/nessie.ts",
    from: '"application.properties": properties({',
    to: '"password.txt": password(this, "leak").result,\n      "application.properties": properties({',
  },
  {
    what: "two members where a quorum needs three",
    file: "components/core/profiles.ts",
    from: 'postgresql: { replicas: 3, cpu: "2"',
    to: 'postgresql: { replicas: 2, cpu: "2"',
  },
  {
    what: "a profile that does not fit the cluster",
    file: "components/core/profiles.ts",
    from: '"trino-worker": { replicas: 3, cpu: "3", memory: "16Gi", cpuLimit: "6", memoryLimit: "16Gi" }',
    to: '"trino-worker": { replicas: 3, cpu: "3", memory: "60Gi", cpuLimit: "6", memoryLimit: "60Gi" }',
  },
  {
    what: "a container that may write to its root file system",
    file: "components/core/pods.ts",
    from: "readOnlyRootFilesystem: true",
    to: "readOnlyRootFilesystem: false",
  },
  {
    what: "a pod that sets its own user",
    file: "components/core/pods.ts",
    from: "fsGroupChangePolicy:",
    to: "fsGroup: 1000,\n      fsGroupChangePolicy:",
  },
  {
    what: "a field that Kubernetes 1.26 does not know",
    file: "components/core/workload.ts",
    from: "revisionHistoryLimit: 3,\n        selector",
    to: "revisionHistoryLimit: 3,\n        minReadySecond: 1,\n        selector",
  },
  {
    what: "replicas that may all share one node",
    file: "components/core/workload.ts",
    from: 'requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: "kubernetes.io/hostname", labelSelector }]',
    to: "requiredDuringSchedulingIgnoredDuringExecution: []",
  },
  {
    what: "a wildcard in a Role",
    file: "components/storage/postgresql.ts",
    from: '{ apiGroups: [""], resources: ["endpoints/restricted"], verbs: ["create"] }',
    to: '{ apiGroups: [""], resources: ["endpoints/restricted"], verbs: ["*"] }',
  },
  {
    what: "a quantity typo that is accepted",
    file: "components/core/quantities.ts",
    from: "(m?)$/",
    to: "(m?)/",
  },
  {
    what: "a required service that may be left out",
    file: "components/core/catalogue.ts",
    from: 'requires: ["postgresql", "minio"]',
    to: 'requires: ["minio"]',
  },
  {
    what: "a Job that reaches Kafka on a port it does not use",
    file: "components/control/kafka.ts",
    from: "uses: [this.access(ports.internal)]",
    to: "uses: [this.access(ports.client)]",
  },
  {
    what: "Kafka's controllers under a name that does not exist",
    file: "components/control/kafka/config.ts",
    from: "`${headless.controller}-${pod}.${serviceHost(headless.controller, namespace)}",
    to: "`${headless.controller}-${pod}.${serviceHost(headless.broker, namespace)}",
  },
  {
    what: "a client of Redis that may use the keys of others",
    file: "components/infrastructure/redis/acl.ts",
    from: "...keys.map((key) => `~${key}`)",
    to: '"allkeys"',
  },
  {
    what: "a new client of Redis that restarts the servers of all others",
    file: "components/infrastructure/redis.ts",
    from: "rereadFrom(acl, paths.acl)",
    to: "filesFrom(acl, paths.acl)",
  },
  {
    what: "a login without a way to Keycloak",
    file: "components/data/trino/single-sign-on.ts",
    from: "uses: [client, directory]",
    to: "uses: []",
  },
  {
    what: "tokens asked for at the address for browsers",
    file: "components/data/trino/single-sign-on.ts",
    from: 'oauth2.token-url": client.tokenUrl',
    to: 'oauth2.token-url": client.authorizationUrl',
  },
  {
    what: "Keycloak's replicas that do not reach each other",
    file: "components/infrastructure/keycloak.ts",
    from: "amongItself: clustered ? Object.values(clusterPorts) : []",
    to: "amongItself: []",
  },
  {
    what: "a registry that nobody needs a password for",
    file: "components/control/schema-registry/config.ts",
    from: '"authentication.skip.paths": versionPath',
    to: '"authentication.skip.paths": "/"',
  },
  {
    what: "a registry whose followers do not reach the leader",
    file: "components/control/schema-registry.ts",
    from: "amongItself: size.replicas > 1 ? [ports.https] : []",
    to: "amongItself: []",
  },
  {
    what: "a user of the registry whom it does not know",
    file: "components/control/schema-registry.ts",
    from: "users: this.platform.whenWired(() => pulumi.all(this.users).apply(config.usersFile)),",
    to: "users: pulumi.all(this.users).apply(config.usersFile),",
  },
  {
    what: "schemas in a topic that Kafka empties after a week",
    file: "components/control/schema-registry.ts",
    from: '{ "cleanup.policy": "compact" }',
    to: "{}",
  },
  {
    what: "Kafka-UI without the variable that its configuration names",
    file: "components/management/kafka-ui.ts",
    from: 'keyOf(kafka.credentials, "password"),\n',
    to: "kafka.username,\n",
  },
  {
    what: "a viewer who may delete topics",
    file: "components/management/kafka-ui/config.ts",
    from: 'topic: ["view", "messages_read"]',
    to: 'topic: ["all"]',
  },
  {
    what: "rights in Kafka-UI that are worth nothing",
    file: "components/management/kafka-ui/config.ts",
    from: '...(named.includes(resource) ? { value: ".*" } : {})',
    to: 'value: ".*"',
  },
  {
    what: "Kafka-UI's metrics for everybody",
    file: "components/management/kafka-ui/config.ts",
    from: "metrics: { prometheusExpose: false }",
    to: "metrics: { prometheusExpose: true }",
  },
  {
    what: "a scrape that no policy lets through",
    file: "components/management/prometheus.ts",
    from: "        platform.flows.allow(this.servers.peer, endpoint);\n",
    to: "",
  },
  {
    what: "a service whose metrics nobody scrapes",
    file: "components/infrastructure/keycloak.ts",
    from: 'metrics: [{ port: "management" }],\n',
    to: "",
  },
  {
    what: "a scrape job that keeps another port than the pods have",
    file: "components/management/prometheus/config.ts",
    from: "relabel_configs: podLabels(spec.port,",
    to: 'relabel_configs: podLabels("metric",',
  },
  {
    what: "an alert that fires while all is well",
    file: "components/control/kafka/alerts.ts",
    from: 'activecontrollercount{job="kafka"}) != 1',
    to: 'activecontrollercount{job="kafka"}) == 1',
  },
  {
    what: "an alert that nobody has tried",
    file: "components/data/nessie/alerts.ts",
    from: 'name: "NessieSlow"',
    to: 'name: "NessieVerySlow"',
  },
  {
    what: "Alertmanager's members that gossip by TCP only",
    file: "components/management/alertmanager.ts",
    from: 'platform.flows.allow(peer, { peer, port: ports.gossip, protocol: "UDP" })',
    to: "platform.flows.allow(peer, { peer, port: ports.gossip })",
  },
  {
    what: "a receiver's secret in Alertmanager's configuration itself",
    file: "components/management/alertmanager/config.ts",
    from: 'url_file: file(name) }] };\n    case "slack"',
    to: 'url: receiver.url }] };\n    case "slack"',
  },
  {
    what: "a critical alert without a service that silences all others without one",
    file: "components/management/alertmanager/config.ts",
    from: ', `${label} != ""`]',
    to: "]",
  },
];
