import * as assert from "node:assert/strict";
import * as yaml from "yaml";
import { metricRules, usersFile } from "../../components/control/schema-registry/config";

describe("users of Schema Registry", () => {
  it("are in the order of their names, each with the role that may log in", () => {
    const users = [
      { name: "kafka-ui", password: "b" },
      { name: "admin", password: "a" },
    ];
    assert.equal(usersFile(users), "admin: a,user\nkafka-ui: b,user\n");
    assert.equal(usersFile([...users].reverse()), usersFile(users));
  });
});

describe("metrics of Schema Registry", () => {
  const { rules } = yaml.parse(metricRules()) as {
    readonly rules: readonly { readonly pattern: string; readonly name: string }[];
  };
  /** As the exporter does it: the first rule whose pattern is found; what is no character of a name becomes `_`. */
  const named = (attribute: string): string | undefined => {
    for (const { pattern, name } of rules) {
      const found = new RegExp(`^.*(?:${pattern}).*$`).exec(attribute);
      if (found) return name.replace("$1", found[1] ?? "").replace(/[^a-zA-Z0-9_]/g, "_");
    }
    return undefined;
  };

  it("have a bean's name, which says whether an instance leads and how many there are", () => {
    const bean = (name: string) => `kafka.schema.registry<type=${name}><>${name}: 1.0`;
    assert.equal(named(bean("master-slave-role")), "kafka_schema_registry_master_slave_role");
    assert.equal(named(bean("node-count")), "kafka_schema_registry_node_count");
  });

  it("are not the dozens of attributes of the web server", () => {
    assert.equal(named("kafka.schema.registry<type=jetty-metrics><>connections-active: 2.0"), undefined);
  });
});
