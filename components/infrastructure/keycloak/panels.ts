import { heap, meanTime, requests } from "../../core/java-panels";
import { below, exactly, metricsOf, rate, type ServicePanels } from "../../core/panels";

const keycloak = metricsOf("keycloak");
/** Where tokens are given out: a login ends here, and so does each renewal. */
const tokens = 'uri=~".*/protocol/.*token.*"';

/** @param replicas one has no cluster */
export const panels = (replicas: number): ServicePanels => ({
  rows: [
    {
      title: "Keycloak",
      panels: [
        ...(replicas > 1
          ? ([
              {
                kind: "stat",
                title: "Cluster",
                about: `Replicas that the most lonely one of them sees: all ${replicas}. Otherwise logins may be asked for twice.`,
                steps: exactly(replicas),
                series: { Replicas: `min(${keycloak("vendor_cluster_size")})` },
              },
            ] as const)
          : []),
        {
          kind: "stat",
          title: "Waiting for a connection",
          about:
            "Requests that wait for one of the connections to PostgreSQL. `KeycloakConnectionsExhausted` is the alert on it.",
          steps: below(1),
          series: { Requests: `sum(${keycloak("agroal_awaiting_count")})` },
        },
        {
          kind: "stat",
          title: "Tokens",
          about: "Requests for tokens a second: logins of people and services, and renewals.",
          unit: "reqps",
          steps: ["text"],
          empty: "none yet",
          series: { Tokens: rate(keycloak("http_server_requests_seconds_count", tokens)) },
        },
        {
          kind: "stat",
          title: "Refused",
          about:
            "Requests for tokens a second that were refused: wrong passwords and secrets, ended sessions. Many at once are an attack, or a client whose secret was changed.",
          unit: "reqps",
          steps: below(1, 10),
          empty: "none yet",
          series: { Refused: rate(keycloak("http_server_requests_seconds_count", tokens, 'status=~"4.."')) },
        },
        requests("keycloak"),
        meanTime("keycloak"),
        {
          kind: "chart",
          title: "Connections to PostgreSQL",
          about: "Connections in use, and those that are open and idle, over all replicas.",
          stacked: true,
          series: {
            active: `sum(${keycloak("agroal_active_count")})`,
            idle: `sum(${keycloak("agroal_available_count")})`,
          },
        },
        heap("keycloak"),
      ],
    },
  ],
});
