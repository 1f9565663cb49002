"""Settings of the hub. What differs between stacks is in settings.json; passwords are files of their own."""

import json
import os
import sys
from pathlib import Path

here = Path("/etc/jupyterhub")
sys.path.insert(0, str(here))

settings = json.loads((here / "settings.json").read_text())


def secret(name):
    return (Path("/etc/jupyterhub-secrets") / name).read_text().strip()


c = get_config()  # noqa: F821  (Traitlets puts it there)

# People reach the proxy, which sends them here until their notebook runs. TLS ends beside the hub.
hub = settings["hub"]
c.JupyterHub.hub_bind_url = f"http://127.0.0.1:{hub['plainPort']}"
c.JupyterHub.hub_connect_url = hub["url"]
c.JupyterHub.public_url = hub["publicUrl"]
c.JupyterHub.cookie_secret = secret("keys/cookie").encode()
# Who has lost his role is out within a day.
c.JupyterHub.cookie_max_age_days = 1
c.JupyterHub.concurrent_spawn_limit = 20
c.JupyterHub.tornado_settings = {"slow_spawn_timeout": 0}

# libpq's own variables: the URL stands in logs.
database = settings["database"]
os.environ["PGPASSWORD"] = secret("database/password")
c.JupyterHub.db_url = "postgresql+psycopg2://{user}@{host}:{port}/{name}".format(**database)
c.JupyterHub.db_kwargs = {"pool_size": database["connections"], "max_overflow": 0}
# Only one hub runs at a time, and the database's backups are the platform's.
c.JupyterHub.upgrade_db = True

# The proxy is a workload of its own, and so are notebooks: both outlive the hub.
c.JupyterHub.cleanup_servers = False
c.JupyterHub.cleanup_proxy = False
c.JupyterHub.last_activity_interval = 60
c.ConfigurableHTTPProxy.should_start = False
c.ConfigurableHTTPProxy.api_url = settings["proxyApi"]
c.ConfigurableHTTPProxy.auth_token = secret("keys/proxy")

login = settings["login"]
if "keycloak" in login:
    keycloak = login["keycloak"]
    c.JupyterHub.authenticator_class = "generic-oauth"
    oauth = c.GenericOAuthenticator
    oauth.login_service = "Keycloak"
    oauth.client_id = secret("oidc/clientId")
    oauth.client_secret = secret("oidc/clientSecret")
    oauth.oauth_callback_url = keycloak["callback"]
    oauth.authorize_url = keycloak["authorize"]
    oauth.token_url = keycloak["token"]
    oauth.userdata_url = keycloak["userinfo"]
    oauth.logout_redirect_url = keycloak["logout"]
    oauth.scope = ["openid", "profile", "email"]
    oauth.username_claim = "preferred_username"
    # Roles of the realm are groups here; others of his are nobody's business.
    known = set(keycloak["allowed"])
    oauth.manage_groups = True
    oauth.auth_state_groups_key = lambda state: sorted(known.intersection(state["oauth_user"].get("roles", [])))
    oauth.allowed_groups = known
    oauth.admin_groups = set(keycloak["admins"])
    oauth.auto_login = True
else:
    c.JupyterHub.authenticator_class = "shared-password"
    c.Authenticator.admin_users = c.Authenticator.allowed_users = {login["administrator"]}
    c.SharedPasswordAuthenticator.admin_password = secret("admin/password")

# What else asks the hub, each with a token and no more rights than it needs.
checker = settings["checker"]
c.JupyterHub.services = [
    {"name": "prometheus", "api_token": secret("keys/metrics")},
    {"name": "smoke", "api_token": secret("smoke/token")},
    {
        "name": "cull",
        "command": [
            sys.executable,
            "-m",
            "jupyterhub_idle_culler",
            f"--url=http://127.0.0.1:{hub['plainPort']}/hub/api",
            f"--timeout={settings['cull']['after']}",
            f"--cull-every={settings['cull']['every']}",
        ],
    },
]
c.JupyterHub.load_roles = [
    {"name": "prometheus", "scopes": ["read:metrics"], "services": ["prometheus"]},
    {
        "name": "smoke",
        "scopes": [f"{scope}!user={checker}" for scope in ("admin:users", "admin:servers", "access:servers")],
        "services": ["smoke"],
    },
    {
        "name": "cull",
        "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
        "services": ["cull"],
    },
]

# Notebooks: all of a pod but its person's name is in the PodTemplate.
notebooks = settings["notebooks"]
c.JupyterHub.spawner_class = "spawner.NotebookSpawner"
c.NotebookSpawner.namespace = notebooks["namespace"]
c.NotebookSpawner.domain = notebooks["domain"]
c.NotebookSpawner.tls_port = notebooks["port"]
c.NotebookSpawner.ip = "127.0.0.1"
c.NotebookSpawner.port = notebooks["plainPort"]
c.NotebookSpawner.profile_list = [
    {
        "display_name": choice["title"],
        "slug": choice["template"],
        "description": choice["description"],
        "default": index == 0,
        "kubespawner_override": {"template": choice["template"]},
    }
    for index, choice in enumerate(notebooks["choices"])
]
c.NotebookSpawner.default_url = "/lab"
c.NotebookSpawner.component_label = "notebook"
c.NotebookSpawner.pod_name_template = "jupyter-{user_server}"
c.NotebookSpawner.pvc_name_template = "claim-{user_server}"
c.NotebookSpawner.storage_pvc_ensure = True
# A person's volume stays when he is deleted here: it is taken away by hand.
c.NotebookSpawner.delete_pvc = False
c.NotebookSpawner.start_timeout = 900
c.NotebookSpawner.http_timeout = 120
