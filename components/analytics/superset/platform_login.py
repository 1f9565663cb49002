"""Who somebody is that comes from Keycloak, and what they may do: what their roles in the realm say."""

import logging

from flask import current_app
from superset.security import SupersetSecurityManager

logger = logging.getLogger("superset.platform_login")
# An empty name is refused.
NOBODY = {"username": ""}


class SecurityManager(SupersetSecurityManager):
    def get_oauth_user_info(self, provider, resp):
        # Authlib has verified the token: signature, issuer, audience, nonce.
        claims = resp.get("userinfo") or {}
        name = claims.get("preferred_username", "")
        known = current_app.config["AUTH_ROLES_MAPPING"]
        roles = [role for role in claims.get("roles", []) if role in known]
        if not roles:
            logger.warning("%s has no role of the platform: refused", name)
            return NOBODY
        if name == current_app.config["PLATFORM_USER"]:
            logger.error("somebody in the realm has the name of the platform's own user %s: refused", name)
            return NOBODY
        return {
            "username": name,
            "first_name": claims.get("given_name", ""),
            "last_name": claims.get("family_name", ""),
            "email": claims.get("email", ""),
            "role_keys": roles,
        }
