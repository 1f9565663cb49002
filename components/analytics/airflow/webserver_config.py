"""How people log in to Airflow: through Keycloak, and are what their role in the realm says; without it, by password.

Nothing is asked of Keycloak here: Airflow starts without it.
"""

import json
import os
from pathlib import Path

from flask_appbuilder.const import AUTH_DB, AUTH_OAUTH

from airflow.providers.fab.auth_manager.security_manager.override import FabAirflowSecurityManagerOverride

_settings = json.loads((Path(os.environ["LOGIN_SETTINGS"])).read_text())

WTF_CSRF_ENABLED = True
AUTH_TYPE = AUTH_DB

if _settings:
    AUTH_TYPE = AUTH_OAUTH
    AUTH_USER_REGISTRATION = True
    # Who has none of the realm's roles sees nothing.
    AUTH_USER_REGISTRATION_ROLE = "Public"
    AUTH_ROLES_SYNC_AT_LOGIN = True
    AUTH_ROLES_MAPPING = _settings["roles"]
    OAUTH_PROVIDERS = [
        {
            "name": "keycloak",
            "icon": "fa-key",
            "token_key": "access_token",
            "remote_app": {
                **_settings["client"],
                "client_secret": Path(os.environ["OIDC_SECRET"]).read_text(),
                "client_kwargs": {"scope": "openid profile email", "code_challenge_method": "S256"},
            },
        }
    ]

    class SecurityManager(FabAirflowSecurityManagerOverride):
        """Takes the realm's roles, where Airflow's own way for Keycloak takes groups."""

        def get_oauth_user_info(self, provider, resp):
            answer = self.oauth_remotes[provider].get(_settings["client"]["userinfo_endpoint"])
            answer.raise_for_status()
            person = answer.json()
            return {
                "username": person["preferred_username"],
                "first_name": person.get("given_name", ""),
                "last_name": person.get("family_name", ""),
                "email": person.get("email", ""),
                "role_keys": person.get("roles", []),
            }

    SECURITY_MANAGER_CLASS = SecurityManager
