import type { StandIn } from "../standins";
import { debian } from "./debian";

/** A published module of which a release consists, and the version that its programs report. */
const release = (module: string, sum: string, version: string) => ({
  module,
  sum,
  ldflags: `-X github.com/prometheus/common/version.Version=${version}`,
});
const prometheus = release(
  "github.com/prometheus/prometheus@v0.313.2",
  "h1:1EqGCHPc7wZPEHpoaaeIxDhMSRQTblZncR2cUXrMg2A=",
  "3.13.2",
);
const alertmanager = release(
  "github.com/prometheus/alertmanager@v0.33.1",
  "h1:PJHGvTdb8Q0ZEpJnWff120WxB2kxIScLa707AaIudTo=",
  "0.33.1",
);
const thanos = release(
  "github.com/thanos-io/thanos@v0.42.4",
  "h1:Cs7iARVNKcgewjzAfpoFnscgfNi+XN8slcyW5e0ozWs=",
  "0.42.4",
);
const kubeStateMetrics = release(
  "k8s.io/kube-state-metrics/v2@v2.20.0",
  "h1:edO7hyGs1MqZhbUbzWW1YRTV3afZOIbvHNvOCaJjuU4=",
  "v2.20.0",
);
const blackboxExporter = release(
  "github.com/prometheus/blackbox_exporter@v0.28.0",
  "h1:5n59xN6d4OtnwANA9nQIoBhwfG90b50cMByshvc/+zA=",
  "0.28.0",
);
const unstamped = "its programs and metrics tell the version, but no revision, branch and build date";
const exampleless = "no example of a configuration: containers must name theirs, as the platform's do";

/** Of the services in components/management. */
export const management: Readonly<Record<string, StandIn>> = {
  "ghcr.io/kafbat/kafka-ui:v1.5.0": {
    folder: "kafka-ui",
    base: "kafka",
    downloads: {},
    contains: [
      { product: "a program of the sandbox", version: "1", from: "this repository" },
      { product: "Kafka clients", version: "4.3.1", from: "Maven" },
      { product: "OpenJDK", version: "21.0.13 or newer", from: debian },
    ],
    anotherProduct:
      "A small server of the sandbox's own reads the same settings, and with them logs people in and asks Kafka, Schema Registry and Connect. It proves the platform's settings and connections, nothing of Kafka-UI itself.",
    differences: [
      "no user interface: a page for the login, and JSON",
      "reads only: /api/clusters, and of each /topics, /schemas and /connects with the most important fields, always whole and never cached; everything else is 404",
      "of a role's permissions only viewing counts (clusterconfig, topic, schema, connect); patterns of names are not looked at. With the form, the one user has no role: no rbac there",
      "logins are LOGIN_FORM with one user, and OAUTH2 with OpenID Connect where every address and the scope are named: no issuer-uri, no other provider. Nobody can log out",
      "settings that it does not know are ignored, among them audit, metrics and serialisation; nothing is written to the audit topic, and its absence is not seen",
      "one configuration file, of `spring.config.additional-location` or its variable; no settings from other variables",
      "certificates are read once, at the start; keys must be PKCS #8",
      "health is UP as soon as it listens. Of the metrics jvm_memory_*, jvm_threads_live_threads, process_uptime_seconds and http_server_requests_seconds_count by status",
      "Java 21 on Debian instead of Java 25 on Alpine",
    ],
  },
  "quay.io/prometheus/prometheus:v3.13.2": {
    folder: "prometheus",
    base: "busybox",
    downloads: {
      prometheus: { go: { ...prometheus, pkg: "./cmd/prometheus" } },
      promtool: { go: { ...prometheus, pkg: "./cmd/promtool" } },
    },
    contains: [{ product: "Prometheus and promtool", version: "3.13.2", from: "Go module" }],
    differences: [
      "no user interface: its pages answer with an error; the API and everything else are there",
      unstamped,
      exampleless,
    ],
  },
  "quay.io/prometheus/alertmanager:v0.33.1": {
    folder: "alertmanager",
    base: "busybox",
    downloads: {
      alertmanager: {
        go: { ...alertmanager, pkg: "./cmd/alertmanager", placeholders: ["ui/app/dist/index.html"] },
      },
      amtool: { go: { ...alertmanager, pkg: "./cmd/amtool" } },
    },
    contains: [{ product: "Alertmanager and amtool", version: "0.33.1", from: "Go module" }],
    differences: [
      "no user interface: its page is not found; the API and everything else are there",
      unstamped,
      exampleless,
    ],
  },
  "quay.io/thanos/thanos:v0.42.4": {
    folder: "thanos",
    base: "busybox",
    downloads: { thanos: { go: { ...thanos, pkg: "./cmd/thanos", tags: "slicelabels" } } },
    contains: [{ product: "Thanos", version: "0.42.4", from: "Go module" }],
    differences: [unstamped, "the user with ID 1001 has no name"],
  },
  "registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.20.0": {
    folder: "kube-state-metrics",
    base: "busybox",
    downloads: { "kube-state-metrics": { go: kubeStateMetrics } },
    contains: [{ product: "kube-state-metrics", version: "2.20.0", from: "Go module" }],
    differences: [unstamped],
  },
  "quay.io/prometheus/blackbox-exporter:v0.28.0": {
    folder: "blackbox-exporter",
    base: "busybox",
    downloads: { blackbox_exporter: { go: blackboxExporter } },
    contains: [{ product: "Blackbox exporter", version: "0.28.0", from: "Go module" }],
    differences: [unstamped, exampleless],
  },
};
