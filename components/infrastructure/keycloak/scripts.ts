import { realmName } from "./realm";

/** Shell of Keycloak's init container and Jobs. Every one may run again. */

/**
 * What `kc.sh start` writes when it finds that the build options changed, which in an image that nobody optimised is at
 * every first start of a pod.
 */
export const builtDirectory = "/opt/keycloak/lib/quarkus";

export const writableCopyScript = `cp -r ${builtDirectory}/. /built/`;

/** A short-lived JVM: little memory, and no time spent on making code faster that runs once. */
export const toolOptions = ["-Xmx64m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];

/**
 * Creates a client with all it needs. One that exists gets the platform's secret and the redirect URIs it lacks; the rest
 * is its administrator's. In the environment: SERVER, CLIENT_ID, REDIRECT_URIS and LOGOUT_URIS (separated by blanks) and
 * KC_CLI_CLIENT_SECRET, which kcadm reads itself; in /etc/client the client's definition and secret.
 */
export const clientScript = `
# Not below the home directory: an arbitrary user has none.
kcadm() { /opt/keycloak/bin/kcadm.sh "$@" --config /tmp/kcadm.config; }
value() { kcadm get "$1" --fields "$2" --format csv --noquotes; }

kcadm config credentials --server "$SERVER" --realm ${realmName} --client provisioner
id="$(kcadm get clients -q "clientId=$CLIENT_ID" --fields id --format csv --noquotes)"
if [ -z "$id" ]; then
  kcadm create clients -f /etc/client/client.json
  exit
fi

present="$(value "clients/$id/client-secret" value)"
if [ "$present" != "$(cat /etc/client/clientSecret)" ]; then
  echo "client $CLIENT_ID: setting the secret"
  kcadm update "clients/$id" -f /etc/client/secret.json
fi

missing=()
uris="$(value "clients/$id" redirectUris)"
for uri in $REDIRECT_URIS; do
  [[ ",$uris," == *",$uri,"* ]] || missing+=(-s "redirectUris+=$uri")
done
before="$(value "clients/$id" 'attributes(post.logout.redirect.uris)')"
after="$before"
for uri in $LOGOUT_URIS; do
  [[ "##$after##" == *"##$uri##"* ]] || after="$after\${after:+##}$uri"
done
[ "$after" = "$before" ] || missing+=(-s "attributes.\\"post.logout.redirect.uris\\"=$after")
if [ "\${#missing[@]}" -gt 0 ]; then
  echo "client $CLIENT_ID: adding \${missing[*]}"
  kcadm update "clients/$id" "\${missing[@]}"
fi
`.trim();
