import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as yaml from "yaml";
import type { Alerting } from "../../components/core/alerting";
import { catalogue } from "../../components/core/catalogue";
import { configFiles } from "../../components/management/alertmanager/config";
import { entriesOf, type Manifest } from "../../policies/objects/manifest";
import type { Stack } from "../../scripts/lib/render";
import { rendering } from "../support/stacks";
import { output, tool } from "../support/tools";
import { cases, jobCases, neverSilent } from "./alerts/cases";
import type { Case, Series } from "./alerts/series";

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

const entries = async (stack: Stack, kind: string, name: string) => {
  const found = ((await rendering(stack)).manifests as readonly Manifest[]).find(
    (each) => each.kind === kind && each.metadata.name === name,
  );
  assert.ok(found, `${kind} ${name}`);
  return entriesOf(found);
};
const rulesOf = async (stack: Stack): Promise<readonly Rule[]> =>
  Object.values(await entries(stack, "ConfigMap", "prometheus-rules")).flatMap((text) =>
    (yaml.parse(text) as { readonly groups: readonly { readonly rules: readonly Rule[] }[] }).groups.flatMap(
      ({ rules }) => rules,
    ),
  );
const caseOf = ({ alert, labels }: Rule): Case | undefined => jobCases[alert]?.(labels.job ?? "") ?? cases[alert];

const alerting: Alerting = {
  receivers: [
    { name: "team", type: "email", to: "team@example.com" },
    { name: "chat", type: "slack", url: "https://chat.example.com/hook", channel: "#data" },
    { name: "pager", type: "pagerduty", routingKey: "key" },
    { name: "deadman", type: "webhook", url: "https://deadman.example.com/ping" },
  ],
  default: "team",
  routes: [
    { receiver: "pager", severity: "critical" },
    { receiver: "chat", layer: "control" },
    { receiver: "chat", service: "trino" },
  ],
  deadMansSwitch: "deadman",
  smtp: { host: "smtp.example.com:587", from: "alerts@example.com", username: "alerts", password: "hush" },
  egress: ["192.0.2.0/24:587", "0.0.0.0/0:443"],
};

/** promtool's form of "fires" and "is silent": of each rule by itself, since promtool evaluates all that a test names. */
function unitTests(rule: Rule, { fires, silent, start, silentStart = start, at = "2h" }: Case) {
  const firing = `count(ALERTS{alertname="${rule.alert}", alertstate="firing"}) > bool 0 or vector(0)`;
  const test = (what: string, series: Series, value: number, begin: string | undefined) => ({
    name: `${rule.alert} ${rule.labels.job ?? ""} ${what}`,
    interval: "1m",
    ...(begin ? { start_timestamp: begin } : {}),
    input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
    promql_expr_test: [{ expr: firing, eval_time: at, exp_samples: [{ labels: "{}", value }] }],
  });
  return [
    ...fires.map((series, i) => test(`fires, case ${i + 1}`, series, 1, start)),
    ...silent.map((series, i) => test(`is silent, case ${i + 1}`, series, 0, silentStart)),
  ];
}

