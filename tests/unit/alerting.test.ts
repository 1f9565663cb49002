import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import * as yaml from "yaml";
import { loadSettings, parseSettings, SettingsError } from "../../components/core/settings";
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

  it("warns when Alertmanager is there and nobody is told, unless that is said", () => {
    const warnings = (more: object) => parseSettings({ ...base, ...more }).warnings;
    const [warning, ...others] = warnings({});
    assert.match(warning ?? "", /nobody is told of alerts: datalyptica:alerting is not set \(docs\/ALERTING.md\)/);
    assert.deepEqual(others, []);
    assert.deepEqual(warnings({ services: ["minio"] }), []);
    assert.deepEqual(warnings({ alerting }), []);
    assert.deepEqual(warnings({ alerting: { receivers: [] } }), []);
    assert.equal(parseSettings({ ...base, alerting: { receivers: [] } }).alerting, undefined);
    assert.equal(problems({ receivers: [], default: "hook" }).length > 0, true);
  });

  it("has its warning passed on once a run", async () => {
    const passed = async (values: object): Promise<readonly string[]> => {
      const { warn } = console; // where it goes without an engine
      const lines: string[] = [];
      console.warn = (line: string) => lines.push(line);
      try {
        const entries = Object.entries({ ...base, ...values });
        pulumi.runtime.setAllConfig(Object.fromEntries(entries.map(([key, value]) => [`datalyptica:${key}`, value])));
        loadSettings();
        return lines;
      } finally {
        console.warn = warn;
      }
    };
    const [line = "", ...others] = await passed({});
    assert.match(line, /^warning: .*datalyptica:alerting/);
    assert.deepEqual(others, []);
    assert.deepEqual(await passed({ alerting: JSON.stringify({ receivers: [] }) }), []);
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
    readonly route: { readonly routes: readonly Readonly<Record<string, string | readonly string[]>>[] };
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

  it("lets the dead man's switch beat once a minute", () => {
    const [watchdog] = parsed.route.routes;
    assert.deepEqual(watchdog?.matchers, ['alertname = "Watchdog"']);
    assert.equal(watchdog?.group_interval, "1m");
    // A repetition falls due at the next interval only when the last one is longer ago than this, by the time it took.
    const seconds = Number(/^(\d+)s$/.exec(String(watchdog?.repeat_interval))?.[1]);
    assert.ok(seconds >= 30 && seconds <= 55, String(watchdog?.repeat_interval));
  });

  it("silences by a label only where there is one: two alerts without it have it in common, too", () => {
    assert.ok(parsed.inhibit_rules.length > 0);
    for (const { equal, source_matchers } of parsed.inhibit_rules) {
      for (const label of equal) assert.ok(source_matchers.includes(`${label} != ""`), label);
    }
  });
});
