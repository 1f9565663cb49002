import { below, exactly, metricsOf, type Panel, rate, type ServicePanels } from "../../core/panels";

const alertmanager = metricsOf("alertmanager");

/** @param members of the cluster */
export const panels = (members: number): ServicePanels => ({
  rows: [
    {
      title: "Alertmanager",
      panels: [
        ...(members > 1 ? [cluster(members)] : []),
        {
          kind: "stat",
          title: "Alerts",
          about: "Alerts that Alertmanager has at this moment. One, the watchdog, is always there.",
          steps: ["text"],
          series: { "{{state}}": `max by (state) (${alertmanager("alertmanager_alerts")})` },
        },
        {
          kind: "stat",
          title: "Silences",
          about: "Silences in force: nobody is told of what they match.",
          steps: ["green", [1, "blue"]],
          series: { Silences: `max(${alertmanager("alertmanager_silences", 'state="active"')})` },
        },
        {
          kind: "stat",
          title: "Configuration",
          about: "Whether the last configuration was taken.",
          texts: { 0: "refused", 1: "taken" },
          steps: ["red", [1, "green"]],
          series: { Configuration: `min(${alertmanager("alertmanager_config_last_reload_successful")})` },
        },
        {
          kind: "chart",
          title: "Notifications",
          about: "Messages to people a second, by the kind of receiver.",
          unit: "ops",
          series: { "{{integration}}": rate(alertmanager("alertmanager_notifications_total"), "integration") },
        },
        {
          kind: "chart",
          title: "Notifications that failed",
          about:
            "Messages a second that a receiver did not take. `AlertmanagerNotificationsFail` fires when it goes on.",
          unit: "ops",
          steps: below(0.01),
          series: {
            "{{integration}}": rate(alertmanager("alertmanager_notifications_failed_total"), "integration"),
          },
        },
      ],
    },
  ],
});

const cluster = (members: number): Panel => ({
  kind: "stat",
  title: "Members",
  about: `Members that the most lonely one of them sees: all ${members}. Otherwise people may be told twice.`,
  steps: exactly(members),
  series: { Members: `min(${alertmanager("alertmanager_cluster_members")})` },
});
