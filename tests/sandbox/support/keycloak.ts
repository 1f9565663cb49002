import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import type { Role } from "../../../components/infrastructure/keycloak/realm";
import { appsDomain } from "../../../sandbox/lib/network";
import { pkiPath } from "../../../sandbox/lib/paths";
import type { Browser } from "./browser";
import { kubectl } from "./sandbox";

/** Keycloak as its break-glass administrator uses it, through the router. */

export const keycloak = `https://keycloak.${appsDomain}`;
const users = `${keycloak}/admin/realms/datalyptica/users`;

export interface User {
  readonly username: string;
  readonly password: string;
}

/** Makes a person of the realm with all that Keycloak asks at login. */
export function createUser(username: string, group: Role): User {
  const password = randomUUID();
  const user = {
    username,
    enabled: true,
    firstName: username,
    lastName: "of a test",
    email: `${username}@example.com`,
    emailVerified: true,
    groups: [group],
    credentials: [{ type: "password", value: password, temporary: false }],
  };
  ask(users, "--header", "content-type: application/json", "--data", JSON.stringify(user));
  return { username, password };
}

/** Logs somebody in at the login page that the browser shows, or is about to show. */
export async function signIn(browser: Browser, { username, password }: User): Promise<void> {
  await browser.shows(/sign in to your account/i);
  await browser.type("#username", username);
  await browser.type("#password", password);
  await browser.press("Enter");
}

/** The clients that somebody is logged in to. */
export function loggedInTo(username: string): readonly string[] {
  const [user] = JSON.parse(ask(`${users}?exact=true&username=${username}`)) as readonly { id: string }[];
  const sessions = JSON.parse(ask(`${users}/${user?.id}/sessions`)) as readonly { clients: Record<string, string> }[];
  return sessions.flatMap(({ clients }) => Object.values(clients));
}

function ask(url: string, ...options: readonly string[]): string {
  const form = { grant_type: "password", client_id: "admin-cli", ...credentials() };
  const token = curl(
    `${keycloak}/realms/master/protocol/openid-connect/token`,
    "--data",
    String(new URLSearchParams(form)),
  );
  const { access_token } = JSON.parse(token) as { access_token: string };
  return curl(url, "--header", `authorization: Bearer ${access_token}`, ...options);
}

function credentials(): Record<string, string> {
  const namespace = "datalyptica-sandbox-infrastructure";
  const { data } = kubectl<{ data: Record<string, string> }>("get", "secret/keycloak-admin", "-n", namespace);
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString()]));
}

/** A browser finds *.localhost on this machine by itself; curl is told. */
const curl = (url: string, ...options: readonly string[]): string =>
  execFileSync(
    "curl",
    [
      "--silent",
      "--show-error",
      "--fail",
      "--cacert",
      pkiPath("ca.crt"),
      "--connect-to",
      "::127.0.0.1:",
      ...options,
      url,
    ],
    { encoding: "utf8" },
  );
