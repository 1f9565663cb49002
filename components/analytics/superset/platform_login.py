"""Who somebody is that comes from Keycloak, and what they may do: what their roles in the realm say."""

import logging
from html import escape

from flask import current_app, get_flashed_messages
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import no_cache
from flask_appbuilder.security.views import AuthOAuthView
from flask_login import current_user
from superset.security import SupersetSecurityManager

logger = logging.getLogger("superset.platform_login")
# An empty name is refused.
NOBODY = {"username": ""}


class Login(AuthOAuthView):
    """Straight to Keycloak, as there is nothing to choose. Superset's own page would also report, while somebody leaves it
    for Keycloak, what was done there, and the answer to that can end the session which has just begun."""

    @expose("/login/")
    @expose("/login/<provider>")
    @no_cache
    def login(self, provider="keycloak"):
        return super().login(provider)

    @expose("/oauth-authorized/<provider>")
    def oauth_authorized(self, provider):
        answer = super().oauth_authorized(provider)
        if current_user.is_authenticated:
            return answer
        # Not to the login again: Keycloak would let the same person through, and so on without end.
        reasons = " ".join(escape(str(reason)) for reason in get_flashed_messages())
        leave = escape(current_app.config["LOGOUT_REDIRECT_URL"])
        return (
            "<!doctype html><title>Superset</title><h1>You are not signed in</h1>"
            f"<p>{reasons}</p><p>Superset is for people with a role of the platform: an administrator of Keycloak gives it.</p>"
            f'<p><a href="/login/">Try again</a>, or <a href="{leave}">sign in as somebody else</a>.</p>',
            403,
        )


class SecurityManager(SupersetSecurityManager):
    authoauthview = Login
    register_superset_auth_view = False

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
