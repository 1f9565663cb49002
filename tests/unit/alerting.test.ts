import * as assert from "node:assert/strict";
import * as yaml from "yaml";
import { parseSettings, SettingsError } from "../../components/core/settings";
import { configFiles } from "../../components/management/alertmanager/config";

const base = { mode: "ha", domain: "apps.example.com" };
const hook = { name: "hook", type: "webhook", url: "https://hook.example.com/secret-path" };
const alerting = { receivers: [hook], default: "hook", egress: ["192.0.2.1/32:443"] };

const problems = (value: unknown): readonly string[] => {
  try {
    parseSettings({ ...base, alerting: value });
    return [];
  } catch (error) {
    assert.ok(error instanceof SettingsError);
    return error.problems;
  }
};

describe("datalyptica:alerting", () => {
  it("is taken when receivers, routes and the way to them are there", () => {
    assert.deepEqual(problems(alerting), []);
    assert.equal(parseSettings(base).alerting, undefined);
  });

  it("is refused when a name leads nowhere, or stands twice", () => {
    const wrong = { ...alerting, receivers: [hook, hook], deadMansSwitch: "dead", routes: [{ receiver: "chat" }] };
    assert.deepEqual(problems(wrong), [
      'datalyptica:alerting: no receiver is called "dead"; allowed: hook, hook',
      'datalyptica:alerting: no receiver is called "chat"; allowed: hook, hook',
      'datalyptica:alerting: two receivers are called "hook"',
    ]);
  });

  it("is refused when mail has no server, or no policy lets Alertmanager out", () => {
    const mail = { name: "mail", type: "email", to: "a@example.com" };
    assert.match(problems({ ...alerting, receivers: [hook, mail] }).join(), /type email needs smtp/);
    assert.equal(problems({ ...alerting, egress: [] }).length, 1);
    assert.equal(problems({ ...alerting, egress: ["smtp.example.com:25"] }).length, 1);
  });

  it("shows no secret in a message about it", () => {
    const told = problems({ ...alerting, receivers: [{ ...hook, url: "secret-path" }] }).join();
    assert.match(told, /alerting/);
    assert.doesNotMatch(told, /secret-path/);
  });
});

describe("configuration of Alertmanager", () => {
  const files = configFiles(parseSettings({ ...base, alerting }).alerting);
  const parsed = yaml.parse(files["alertmanager.yml"] ?? "") as {
    readonly receivers: readonly Record<string, unknown>[];
    readonly inhibit_rules: readonly {
      readonly equal: readonly string[];
      readonly source_matchers: readonly string[];
    }[];
  };

  it("has its secrets in files of their own", () => {
    assert.equal(files.hook, hook.url);
    assert.doesNotMatch(files["alertmanager.yml"] ?? "", /secret-path/);
    const [, webhook] = parsed.receivers;
    assert.deepEqual(webhook, {
      name: "hook",
      webhook_configs: [{ send_resolved: true, url_file: "/etc/alertmanager/hook" }],
    });
  });

  it("silences by a label only where there is one: two alerts without it have it in common, too", () => {
    assert.ok(parsed.inhibit_rules.length > 0);
    for (const { equal, source_matchers } of parsed.inhibit_rules) {
      for (const label of equal) assert.ok(source_matchers.includes(`${label} != ""`), label);
    }
  });
});
