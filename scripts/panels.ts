import * as fs from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Command, InvalidArgumentError, Option } from "commander";
import { catalogue } from "../components/core/catalogue";
import { run, withPrometheus } from "./lib/dashboards/live";
import { type DashboardModel, dashboardsIn, type PanelQuery, queriesOf } from "./lib/dashboards/queries";
import { Kubectl, type KubernetesObject } from "./lib/kubectl";
import { render, type Stack, stackConfig, stacks } from "./lib/render";
import { runCommand, table, UsageError } from "./lib/smoke/command";
import { Installation } from "./lib/smoke/installation";

/** Asks the live Prometheus, through Thanos where it is there, for what every panel of the dashboards shows. */

const seconds = (text: string): number => {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError(`"${text}" is no number of seconds`);
  return Number(text);
};

const command = new Command("panels")
  .description(
    "run every query of the dashboards against the live Prometheus (exit code 1: some panel shows nothing that should)",
  )
  .addOption(
    new Option(
      "--stack <name>",
      "dashboards as the program renders them for the services that run, where Grafana itself does not (default: those in the cluster)",
    ).choices(stacks),
  )
  .option("--unseen <file>", "JSON of metrics that this installation has not and why: panels of them may show nothing")
  .option("--patience <seconds>", "how long to wait for the last series", seconds, 0)
  .option("--prefix <prefix>", "prefix of the stack's namespaces (default: the only stack in the cluster)")
  .option("--context <context>", "context of the kubeconfig (default: its current one)");

interface Options {
  readonly stack?: Stack;
  readonly unseen?: string;
  readonly patience: number;
  readonly prefix?: string;
  readonly context?: string;
}

async function main(): Promise<boolean> {
  const { stack, unseen, patience, prefix, context } = command.opts<Options>();
  const installation = await Installation.find(new Kubectl(undefined, context), prefix);
  const queries = queriesOf((await dashboards(installation, stack)).values())
    .filter(({ source }) => source === "prometheus")
    .map((each) => ({ ...each, empty: each.empty ?? absence(installation, each) }));
  const excuses = unseen ? (JSON.parse(fs.readFileSync(unseen, "utf8")) as Record<string, string>) : {};
  const deadline = Date.now() + patience * 1000;
  for (;;) {
    const outcomes = await withPrometheus(installation, (server) => run(server, queries, excuses));
    const empty = outcomes.filter(({ series }) => series === 0);
    const wrong = empty.filter(({ excuse }) => excuse === undefined);
    if (wrong.length > 0 && Date.now() < deadline) {
      await sleep(15_000);
      continue;
    }
    const rows = (wrong.length > 0 ? wrong : empty).map(({ dashboard, panel, expr, excuse }) => [
      dashboard,
      panel,
      excuse ?? expr,
    ]);
    if (rows.length > 0) console.log(table(["dashboard", "panel", wrong.length > 0 ? "query" : "empty because"], rows));
    console.log(
      `${queries.length} queries: ${outcomes.length - empty.length} have series, ${empty.length - wrong.length} have none for a reason, ${wrong.length} have none`,
    );
    return queries.length > 0 && wrong.length === 0;
  }
}

/** Grafana's own panels are among those that `--stack` renders, where nothing of Grafana is scraped. */
const absence = ({ services }: Installation, { expr }: PanelQuery): string | undefined =>
  expr.includes('job="grafana"') && !services.includes("grafana") ? "Grafana does not run here" : undefined;

/** @throws UsageError when there are none in the cluster, and no stack is named */
async function dashboards(installation: Installation, stack?: Stack): Promise<ReadonlyMap<string, DashboardModel>> {
  if (stack) {
    const missing = catalogue.grafana.requires.filter((name) => !installation.services.includes(name));
    if (missing.length > 0) {
      throw new UsageError(`--stack: dashboards are Grafana's, which needs ${missing.join(", ")}; the stack has none`);
    }
    const services = JSON.stringify([...new Set([...installation.services, "grafana"])]);
    const { manifests } = await render({ ...stackConfig(stack), "datalyptica:services": services }, stack);
    return dashboardsIn(manifests as Parameters<typeof dashboardsIn>[0]);
  }
  const found = dashboardsIn(
    await installation.objects<KubernetesObject>("configmaps", ",app.kubernetes.io/name=grafana"),
  );
  if (found.size === 0) {
    throw new UsageError(`--stack: not given, and the cluster has no dashboards; allowed: ${stacks.join(", ")}`);
  }
  return found;
}

void runCommand(command, main);
