import { below, metricsOf, type Panel, quantile, rate, type ServicePanels } from "../../core/panels";

/** The hub is asked through its Service: whichever pod it is, its figures have none. */
const hub = metricsOf("jupyterhub", ["cluster", "namespace"]);
const proxy = metricsOf("jupyterhub-proxy");

/** @param most notebooks that may run at once */
export const panels = (most: number): ServicePanels => {
  const running: Panel = {
    kind: "chart",
    title: "JupyterHub: notebooks",
    about: `Notebooks that run, of at most ${most}. \`JupyterHubNearlyFull\` fires at nine in ten.`,
    max: most,
    series: { running: `max(${hub("jupyterhub_running_servers")})` },
  };
  return {
    rows: [
      {
        title: "JupyterHub",
        panels: [
          { ...running, title: "Notebooks" },
          {
            kind: "stat",
            title: "People active",
            about: "People who did something in their notebooks within a day, a week and a month.",
            steps: ["text"],
            empty: "nobody has counted yet",
            series: { "{{period}}": `max by (period) (${hub("jupyterhub_active_users")})` },
          },
          {
            kind: "chart",
            title: "Time to start",
            about: "Until nine of ten notebooks had started. `JupyterHubStartsSlow` fires above two minutes.",
            unit: "s",
            steps: below(120),
            empty: "no notebook was started",
            series: { p90: quantile(0.9, hub("jupyterhub_server_spawn_duration_seconds_bucket", 'status="success"')) },
          },
          {
            kind: "chart",
            title: "Starts",
            about:
              "Starts of notebooks a second, by how they ended. `JupyterHubStartsFail` fires after some that failed.",
            unit: "ops",
            series: { "{{status}}": rate(hub("jupyterhub_server_spawn_duration_seconds_count"), "status") },
          },
          {
            kind: "chart",
            title: "Requests led",
            about: "Requests a second that the proxy leads to hub and notebooks, by their answers' status.",
            unit: "reqps",
            stacked: true,
            series: { "{{status}}": rate(proxy("requests_proxy"), "status") },
          },
          {
            kind: "chart",
            title: "Time for the proxy's ways",
            about: "How long the proxy takes to tell the hub all ways. `JupyterHubProxySlow` fires above five seconds.",
            unit: "s",
            steps: below(5),
            series: { p95: quantile(0.95, hub("jupyterhub_proxy_poll_duration_seconds_bucket")) },
          },
        ],
      },
    ],
    overview: { work: [running] },
  };
};
