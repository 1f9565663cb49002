import * as assert from "node:assert/strict";
import { datedEntries, Logs, plainLines } from "../../components/core/logs";
import { alloyText, block, expression } from "../../components/management/alloy/syntax";

describe("the record of logs", () => {
  it("puts together the containers of a service that are read alike, in the order of names", () => {
    const logs = new Logs();
    logs.add("redis", "sentinel", plainLines);
    logs.add("redis", "redis", plainLines);
    logs.add("redis", "acl", datedEntries);
    logs.add("kafka", "kafka", plainLines);
    assert.deepEqual(
      logs.groups().map(({ service, containers }) => [service, ...containers]),
      [
        ["kafka", "kafka"],
        ["redis", "acl"],
        ["redis", "redis", "sentinel"],
      ],
    );
  });

  it("refuses a container that is declared in two ways, since its name is all that the collector knows", () => {
    const logs = new Logs();
    logs.add("kafka", "kafka", plainLines);
    logs.add("kafka", "kafka", plainLines);
    assert.throws(() => logs.add("kafka", "kafka", datedEntries), /container kafka of kafka are declared in two ways/);
    logs.add("kafka-ui", "kafka", datedEntries);
  });
});

describe("Alloy's syntax", () => {
  it("has each attribute and block on lines of its own, and escapes texts", () => {
    const text = alloyText([
      block("loki.process pods", { forward_to: [expression("a.b.receiver")], n: 3, on: true }, [
        block("stage.regex", { expression: '^"\\d+' }),
        block("stage.label_drop", { values: ["a", "b"], none: {} }),
      ]),
      block("logging", { write_to: [], values: { pod: "", "a b": "c" } }),
    ]);
    assert.equal(
      text,
      `loki.process "pods" {
  forward_to = [a.b.receiver]
  n = 3
  on = true
  stage.regex {
    expression = "^\\"\\\\d+"
  }
  stage.label_drop {
    values = ["a", "b"]
    none = {}
  }
}

logging {
  write_to = []
  values = { "pod" = "", "a b" = "c" }
}
`,
    );
  });
});
