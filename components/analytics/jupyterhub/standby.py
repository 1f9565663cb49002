"""One hub works at a time; the others wait for their turn.

Whose turn it is, a lock of a session in the hub's own database says: who has it may write there. The database gives it
up when the session ends, and whoever has not heard from the session for ten seconds ends his hub. The one whose turn it
is writes his address into the Endpoints of the hub's Service.
"""

import json
import os
import signal
import ssl
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

import psycopg2

LOCK = 0x6A757079  # no meaning: a number that nobody else takes in this database
ALIVE = Path("/tmp/alive")
ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
SETTINGS = json.loads(Path("/etc/jupyterhub/settings.json").read_text())
PASSWORD = Path("/etc/jupyterhub-secrets/database/password")
COMMAND = ["jupyterhub", "--config=/etc/jupyterhub/jupyterhub_config.py"]
BETWEEN = 3  # seconds from one look to the next
RENEWED = 60  # seconds after which the address is written again, should somebody have taken it away
TO_END = 20  # seconds that a hub has to end by itself


def say(level, text):
    print(f"[{level} {time.strftime('%Y-%m-%d %H:%M:%S')}.000 standby] {text}", flush=True)


class Turn:
    """The lock, and the session that has it or asks for it."""

    def __init__(self):
        self.session = None

    def ask(self):
        """Whether the lock is had. Raises when the database does not answer."""
        if self.session is None:
            database = SETTINGS["database"]
            self.session = psycopg2.connect(
                **{key: database[key] for key in ("host", "port", "user")},
                dbname=database["name"],
                password=PASSWORD.read_text().strip(),
                sslmode=os.environ["PGSSLMODE"],
                sslrootcert=os.environ["PGSSLROOTCERT"],
                application_name="jupyterhub-standby",
                connect_timeout=5,
                keepalives_idle=5,
                keepalives_interval=2,
                keepalives_count=3,
                tcp_user_timeout=10_000,
                # The server's side: of a node that is gone it would hear nothing for two hours.
                options="-c statement_timeout=5s -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3",
            )
            # A transaction that lies idle would be ended.
            self.session.autocommit = True
        return self._one("SELECT pg_try_advisory_lock(%s)", LOCK)

    def check(self):
        """Raises when the session is not there any more, and the lock with it."""
        self._one("SELECT 1")

    def leave(self):
        if self.session is not None:
            try:
                self.session.close()
            except psycopg2.Error:
                pass
            self.session = None

    def _one(self, query, *values):
        with self.session.cursor() as cursor:
            cursor.execute(query, values)
            return cursor.fetchone()[0]


def answers():
    """Whether this pod's hub answers."""
    try:
        url = f"http://127.0.0.1:{SETTINGS['hub']['plainPort']}/hub/health"
        with urllib.request.urlopen(url, timeout=5) as response:
            return response.status == 200
    except OSError:
        return False


def lead():
    """Leads the hub's Service to this pod. What is there is replaced, whoever wrote it."""
    service = SETTINGS["hub"]["service"]
    namespace, pod = os.environ["POD_NAMESPACE"], os.environ["POD_NAME"]
    target = {"kind": "Pod", "namespace": namespace, "name": pod}
    endpoints = {
        "apiVersion": "v1",
        "kind": "Endpoints",
        "metadata": {"name": service, "labels": SETTINGS["hub"]["labels"]},
        "subsets": [
            {
                "addresses": [{"ip": os.environ["POD_IP"], "targetRef": target}],
                "ports": [{"name": name, "port": port, "protocol": "TCP"} for name, port in SETTINGS["hub"]["ports"].items()],
            }
        ],
    }
    server = f"https://{os.environ['KUBERNETES_SERVICE_HOST']}:{os.environ['KUBERNETES_SERVICE_PORT']}"
    request = urllib.request.Request(
        f"{server}/api/v1/namespaces/{namespace}/endpoints/{service}?fieldManager=jupyterhub&force=true",
        data=json.dumps(endpoints).encode(),
        method="PATCH",
        headers={
            "Authorization": f"Bearer {(ACCOUNT / 'token').read_text()}",
            "Content-Type": "application/apply-patch+yaml",
        },
    )
    trust = ssl.create_default_context(cafile=str(ACCOUNT / "ca.crt"))
    urllib.request.urlopen(request, timeout=5, context=trust).close()


def end(hub):
    """By itself, so that requests are answered."""
    if hub is None or hub.poll() is not None:
        return
    hub.terminate()
    try:
        hub.wait(TO_END)
    except subprocess.TimeoutExpired:
        hub.kill()
        hub.wait()


def main():
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    turn, hub, led = Turn(), None, None
    say("I", "waiting for this hub's turn")
    while not stopped.is_set():
        try:
            if hub is None:
                if turn.ask():
                    say("I", "it is this hub's turn")
                    hub, led = subprocess.Popen(COMMAND), None
                ALIVE.touch()
            else:
                turn.check()
                if hub.poll() is not None:
                    raise RuntimeError(f"the hub has ended with {hub.returncode}")
                if answers():
                    ALIVE.touch()
                    if led is None or time.monotonic() - led > RENEWED:
                        led = renewed(led)
        except (psycopg2.Error, RuntimeError) as error:
            say("W", f"{'its turn is over' if hub else 'it cannot ask for its turn'}: {str(error).strip()}")
            if hub is not None:
                # At once: the lock may be another's already.
                hub.kill()
                hub.wait()
                hub = None
            turn.leave()
        stopped.wait(BETWEEN)
    say("I", "stopped")
    # The lock goes last: two hubs at once would write over each other.
    end(hub)
    turn.leave()


def renewed(led):
    """When the address was written last. The API server's absence ends nobody's turn."""
    try:
        lead()
    except OSError as error:
        say("W", f"the Service cannot be led here: {error}")
        return led
    if led is None:
        say("I", "the Service leads here")
    return time.monotonic()


if __name__ == "__main__":
    sys.exit(main())
