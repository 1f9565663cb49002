import { catalogue } from "../../../components/core/catalogue";
import { realmName } from "../../../components/infrastructure/keycloak/realm";
import { clientToken, discover, TokenError, verifiedClaims } from "../clients/oidc";
import { expect, refused, smokeCheck } from "./check";
import type { Installation } from "./installation";

const ports = { https: 8443, management: 9000 };

/** Keycloak: the realm names its public address, gives a service account a token that its keys verify, and nobody else one. */
export const check = smokeCheck("keycloak", async (installation) => {
  const { clientId = "", clientSecret = "" } = await installation.secret("keycloak", "provisioner");
  const urls = await installation.urls();
  const address = urls.find((url) => url.startsWith(`https://${catalogue.keycloak.route}.`));
  expect(address !== undefined, "there is no Route to Keycloak");
  const realm = `/realms/${realmName}`;
  const session = await installation.connect("keycloak", ports.https, async (server) => {
    const document = await discover(server, realm);
    expect(
      document.issuer === address + realm,
      `the realm's issuer is ${document.issuer} instead of ${address}${realm}`,
    );
    expect(
      document.authorization_endpoint.startsWith(`${document.issuer}/`),
      `browsers are sent to ${document.authorization_endpoint}`,
    );
    const tokenUrl = new URL(document.token_endpoint);
    expect(tokenUrl.hostname === server.host, `services inside are sent to ${document.token_endpoint} for tokens`);
    const token = await clientToken(server, tokenUrl.pathname, { clientId, clientSecret });
    const { iss, azp } = await verifiedClaims(server, new URL(document.jwks_uri).pathname, token);
    expect(iss === document.issuer && azp === clientId, `the token is of ${iss} for ${azp}`);
    await refused(
      () => clientToken(server, tokenUrl.pathname, { clientId, clientSecret: `${clientSecret}-wrong` }),
      (error) => error instanceof TokenError && error.status === 401,
      "a wrong secret",
    );
    return `issuer ${document.issuer}; ${clientId} got a token that the realm's keys verify, a wrong secret is refused`;
  });
  return `${session}; ${await cluster(installation)}`;
});

/** In ha every replica sees all others; standalone has no cluster. */
async function cluster(installation: Installation): Promise<string> {
  const expected = installation.replicas("keycloak");
  if (expected === 1) return "one replica";
  const size = await installation.forward("keycloak", "pod/keycloak-0", ports.management, async (port) => {
    const response = await fetch(`http://127.0.0.1:${port}/metrics`, { signal: AbortSignal.timeout(10_000) });
    return Number(/^vendor_cluster_size\{[^}]*\} (\S+)/m.exec(await response.text())?.[1]);
  });
  expect(size === expected, `keycloak-0 sees ${size} of ${expected} replicas`);
  return `${size} replicas see each other`;
}
