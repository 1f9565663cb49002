import { heap } from "../../core/java-panels";
import { exactly, metricsOf, type Panel, type ServicePanels } from "../../core/panels";

const registry = metricsOf("schema-registry");

/** @param instances of the registry; one knows of no others */
export const panels = (instances: number): ServicePanels => ({
  rows: [
    {
      title: "Schema Registry",
      panels: [
        {
          kind: "stat",
          title: "Leaders",
          about: "Exactly one instance writes; without one, nobody can register a schema, while reading goes on.",
          steps: exactly(1),
          series: { Leaders: `sum(${registry("kafka_schema_registry_master_slave_role")})` },
        },
        ...(instances > 1 ? [together(instances)] : []),
        {
          kind: "stat",
          title: "Schemas registered",
          about: "Since the instances started: what is new, not what there is.",
          steps: ["text"],
          series: { Schemas: `sum(${registry("kafka_schema_registry_registered_count")})` },
        },
        {
          kind: "chart",
          title: "Calls",
          about: "Calls of the API a second that succeeded and that failed, schemas that do not fit included.",
          unit: "reqps",
          series: {
            succeeded: `sum(rate(${registry("kafka_schema_registry_api_success_count")}[$__rate_interval]))`,
            failed: `sum(rate(${registry("kafka_schema_registry_api_failure_count")}[$__rate_interval]))`,
          },
        },
        heap("schema-registry"),
      ],
    },
  ],
});

const together = (instances: number): Panel => ({
  kind: "stat",
  title: "Instances",
  about: `Instances that the most lonely one of them sees: all ${instances}.`,
  steps: exactly(instances),
  series: { Instances: `min(${registry("kafka_schema_registry_node_count")})` },
});
