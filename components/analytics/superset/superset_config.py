"""Superset's configuration: what Superset is told of the platform (platform.json), and secrets from files."""

import copy
import json
import os
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import platform_alive  # noqa: F401
from celery.schedules import crontab
from flask_appbuilder.security.manager import AUTH_DB, AUTH_OAUTH
from platform_redis import broker, results
from sqlalchemy.engine import URL
from superset import config as defaults
from superset.stats_logger import StatsdStatsLogger

platform = json.loads(Path("/etc/superset/platform.json").read_text())


def secret(source, key):
    return Path(f"/etc/superset-{source}/{key}").read_text()


# Signs sessions, and encrypts the passwords that the database holds: never to be lost.
SECRET_KEY = secret("keys", "secretKey")
# By default the same everywhere in the world.
GUEST_TOKEN_JWT_SECRET = secret("keys", "guestTokenKey")

database = platform["database"]
SQLALCHEMY_DATABASE_URI = URL.create(
    "postgresql+psycopg2",
    username=secret("database", "username"),
    password=secret("database", "password"),
    host=database["host"],
    port=database["port"],
    database=database["database"],
    query={"sslmode": "verify-full", "sslrootcert": platform["authority"]},
).render_as_string(hide_password=False)
SQLALCHEMY_ENGINE_OPTIONS = {
    # After a failover the connections of before are of no use.
    "pool_pre_ping": True,
    "pool_recycle": 1800,
    "pool_size": int(os.environ["DATABASE_POOL"]),
    "max_overflow": 0,
}

# Browsers come through the router, which says so.
ENABLE_PROXY_FIX = True
PROXY_FIX_CONFIG = {"x_for": 1, "x_proto": 1, "x_host": 1, "x_port": 1, "x_prefix": 0}
SESSION_COOKIE_SECURE = True
# As long as Keycloak's own session.
PERMANENT_SESSION_LIFETIME = timedelta(hours=10)
TALISMAN_CONFIG = copy.deepcopy(defaults.TALISMAN_CONFIG)
TALISMAN_CONFIG["session_cookie_secure"] = True
# Nothing is told to others about who looks at what.
TALISMAN_CONFIG["content_security_policy"]["img-src"] = ["'self'", "blob:", "data:"]
TALISMAN_CONFIG["content_security_policy"]["connect-src"] = ["'self'"]

# Nobody from the realm may be this one: see platform_login.py.
PLATFORM_USER = platform["administrator"]
login = platform.get("login")
if login and os.environ.get("SUPERSET_LOGIN") != "password":
    from platform_login import SecurityManager

    CUSTOM_SECURITY_MANAGER = SecurityManager
    AUTH_TYPE = AUTH_OAUTH
    AUTH_USER_REGISTRATION = True
    # What everybody has beside what their role in the realm gives: nothing.
    AUTH_USER_REGISTRATION_ROLE = "Public"
    AUTH_ROLES_MAPPING = platform["roles"]
    AUTH_ROLES_SYNC_AT_LOGIN = True
    OAUTH_PROVIDERS = [
        {
            "name": "keycloak",
            "icon": "fa-key",
            "token_key": "access_token",
            "remote_app": {
                "client_id": secret("oidc", "clientId"),
                "client_secret": secret("oidc", "clientSecret"),
                # Browsers go to the public address, Superset itself to the one inside the cluster.
                "authorize_url": login["authorizationUrl"],
                "access_token_url": login["tokenUrl"],
                "jwks_uri": login["jwksUrl"],
                "issuer": login["issuer"],
                # Never by a key that both sides know.
                "id_token_signing_alg_values_supported": ["RS256", "PS256", "ES256"],
                "client_kwargs": {"scope": "openid profile email", "code_challenge_method": "S256"},
            },
        }
    ]
    LOGOUT_REDIRECT_URL = f"{login['logoutUrl']}?" + urlencode(
        {"client_id": secret("oidc", "clientId"), "post_logout_redirect_uri": login["address"]}
    )
else:
    AUTH_TYPE = AUTH_DB

FEATURE_FLAGS = {
    "DASHBOARD_RBAC": True,
    # What is cached of a query that ran with somebody's rights is for that one alone.
    "CACHE_IMPERSONATION": True,
    # Reports would need a browser in the image, and a way out.
    "ALERT_REPORTS": False,
}

cache = {"CACHE_TYPE": "platform_redis.shared_cache"}
CACHE_CONFIG = {**cache, "CACHE_KEY_PREFIX": "metadata:", "CACHE_DEFAULT_TIMEOUT": 300}
DATA_CACHE_CONFIG = {**cache, "CACHE_KEY_PREFIX": "data:", "CACHE_DEFAULT_TIMEOUT": 3600}
# Filters and charts that people are at are in the database, which is the default: they must not get lost.
RESULTS_BACKEND = results(prefix="results:")

SQLLAB_TIMEOUT = 60
SQLLAB_ASYNC_TIME_LIMIT_SEC = 3600
SUPERSET_WEBSERVER_TIMEOUT = platform["timeout"]
# A table of more rows would fill the memory of whoever makes it.
SQL_MAX_ROW = 100_000
ROW_LIMIT = 50_000

STATS_LOGGER = StatsdStatsLogger(host="127.0.0.1", port=platform["statsd"], prefix="superset")
# Where the pod's log is read, a line is not coloured.
LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class CELERY_CONFIG:
    imports = ("superset.sql_lab", "superset.tasks.scheduler", "superset.tasks.cache")
    broker_url, broker_use_ssl, broker_transport_options = broker()
    broker_connection_retry_on_startup = True
    # For as long as Redis is away.
    broker_connection_max_retries = None
    # Results of queries go to RESULTS_BACKEND: nobody asks for those of tasks.
    task_ignore_result = True
    worker_prefetch_multiplier = 1
    task_acks_late = False
    # Both need channels that all clients of Redis share.
    worker_enable_remote_control = False
    worker_send_task_events = False
    beat_schedule = {
        # Does nothing while reports are off; its metric shows that beat, Redis and workers are alive.
        "reports.scheduler": {"task": "reports.scheduler", "schedule": crontab(), "options": {"expires": 300}},
        "prune_query": {
            "task": "prune_query",
            "schedule": crontab(minute=17, hour=2),
            "kwargs": {"retention_period_days": platform["retentionDays"]},
        },
        "prune_logs": {
            "task": "prune_logs",
            "schedule": crontab(minute=37, hour=2),
            "kwargs": {"retention_period_days": platform["retentionDays"], "max_rows_per_run": 100_000},
        },
    }

