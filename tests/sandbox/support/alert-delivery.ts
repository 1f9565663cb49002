import * as assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { ServiceName } from "../../../components/core/catalogue";
import { appsDomain, gateway } from "../../../sandbox/lib/network";
import { connected, type Endpoint, getJson, type Server } from "../../../scripts/lib/clients/https";
import type { KubernetesObject } from "../../../scripts/lib/kubectl";
import { bringUp, sandboxKubectl } from "../../../scripts/lib/proofs/sandbox";
import { smoke } from "../../../scripts/lib/smoke";
import { Installation } from "../../../scripts/lib/smoke/installation";
import { primary } from "../../../scripts/lib/smoke/postgresql";
import { query } from "../../../scripts/lib/smoke/prometheus";
import { AlertReceiver, type Told } from "./alert-receiver";
import { eventually } from "./sandbox";

/**
 * Alerts on their whole way: a product is broken, both Prometheus find it, tell three Alertmanagers, and these tell a person,
 * who is a web server of this process, once. Nothing here may block the process: see AlertReceiver.
 *
 * In seconds from the fault, at the latest:
 *
 *                                      PostgreSQL   Route
 *   the product shows it                       5       5   Patroni looks every 5 s; the router has no pod behind the Route
 *   it is scraped                             30      60   each Prometheus in its own time
 *   the rule is evaluated                     30      30   both at the same moments
 *   `for`                                     60     180
 *   `group_wait` of critical alerts           10      10
 *   another member tells                      30      30   the first tells at once; the third would after 2 x 15 s
 *   told that it fires                       165     315   and a quarter of a minute for a busy machine
 *
 * Its end is told when the group's next `group_interval` is over, 300 s after the first time: the cure must be seen until
 * then. Both at once, and a while after it: 330 + 345 + 45 s at the latest, 600 as a rule.
 */
/** Seconds from the first time it is told until no Prometheus sees the fault any more: Trino starts within 100. */
const cured = 270;
const groupInterval = 300;
/** By how much a member tells later than the one before it; the third is the last. */
const turn = 15;

/** What the stack sandbox-ha has for these checks. */
export const alertingServices = ["minio", "postgresql", "nessie", "trino", "prometheus", "alertmanager"] as const;
const watchdog = "Watchdog";

interface Fault {
  readonly alert: string;
  readonly service: ServiceName;
  readonly summary: string;
  readonly runbook: string;
  /** Seconds from the fault until somebody is told, at the latest. */
  readonly toldWithin: number;
  inject(installation: Installation): Promise<void>;
  cure(installation: Installation): Promise<void>;
}

const faults: readonly Fault[] = [
  {
    alert: "PostgresqlPrimaryMissing",
    service: "postgresql",
    summary: "PostgreSQL has 0 primaries instead of one: nothing can be written",
    runbook: "docs/runbooks/postgresql.md#postgresqlprimarymissing",
    toldWithin: 180,
    // As after a maintenance that went wrong: no failover as long as Patroni is paused.
    async inject(installation) {
      const pod = await primary(installation);
      await inMember(installation, pod, "patronictl", "pause", "--wait");
      await inMember(installation, pod, "/usr/pgsql-17/bin/pg_ctl", "stop", "--mode=fast", "--timeout=100");
    },
    cure: async (installation) => {
      await inMember(installation, "postgresql-0", "patronictl", "resume", "--wait");
    },
  },
  {
    alert: "RouteDown",
    service: "trino",
    summary: `https://trino.${appsDomain} does not answer through the router`,
    runbook: "docs/runbooks/prometheus.md#routedown",
    toldWithin: 330,
    inject: (installation) => coordinators(installation, 0),
    cure: (installation) => coordinators(installation, 1),
  },
];

/** What may be told beside the faults, and why. */
const mayCome: Readonly<Record<string, string>> = {
  PostgresqlMemberDown: "the old primary may follow the new one only 5 min after it was stopped",
  PostgresqlReplicaNotStreaming: "for the same time replicas may have nobody to follow",
};

async function inMember(installation: Installation, pod: string, ...command: readonly string[]): Promise<void> {
  const where = ["--namespace", installation.namespace("postgresql"), "--container", "postgresql"];
  await installation.kubectl.run(["exec", pod, ...where, "--", ...command], 120_000);
}

async function coordinators(installation: Installation, replicas: number): Promise<void> {
  const namespace = ["--namespace", installation.namespace("trino")];
  await installation.kubectl.run(["scale", "deployment/trino-coordinator", `--replicas=${replicas}`, ...namespace]);
}

