import type { Alert } from "../../core/alerts";

/** @param instances of the registry */
export const alerts = (instances: number): readonly Alert[] => [
  {
    name: "SchemaRegistryLeaderMissing",
    expr: 'sum(kafka_schema_registry_master_slave_role{job="schema-registry"}) != 1',
    for: "2m",
    severity: "critical",
    summary: "Schema Registry has {{ $value }} leaders instead of one: new schemas cannot be registered",
    cause: "The instances cannot elect in Kafka's group: Kafka is away, or the thread that elects has ended.",
    check: "The log of the pods `schema-registry-N`; is Kafka healthy?",
    cure: "Once Kafka is well, restart the instances one after the other.",
  },
  ...(instances > 1
    ? ([
        {
          name: "SchemaRegistryInstanceMissing",
          expr: `min(kafka_schema_registry_node_count{job="schema-registry"}) < ${instances}`,
          for: "10m",
          severity: "warning",
          summary: `Schema Registry knows of {{ $value }} of ${instances} instances`,
          cause: "An instance is down or cannot log in to Kafka.",
          check: "`kubectl get pods` of schema-registry, and the log of the one that is not ready.",
          cure: "What the log says; the others go on.",
        },
      ] satisfies Alert[])
    : []),
];
