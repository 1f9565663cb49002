import type * as pulumi from "@pulumi/pulumi";
import { authorityFile, authorityMount } from "../../core/certificates";
import { password } from "../../core/credentials";
import { airliftProperties, jsonText, type PropertyValues } from "../../core/formats";
import { plainLines } from "../../core/logs";
import type { ContainerSpec } from "../../core/pods";
import { jobSize } from "../../core/profiles";
import { type Handle, onDemand, type Service } from "../../core/service";
import { type EnvValue, filesFrom, keyOf, type Mount, scratch } from "../../core/sources";
import type { Directory, Keycloak, OidcClient } from "../../infrastructure/keycloak";
import { administrator, groupNames, managementUser } from "./access";

/**
 * People log in to Trino through Keycloak, beside the administrator's password. Trino takes only the user's name from a
 * token (claims of groups ended with Trino 480), so a container beside the coordinator writes the realm's groups to the
 * file that Trino's group provider reads. It also knows the groups of users that a service impersonates.
 */

/** What the coordinator has more with single sign-on than without. */
export interface SingleSignOn {
  readonly uses: readonly Handle[];
  /** Of config.properties. */
  readonly properties: PropertyValues;
  /** Beside config.properties. */
  readonly files: Readonly<Record<string, pulumi.Input<string>>>;
  readonly env: Readonly<Record<string, EnvValue>>;
  readonly mounts: readonly Mount[];
  readonly init: ContainerSpec;
  readonly sidecar: ContainerSpec;
}

const groups = scratch("groups", "/etc/trino-groups", "16Mi");
const groupFile = `${groups.path}/groups.txt`;
const heartbeat = `${groups.path}/heartbeat`;

/** @param services users of services, complete when everything is wired */
export function singleSignOn(
  trino: Service,
  keycloak: Keycloak,
  image: string,
  services: readonly { readonly name: string }[],
): SingleSignOn {
  const address = `https://${trino.platform.host("trino")}`;
  const client = keycloak.client(trino, {
    redirectUris: [`${address}/oauth2/callback`],
    postLogoutRedirectUris: [`${address}/ui/logout/logout.html`],
  });
  const directory = keycloak.directory(trino);
  // Fixed, so that logins outlive a restart. The second is a key of 32 bytes.
  const sessions = trino.secret("sessions", "coordinator", {
    stateKey: password(trino, "state-key").result,
    refreshKey: password(trino, "refresh-key").result.apply((text) => Buffer.from(text).toString("base64")),
  });
  return {
    uses: [client, onDemand(directory)],
    properties: properties(client),
    files: {
      "user-mapping.json": trino.platform.whenWired(() => userMapping(services.map(({ name }) => name))),
      "group-provider.properties": airliftProperties({ "group-provider.name": "file", "file.group-file": groupFile }),
    },
    env: {
      TRINO_OIDC_SECRET: keyOf(client.credentials, "clientSecret"),
      TRINO_STATE_KEY: keyOf(sessions, "stateKey"),
      TRINO_REFRESH_KEY: keyOf(sessions, "refreshKey"),
    },
    mounts: [{ ...groups, readOnly: true }],
    // Trino starts with an empty file, but not without one.
    init: {
      name: "group-file",
      image,
      logs: plainLines,
      command: ["touch", groupFile],
      resources: jobSize,
      mounts: [groups],
    },
    sidecar: sidecar(trino, directory, image),
  };
}

const properties = (client: OidcClient): PropertyValues => ({
  // Replaces the type that the coordinator has without.
  "http-server.authentication.type": "OAUTH2,PASSWORD",
  "web-ui.authentication.type": "oauth2",
  "http-server.authentication.oauth2.issuer": client.issuer,
  // Browsers go to the public address, Trino itself to the one inside the cluster.
  "http-server.authentication.oauth2.oidc.discovery": false,
  "http-server.authentication.oauth2.auth-url": client.authorizationUrl,
  "http-server.authentication.oauth2.end-session-url": client.logoutUrl,
  "http-server.authentication.oauth2.token-url": client.tokenUrl,
  "http-server.authentication.oauth2.jwks-url": client.jwksUrl,
  "http-server.authentication.oauth2.client-id": client.clientId,
  "http-server.authentication.oauth2.client-secret": "${ENV:TRINO_OIDC_SECRET}",
  "http-server.authentication.oauth2.scopes": "openid",
  "http-server.authentication.oauth2.principal-field": "preferred_username",
  "http-server.authentication.oauth2.user-mapping.file": "/etc/trino/user-mapping.json",
  "http-server.authentication.oauth2.state-key": "${ENV:TRINO_STATE_KEY}",
  // A token of Keycloak's lives for five minutes, a session of Trino's for eight hours, as Keycloak's own.
  "http-server.authentication.oauth2.refresh-tokens": true,
  "http-server.authentication.oauth2.refresh-tokens.issued-token.timeout": "8h",
  "http-server.authentication.oauth2.refresh-tokens.secret-key": "${ENV:TRINO_REFRESH_KEY}",
});

