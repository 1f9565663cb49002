import { below, exactly, metricsOf, quantile, rate, type ServicePanels } from "../../core/panels";

const mlflow = metricsOf("mlflow");
const door = metricsOf("mlflow-door");
const answers = door("haproxy_backend_http_responses_total", 'proxy="mlflow"');

export const panels: ServicePanels = {
  rows: [
    {
      title: "MLflow",
      panels: [
        {
          kind: "stat",
          title: "Behind the door",
          about: "Whether MLflow answers HAProxy in its own pod, in the pod where it does so least.",
          texts: { 0: "away", 1: "answers" },
          steps: exactly(1),
          series: { MLflow: `min(${door("haproxy_backend_active_servers", 'proxy="mlflow"')})` },
        },
        {
          kind: "chart",
          title: "Answers",
          about:
            "Answers a second by the class of their status, artifacts included. 4xx are normal in small numbers: clients ask whether something is there. `MlflowErrors` fires when one in twenty is 5xx.",
          unit: "reqps",
          stacked: true,
          series: { "{{code}}": rate(answers, "code") },
        },
        {
          kind: "chart",
          title: "Slowest twentieth",
          about:
            "95th percentile of what an answer takes, PostgreSQL included, without artifacts. `MlflowSlow` fires above 5 s.",
          unit: "s",
          steps: below(5),
          empty: "no requests",
          series: { "{{method}}": quantile(0.95, mlflow("mlflow_http_request_duration_seconds_bucket"), "method") },
        },
        {
          kind: "chart",
          title: "Through the door",
          about: "Bytes a second that clients and browsers send and get: mostly artifacts.",
          unit: "Bps",
          series: {
            received: rate(door("haproxy_frontend_bytes_in_total", 'proxy="door"')),
            sent: rate(door("haproxy_frontend_bytes_out_total", 'proxy="door"')),
          },
        },
      ],
    },
  ],
};