/** Needs the stack sandbox-ha, which has more services afterwards. */
export function alertDeliveryChecks(): void {
  let receiver: AlertReceiver;
  let way: Way;
  before(async () => {
    receiver = await AlertReceiver.at(gateway);
  });
  after(() => receiver.close());

  it("are wired to a webhook in a stack that runs", async () => {
    await bringUp("sandbox-ha", alertingServices, {
      "datalyptica:alerting": {
        receivers: ["team", "deadman"].map((name) => ({ name, type: "webhook", url: receiver.url(name) })),
        default: "team",
        deadMansSwitch: "deadman",
        egress: [`${gateway}/32:${receiver.port}`],
      },
    });
    const installation = await Installation.find(sandboxKubectl());
    const results = await smoke(installation, ["prometheus", "alertmanager"]);
    const failed = results.filter(({ ok }) => !ok).map(({ detail }) => detail);
    assert.deepEqual(failed, []);
    const [prometheus, alertmanager] = await Promise.all([
      pods(installation, "prometheus", 9090),
      pods(installation, "alertmanager", 9093),
    ]);
    assert.deepEqual([prometheus.length, alertmanager.length], [2, 3]);
    way = { installation, prometheus, alertmanager, receiver };
    await eventually("the dead man's switch beats", 150, () => receiver.of("deadman", watchdog).length > 0);
  });

  it("tell nobody anything while all is well", async () => {
    let found: readonly (readonly string[])[] = [];
    const quiet = async () => {
      found = await firing(way);
      return found.every((alerts) => alerts.join() === watchdog);
    };
    await eventually("nothing but the watchdog fires", 180, quiet).catch((error: Error) => {
      throw new Error(`${error.message}: ${JSON.stringify(found)}`);
    });
    assert.deepEqual(receiver.of("team"), []);
  });

  it("tell of each of two faults once that it is there, and once that it is over", async () => {
    const started = Date.now();
    for (const each of await Promise.allSettled(faults.map((fault) => onItsWay(way, fault)))) {
      if (each.status === "rejected") throw each.reason;
    }
    await sleep(3 * turn * 1000); // in which the second and third member would tell it again
    for (const { alert } of faults) {
      const told = receiver.of("team", alert).map(({ status }) => status);
      assert.deepEqual(told, ["firing", "resolved"], alert);
    }
    const known = [...faults.map(({ alert }) => alert), ...Object.keys(mayCome)];
    const others = receiver.of("team").filter(({ labels }) => !known.includes(labels.alertname ?? ""));
    assert.deepEqual(others, []);

    // Once a minute, whichever member tells it: not three times, nor every other minute.
    const beats = receiver.of("deadman").filter(({ at }) => at >= started);
    assert.ok(beats.every(({ status, labels }) => status === "firing" && labels.alertname === watchdog));
    const pauses = beats.slice(1).map(({ at }, index) => Math.round((at - (beats[index]?.at ?? at)) / 1000));
    console.log(`        seconds between beats: ${pauses.join(", ")}`);
    assert.ok(pauses.length >= 5 && pauses.every((seconds) => seconds > 25 && seconds < 100));
  });
}

/** Those whom an alert passes. */
interface Way {
  readonly installation: Installation;
  readonly prometheus: readonly Endpoint[];
  readonly alertmanager: readonly Endpoint[];
  readonly receiver: AlertReceiver;
}

/** One fault from its beginning until its end has been told. */
async function onItsWay(way: Way, fault: Fault): Promise<void> {
  const { alert } = fault;
  const told = (status: Told["status"]) => way.receiver.of("team", alert, status)[0];
  const begin = Date.now();
  await fault.inject(way.installation);
  try {
    await eventually(`${alert} is told`, fault.toldWithin, () => told("firing") !== undefined);
    // The second Prometheus scrapes up to a minute later.
    await eventually(`${alert} fires on every Prometheus`, 90, async () =>
      (await firing(way)).every((alerts) => alerts.includes(alert)),
    );
    assert.deepEqual(await atEach(way.alertmanager, (server) => active(server, alert)), [1, 1, 1], alert);
  } finally {
    await fault.cure(way.installation);
  }
  const first = told("firing");
  assert.ok(first);
  const since = (moment: number) => (moment - first.at) / 1000;
  await eventually(`${alert} is over on every Prometheus`, Math.ceil(cured - since(Date.now())), async () =>
    (await firing(way)).every((alerts) => !alerts.includes(alert)),
  );
  const left = Math.ceil(groupInterval + 3 * turn - since(Date.now()));
  await eventually(`the end of ${alert} is told`, left, () => told("resolved") !== undefined);

  assert.equal(first.annotations.summary, fault.summary);
  assert.equal(first.annotations.runbook, fault.runbook);
  assert.deepEqual([first.labels.severity, first.labels.service], ["critical", fault.service]);
  const [after, end] = [(first.at - begin) / 1000, since(told("resolved")?.at ?? 0)];
  console.log(
    `        ${alert}: told ${after.toFixed(0)} s after the fault began, its end ${end.toFixed(0)} s after that`,
  );
}

/** Names of the alerts that fire, at each Prometheus. */
const firing = ({ prometheus }: Way): Promise<readonly (readonly string[])[]> =>
  atEach(prometheus, async (server) =>
    (await query(server, 'ALERTS{alertstate="firing"}')).map(({ metric }) => metric.alertname ?? ""),
  );

/** How many alerts of a name an Alertmanager has. */
async function active(server: Server, alert: string): Promise<number> {
  const filter = encodeURIComponent(`alertname="${alert}"`);
  return (await getJson<readonly unknown[]>(server, `/api/v2/alerts?active=true&filter=${filter}`)).length;
}

/** Each pod of a service at its own address, as the machine reaches it: a forwarded port for each question is slow. */
async function pods(installation: Installation, service: ServiceName, port: number): Promise<readonly Endpoint[]> {
  const label = "app.kubernetes.io/";
  const found = await installation.objects<KubernetesObject & { readonly status: { readonly podIP: string } }>(
    "pods",
    `,${label}name=${service},${label}component=server`,
  );
  return Promise.all(
    found.map(({ status }) => installation.endpoint(service, port, { address: status.podIP, localPort: port })),
  );
}

const atEach = <T>(endpoints: readonly Endpoint[], ask: (server: Server) => Promise<T>): Promise<readonly T[]> =>
  Promise.all(endpoints.map((endpoint) => connected(endpoint, ask)));