/** Nobody in the realm gets the rights of Trino's own users by having their names. */
export const userMapping = (services: readonly string[]): string =>
  jsonText({
    rules: [
      { pattern: [administrator, managementUser, ...services].join("|"), allow: false },
      { pattern: "(.*)", user: "$1" },
    ],
  });

function sidecar(trino: Service, directory: Directory, image: string): ContainerSpec {
  return {
    name: "groups",
    image,
    logs: plainLines,
    command: ["/bin/bash", "-c", groupScript],
    env: { TOKEN_URL: directory.tokenUrl, ADMIN_URL: directory.adminUrl, GROUP_NAMES: groupNames.join(" ") },
    resources: { cpu: "10m", memory: "32Mi", cpuLimit: "500m", memoryLimit: "128Mi" },
    mounts: [groups, authorityMount(trino), filesFrom(directory.credentials, "/etc/trino-directory")],
    // Ready without Keycloak too: the last known groups hold, and passwords work.
    startup: { command: ["test", "-e", heartbeat], failures: 12 },
    readiness: { command: ["test", "-e", groupFile], period: 60 },
    liveness: { command: ["/bin/bash", "-c", `(( EPOCHSECONDS - $(stat -c %Y ${heartbeat}) < 600 ))`], period: 60 },
  };
}

/**
 * Once a minute writes the members of each group as Trino reads them, all or nothing. Bash and curl are all there is:
 * JSON is cut at its quotation marks, which cannot stand unescaped inside a value, and Keycloak allows neither commas nor
 * colons in user names. Secrets go through pipes, since arguments are seen by everybody.
 */
export const groupScript = `
trap 'exit 0' TERM
ask() { curl --silent --show-error --fail --max-time 20 --cacert ${authorityFile} "$@"; }
api() { printf 'Authorization: Bearer %s' "$token" | ask --header @- "$ADMIN_URL/$1"; }
values() { # the texts of field $1 in the JSON on stdin, one a line
  local IFS='"' parts i
  read -r -d '' -a parts
  for ((i = 0; i + 2 < \${#parts[@]}; i++)); do
    if [[ \${parts[i]} == "$1" && \${parts[i + 1]} == : ]]; then echo "\${parts[i + 2]}"; fi
  done
}
write_groups() {
  local answer token ids names i members
  answer="$(printf 'grant_type=client_credentials&client_id=%s&client_secret=%s' \\
    "$(</etc/trino-directory/clientId)" "$(</etc/trino-directory/clientSecret)" | ask --data @- "$TOKEN_URL")" || return
  token="$(values access_token <<< "$answer")"
  answer="$(api 'groups?briefRepresentation=true&max=-1')" || return
  mapfile -t ids < <(values id <<< "$answer")
  mapfile -t names < <(values name <<< "$answer")
  for i in "\${!names[@]}"; do
    [[ " $GROUP_NAMES " == *" \${names[i]} "* ]] || continue
    answer="$(api "groups/\${ids[i]}/members?briefRepresentation=true&max=-1")" || return
    mapfile -t members < <(values username <<< "$answer")
    (IFS=,; echo "\${names[i]}:\${members[*]}")
  done > ${groupFile}.new
  mv ${groupFile}.new ${groupFile}
}
while true; do
  write_groups || echo 'groups are not up to date: Keycloak did not answer as expected' >&2
  touch ${heartbeat}
  sleep 60 &
  wait $!
done
`.trim();