describe("alerts", function () {
  // promtool and amtool are built at the first time on a machine.
  this.timeout(1_200_000);
  let folder: string;
  let promtool: string;
  before(async () => {
    promtool = await tool("prometheus", "promtool");
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "alerts-"));
  });
  after(() => fs.rmSync(folder, { recursive: true, force: true }));

  const write = async (stack: Stack, kind: string, name: string) => {
    const files = await entries(stack, kind, name);
    const directory = path.join(folder, stack, name);
    fs.mkdirSync(directory, { recursive: true });
    for (const [file, text] of Object.entries(files)) fs.writeFileSync(path.join(directory, file), text);
    return Object.keys(files).map((file) => path.join(directory, file));
  };

  it("each have a case in which they fire and one in which they are silent, and no case is left over", async () => {
    const rules = await rulesOf("ha");
    const without = rules.filter((rule) => {
      const found = caseOf(rule);
      return !found?.fires.length || !(found.silent.length || neverSilent.includes(rule.alert));
    });
    assert.deepEqual(
      without.map(({ alert }) => alert),
      [],
    );
    const names = new Set(rules.map(({ alert }) => alert));
    assert.deepEqual(
      [...Object.keys(cases), ...Object.keys(jobCases)].filter((name) => !names.has(name)),
      [],
    );
  });

  it("fire when they must and are silent when they must be", async () => {
    const files = (await rulesOf("ha")).flatMap((rule, i) => {
      const found = caseOf(rule);
      if (!found) return [];
      const [rules, file] = [`rule-${i}.yaml`, path.join(folder, `test-${i}.yaml`)];
      fs.writeFileSync(path.join(folder, rules), yaml.stringify({ groups: [{ name: "one", rules: [rule] }] }));
      const tests = unitTests(rule, found);
      fs.writeFileSync(file, yaml.stringify({ rule_files: [rules], evaluation_interval: "1m", tests }));
      return [file];
    });
    await output(promtool, ["test", "rules", ...files]);
  });

  for (const stack of ["ha", "standalone"] as const) {
    it(`and what is scraped are valid configuration in ${stack}`, async () => {
      await output(promtool, ["check", "rules", ...(await write(stack, "ConfigMap", "prometheus-rules"))]);
      const [config = ""] = await write(stack, "ConfigMap", "prometheus-config");
      await output(promtool, ["check", "config", "--syntax-only", config]);
    });
  }

  it("of standalone are some of ha's, none of them on what only several replicas have", async () => {
    const names = new Set((await rulesOf("ha")).map(({ alert }) => alert));
    const standalone = (await rulesOf("standalone")).map(({ alert }) => alert);
    assert.deepEqual(
      standalone.filter((name) => !names.has(name)),
      [],
    );
    assert.deepEqual(
      standalone.filter((name) =>
        /Member|Split|Workers|Replica(Not|Behind)|Thanos|Instance|Sentinel|Redis(Master|Replicas|Writes)/.test(name),
      ),
      [],
    );
  });

  it("of every service tell what they are about and what to do", async () => {
    for (const { alert, labels, annotations } of await rulesOf("ha")) {
      for (const part of ["summary", "cause", "check", "cure", "runbook"])
        assert.ok(annotations[part], `${alert} ${part}`);
      assert.match(labels.severity ?? "", /^(critical|warning|none)$/, alert);
      if (labels.service) assert.equal(labels.layer, catalogue[labels.service as keyof typeof catalogue].layer, alert);
    }
  });

  it("reach whom the configuration names, by amtool", async () => {
    const amtool = await tool("alertmanager", "amtool");
    const receiver = async (config: string, ...labels: readonly string[]) =>
      (await output(amtool, ["config", "routes", "test", `--config.file=${config}`, ...labels])).trim();
    const [quiet = ""] = await write("ha", "Secret", "alertmanager-config");
    await output(amtool, ["check-config", quiet]);
    assert.equal(await receiver(quiet, "alertname=KafkaControllerMissing", "severity=critical"), "nobody");

    const told = path.join(folder, "alertmanager.yml");
    fs.writeFileSync(told, configFiles(alerting)["alertmanager.yml"] ?? "");
    await output(amtool, ["check-config", told]);
    assert.equal(await receiver(told, "alertname=Watchdog", "severity=none"), "deadman");
    assert.equal(await receiver(told, "alertname=A", "severity=critical", "layer=data"), "pager");
    assert.equal(await receiver(told, "alertname=A", "severity=warning", "layer=control"), "chat");
    assert.equal(await receiver(told, "alertname=A", "severity=warning", "service=trino"), "chat");
    assert.equal(await receiver(told, "alertname=A", "severity=warning", "layer=data"), "team");
  });
});
