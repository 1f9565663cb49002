import { createPublicKey, type JsonWebKey, verify } from "node:crypto";
import { firstLine, getJson, parseJson, request, type Server } from "./https";

/** OpenID Connect as a service account speaks it: what the issuer offers, a token, and whether the token is the issuer's. */

export interface Discovery {
  readonly issuer: string;
  readonly authorization_endpoint: string;
  readonly token_endpoint: string;
  readonly jwks_uri: string;
}

export interface Credentials {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** The issuer's answer to a request for a token that it did not grant. */
export class TokenError extends Error {
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

/** @param realm path of the realm, such as `/realms/master` */
export const discover = (server: Server, realm: string): Promise<Discovery> =>
  getJson(server, `${realm}/.well-known/openid-configuration`);

/** A token for the client itself. @throws TokenError with the issuer's reason */
export async function clientToken(server: Server, path: string, credentials: Credentials): Promise<string> {
  const { clientId, clientSecret } = credentials;
  const form = { grant_type: "client_credentials", client_id: clientId, client_secret: clientSecret };
  const { status, text } = await request(server, {
    method: "POST",
    path,
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(form).toString(),
  });
  if (status !== 200) throw new TokenError(`no token for client ${clientId}: ${status} ${firstLine(text)}`, status);
  return parseJson<{ access_token: string }>(text, path).access_token;
}

/**
 * The claims of a token, if one of the keys at `path` signed it.
 * @throws Error when none did
 */
export async function verifiedClaims(
  server: Server,
  path: string,
  token: string,
): Promise<Readonly<Record<string, unknown>>> {
  const { keys } = await getJson<{ keys: readonly (JsonWebKey & { readonly kid?: string })[] }>(server, path);
  const [header = "", payload = "", signature = ""] = token.split(".");
  const { kid, alg } = decoded<{ kid: string; alg: string }>(header);
  const key = keys.find((each) => each.kid === kid);
  const valid =
    key !== undefined &&
    alg === "RS256" &&
    verify(
      "RSA-SHA256",
      Buffer.from(`${header}.${payload}`),
      createPublicKey({ key, format: "jwk" }),
      Buffer.from(signature, "base64url"),
    );
  if (!valid) throw new Error(`the token is signed with none of the keys at ${path} (${alg}, key ${kid})`);
  return decoded(payload);
}

const decoded = <T>(part: string): T => parseJson<T>(Buffer.from(part, "base64url").toString(), "token");
