"""Redis, by the Sentinels where there are some: caches, results of queries, and Celery's broker. Never from a replica,
which may not have yet what was written a moment ago. All keys begin as Superset's user in Redis may have them."""

import json
import logging
import ssl
from pathlib import Path

from cachelib.redis import RedisCache as ResultsCache
from flask_caching.backends.rediscache import RedisCache
from redis import Redis
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError, RedisError, TimeoutError
from redis.retry import Retry
from redis.sentinel import Sentinel

platform = json.loads(Path("/etc/superset/platform.json").read_text())
redis = platform["redis"]
username, password = (Path(f"/etc/superset-redis/{key}").read_text() for key in ("username", "password"))
logger = logging.getLogger("superset.platform_redis")

user = {"username": username, "password": password}
verified = {"ssl_ca_certs": platform["authority"], "ssl_cert_reqs": "required", "ssl_check_hostname": True}
timeouts = {"socket_timeout": 5, "socket_connect_timeout": 2}
sentinel = {**user, "ssl": True, **verified, **timeouts}


def connection():
    """A client that finds the master anew whenever a connection is made."""
    options = {**sentinel, "health_check_interval": 30}
    if not redis["sentinels"]:
        return Redis(
            host=redis["host"],
            port=redis["port"],
            retry=Retry(ExponentialBackoff(cap=1, base=0.1), 2),
            retry_on_error=[ConnectionError, TimeoutError],
            **options,
        )
    sentinels = [(each["host"], each["port"]) for each in redis["sentinels"]]
    return Sentinel(sentinels, sentinel_kwargs=sentinel, **options).master_for(redis["master"])


class SharedCache(RedisCache):
    """While Redis is away, nothing is in the cache, and queries run anew."""

    def get(self, key):
        return self._or(None, super().get, key)

    def set(self, key, value, timeout=None):
        return self._or(False, super().set, key, value, timeout)

    def add(self, key, value, timeout=None):
        return self._or(False, super().add, key, value, timeout)

    def delete(self, key):
        return self._or(False, super().delete, key)

    def has(self, key):
        return self._or(False, super().has, key)

    @staticmethod
    def _or(otherwise, act, *args):
        try:
            return act(*args)
        except RedisError as error:
            logger.warning("the cache is away: %s", error)
            return otherwise


def shared_cache(app, config, args, kwargs):
    """As Flask-Caching asks for one."""
    prefix = redis["prefix"] + config["CACHE_KEY_PREFIX"]
    return SharedCache(host=connection(), key_prefix=prefix, default_timeout=config["CACHE_DEFAULT_TIMEOUT"])


class KeptResults(ResultsCache):
    """Where workers put what they found. Whoever asked is told by Superset when it could not be kept, which counts it."""

    def set(self, key, value, timeout=None):
        try:
            return super().set(key, value, timeout)
        except RedisError as error:
            logger.error("a result cannot be kept: %s", error)
            return False


def results(prefix):
    return KeptResults(host=connection(), key_prefix=redis["prefix"] + prefix)


def broker():
    """Address, TLS and options of Celery's queue."""
    login = f"{username}:{password}@"
    options = {
        "global_keyprefix": redis["prefix"],
        # A query may take an hour; after that, what a lost worker had taken is given to another.
        "visibility_timeout": 2 * 3600,
        "health_check_interval": 30,
        **timeouts,
    }
    tls = {**verified, "ssl_cert_reqs": ssl.CERT_REQUIRED}
    if not redis["sentinels"]:
        return f"rediss://{login}{redis['host']}:{redis['port']}/0", tls, options
    urls = [f"sentinel://{login}{each['host']}:{each['port']}/0" for each in redis["sentinels"]]
    return ";".join(urls), tls, {**options, "master_name": redis["master"], "sentinel_kwargs": sentinel}
