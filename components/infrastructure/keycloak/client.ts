export interface ClientSpec {
  /** Where Keycloak may send browsers back to after login; exact, without wildcards. */
  readonly redirectUris: readonly string[];
  /** Where it may send them after logout; default nowhere. */
  readonly postLogoutRedirectUris?: readonly string[];
}

/** Writes a claim into all tokens, unless `config` says otherwise. @param type Keycloak's name of the mapper, without its affixes */
const mapper = (name: string, type: string, config: Readonly<Record<string, string>>) => ({
  name,
  protocol: "openid-connect",
  protocolMapper: `oidc-${type}-mapper`,
  config: { ...everywhere, ...config },
});

const everywhere: Readonly<Record<string, string>> = {
  "access.token.claim": "true",
  "id.token.claim": "true",
  "userinfo.token.claim": "true",
  "introspection.token.claim": "true",
};

/** A client as Keycloak's admin REST API takes it, but for its secret. A challenge (PKCE) is checked where the product sends one. */
export const clientDefinition = (clientId: string, spec: ClientSpec) => ({
  clientId,
  enabled: true,
  protocol: "openid-connect",
  publicClient: false,
  standardFlowEnabled: true,
  implicitFlowEnabled: false,
  directAccessGrantsEnabled: false,
  serviceAccountsEnabled: false,
  redirectUris: spec.redirectUris,
  attributes: { "post.logout.redirect.uris": (spec.postLogoutRedirectUris ?? []).join("##") },
  // Beside what the realm's default scopes bring (names, address). Not scopes of our own: Keycloak makes its default
  // scopes, which its own clients need, only for a realm whose import names none.
  protocolMappers: [
    mapper("roles", "usermodel-realm-role", { "claim.name": "roles", multivalued: "true", "jsonType.label": "String" }),
    mapper("groups", "group-membership", { "claim.name": "groups", "full.path": "false" }),
    // Tokens for another client are refused by services that look at the audience.
    mapper("audience", "audience", { "included.client.audience": clientId, "id.token.claim": "false" }),
  ],
});
