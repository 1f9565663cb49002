import * as pulumi from "@pulumi/pulumi";
import { catalogue, type ServiceName } from "./catalogue";
import { yamlText } from "./formats";

/**
 * Something that a person should know of, and what to do then. `docs/runbooks` is made of it; the texts are also in the
 * alert itself, for whoever is woken by it.
 */
export interface Alert {
  readonly name: string;
  /** What is asked: metrics (default) or logs. */
  readonly from?: "metrics" | "logs";
  /** PromQL, of logs LogQL: each series it gives is one alert. */
  readonly expr: pulumi.Input<string>;
  /** How long it must have been so, as `5m`. Default at once. */
  readonly for?: string;
  /** critical: people are worse off now, or data is at risk; warning: within days; none: for machines. */
  readonly severity: "critical" | "warning" | "none";
  /** May name the alert's labels: `{{ $labels.pod }}`. */
  readonly summary: string;
  readonly cause: string;
  readonly check: string;
  readonly cure: string;
  /** What the expression's series do not say of themselves. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** The record of all alerts, by the service that declared them. */
export class Alerts {
  private readonly recorded = new Map<ServiceName, readonly Alert[]>();

  add(service: ServiceName, alerts: readonly Alert[]): void {
    this.recorded.set(service, [...(this.recorded.get(service) ?? []), ...alerts]);
  }

  /** In the order of services' names, so that the order of wiring changes nothing. */
  all(from: "metrics" | "logs"): readonly (readonly [ServiceName, readonly Alert[]])[] {
    return [...this.recorded]
      .map(([service, alerts]) => [service, alerts.filter((alert) => (alert.from ?? "metrics") === from)] as const)
      .filter(([, alerts]) => alerts.length > 0)
      .sort(([a], [b]) => (a < b ? -1 : 1));
  }
}

/** Rule files as Prometheus and Loki read them: file name -> rules of a service. */
export const ruleFiles = (
  services: readonly (readonly [ServiceName, readonly Alert[]])[],
): Record<string, pulumi.Output<string>> =>
  Object.fromEntries(
    services.map(([service, alerts]) => [
      `${service}.yaml`,
      pulumi
        .output({ groups: [{ name: service, rules: alerts.map((alert) => rule(service, alert)) }] })
        .apply(yamlText),
    ]),
  );

function rule(service: ServiceName, alert: Alert) {
  const { name, expr, severity, labels, summary, cause, check, cure } = alert;
  return {
    alert: name,
    expr,
    ...(alert.for ? { for: alert.for } : {}),
    labels: { severity, ...(labels ?? { service, layer: catalogue[service].layer }) },
    annotations: { summary, cause, check, cure, runbook: `docs/runbooks/${service}.md#${name.toLowerCase()}` },
  };
}

/** For routing: which layer an alert is about, unless it says so itself. */
export const layerOfNamespace = (prefix: string) => ({
  source_labels: ["layer", "namespace"],
  separator: ";",
  regex: `;${prefix}-([a-z]+)`,
  target_label: "layer",
});

/** A backup that did not come. @param hours from one success to the next at most */
export const backupTooOld = (name: string, cronJob: string, hours: number): Alert => ({
  name,
  expr: `time() - max by (namespace, cronjob) (kube_cronjob_status_last_successful_time{cronjob="${cronJob}"}) > ${hours} * 3600`,
  for: "15m",
  severity: "critical",
  summary: `The last backup of CronJob ${cronJob} is older than ${hours} hours`,
  cause: "The backup fails, does not end, or was suspended.",
  check: `\`kubectl get jobs\` shows the last runs of ${cronJob}, the log of their pods why they failed.`,
  cure: `Mend what the log says, then \`kubectl create job --from=cronjob/${cronJob} ${cronJob}-by-hand\` and see it succeed.`,
});
