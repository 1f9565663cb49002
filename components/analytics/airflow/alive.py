"""Whether this pod's process does its work, for probes: `alive.py job DagProcessorJob` or `alive.py worker`.

Airflow's own commands for it load all of Airflow each time, which costs more than the process itself does when idle. That
PostgreSQL or Redis cannot be reached is not the pod's fault, and a restart would not mend it.
"""

import configparser
import json
import os
import socket
import sys

# Seconds since a job has last been heard of; it tells of itself every 5.
silence = 120


def configuration():
    config = configparser.ConfigParser()
    with open(os.environ["AIRFLOW_CONFIG"], encoding="utf8") as file:
        config.read_file(file)
    return config


def job(kind):
    import psycopg2

    url = configuration()["database"]["sql_alchemy_conn"].replace("+psycopg2", "")
    host = socket.gethostbyname(socket.getfqdn())
    try:
        connection = psycopg2.connect(url, connect_timeout=5)
    except psycopg2.OperationalError as error:
        return f"not asked: {error}"
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT extract(epoch FROM now() - max(latest_heartbeat)) FROM job"
            " WHERE job_type = %s AND hostname = %s AND state = 'running'",
            (kind, host),
        )
        (age,) = cursor.fetchone()
    if age is None or age > silence:
        sys.exit(f"{kind} on {host} was last heard of {'never' if age is None else f'{age:.0f} s ago'}")
    return f"heard of {age:.0f} s ago"


def worker():
    import ssl

    from celery import Celery
    from kombu.exceptions import OperationalError

    celery = configuration()["celery"]
    options = dict(configuration()["celery_broker_transport_options"])
    if "sentinel_kwargs" in options:
        options["sentinel_kwargs"] = json.loads(options["sentinel_kwargs"])
    for name in ["visibility_timeout", "socket_timeout", "socket_connect_timeout"]:
        options[name] = int(options[name])
    app = Celery(broker=celery["broker_url"])
    app.conf.update(
        broker_transport_options=options,
        broker_use_ssl={"ssl_cert_reqs": ssl.CERT_REQUIRED, "ssl_ca_certs": celery["ssl_cacert"]},
        broker_connection_retry_on_startup=False,
    )
    name = f"celery@{socket.gethostname()}"
    try:
        answers = app.control.inspect(destination=[name], timeout=10).ping()
    except (OperationalError, OSError) as error:
        return f"not asked: {error}"
    except Exception as error:
        # Redis' client has errors of its own for the same.
        if type(error).__module__.startswith("redis."):
            return f"not asked: {error}"
        raise
    if name not in (answers or {}):
        sys.exit(f"{name} does not answer")
    return "answers"


if __name__ == "__main__":
    print(job(sys.argv[2]) if sys.argv[1] == "job" else worker())
