import { catalogue } from "../../../components/core/catalogue";
import { realmName } from "../../../components/infrastructure/keycloak/realm";
import { request, type Server } from "../clients/https";
import { expect } from "./check";

/**
 * Follows the first step of a login: it must lead to Keycloak's public address, for the service's own client, and come
 * back to the service's own Route.
 * @param path where the login begins
 * @param urls of the Routes
 * @param headers that the router would add, where the service builds its own address from them
 */
export async function leadsToKeycloak(
  server: Server,
  path: string,
  service: "kafka-ui" | "grafana" | "mlflow" | "jupyterhub" | "superset" | "airflow",
  urls: readonly string[],
  headers: Readonly<Record<string, string>> = {},
): Promise<string> {
  const [keycloak, own] = [catalogue.keycloak.route, catalogue[service].route].map((route) =>
    urls.find((url) => url.startsWith(`https://${route}.`)),
  );
  const answer = await request(server, { path, headers });
  const { status } = answer;
  const { location = "" } = answer.headers;
  expect(
    status >= 302 && status <= 307 && URL.canParse(location),
    `a login was to lead to Keycloak: ${status} ${location}`,
  );
  const { origin, pathname, searchParams } = new URL(location);
  expect(origin === keycloak && pathname.startsWith(`/realms/${realmName}/`), `a login leads to ${origin}${pathname}`);
  const back = searchParams.get("redirect_uri") ?? "";
  expect(
    searchParams.get("client_id") === service && back.startsWith(`${own}/`),
    `a login of ${searchParams.get("client_id")} comes back to ${back}`,
  );
  return `a login leads to ${origin} and back`;
}
