import * as pulumi from "@pulumi/pulumi";
import type { Alert } from "../../core/alerts";
import { catalogue } from "../../core/catalogue";
import type { MetricsJob } from "../../core/metrics";

/** Alerts that follow from what is scraped, and from the certificates that were issued. */

/** That something which is scraped does not answer, or is not there to be asked. */
export const silence = (jobs: readonly MetricsJob[]): readonly Alert[] =>
  jobs.flatMap(({ name: job, service, spec }): Alert[] => {
    const labels = { job, service, layer: catalogue[service].layer };
    return [
      {
        name: "ServiceDown",
        expr: `max by (namespace) (up{job="${job}"}) == 0`,
        for: "3m",
        severity: "critical",
        labels,
        summary: "No pod of {{ $labels.job }} answers on its metrics port",
        cause: "All pods are down or hang, or a NetworkPolicy refuses Prometheus.",
        check:
          "The targets of the job in Prometheus say why (`lastError`); `kubectl get pods` in the namespace says how the pods are.",
        cure: "What `kubectl describe` and the log of the pods say. When all pods are ready, it is a policy or a certificate: `pulumi up`.",
      },
      {
        name: "JobHasNoTargets",
        expr: `absent(up{job="${job}"})`,
        for: "10m",
        severity: "critical",
        labels,
        summary: "Prometheus finds nothing to scrape for job {{ $labels.job }}",
        cause: spec.throughService
          ? "Prometheus' configuration lacks the job."
          : "There are no running pods, or Prometheus may not list them.",
        check:
          "Are there pods? Is RoleBinding `prometheus` in their namespace? Prometheus' log shows refused requests.",
        cure: "`pulumi up` brings back what was taken away.",
      },
    ];
  });

/** That a certificate of the platform's authority ends, by what was issued. */
export const certificates = (
  issued: readonly { readonly name: string; readonly end: pulumi.Output<string> }[],
): Alert => ({
  name: "InternalCertificateEnds",
  expr: pulumi
    .all(issued.map(({ name, end }) => end.apply((text) => ({ name, end: Date.parse(text) / 1000 }))))
    .apply(
      (each) =>
        `(${each.map(({ name, end }) => `label_replace(vector(${end}), "certificate", "${name}", "", "")`).join(" or ")}) - time() < 21 * 86400`,
    ),
  for: "1h",
  severity: "warning",
  summary: "Certificate {{ $labels.certificate }} ends within three weeks",
  cause: "`pulumi up` renews certificates from 60 days before their end; nobody has run it since.",
  check: "`pulumi preview` shows which certificates it would issue anew.",
  cure: "`pulumi up`. Pods that read the certificate are restarted one after the other.",
});
