"""Starts Jobs from CronJobs for those who may, and tells how they went.

It is the one thing in its namespace that may create Jobs, and all it creates is what a CronJob of its list says: who asks
names the CronJob and the run, and can change nothing of either. Asking for the same run again starts nothing.

    PUT /jobs/<cronjob>/runs/<run>   201 started, 200 known already, 409 another run of this CronJob is under way
    GET /jobs/<cronjob>/runs/<run>   200 {"state": "running" | "succeeded" | "failed", "log": ...}, the log once it is over
"""

import hmac
import json
import logging
import os
import re
import ssl
import sys
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

account = Path(os.environ.get("ACCOUNT", "/var/run/secrets/kubernetes.io/serviceaccount"))
api = os.environ.get("API") or f"https://{os.environ['KUBERNETES_SERVICE_HOST']}:{os.environ['KUBERNETES_SERVICE_PORT']}"
namespace = os.environ["NAMESPACE"]
tokens = Path(os.environ["TOKENS"])
allowed = os.environ["JOBS"].split()
# Of what a run wrote last.
lines = 60

route = re.compile(r"/jobs/([a-z0-9-]+)/runs/([a-z0-9]{1,20})")
log = logging.getLogger("runner")
# There is one of this, so that what is looked at before a Job is made is still so then.
turn = threading.Lock()


class Refused(Exception):
    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


def call(method, path, body=None):
    """The Kubernetes API. Raises HTTPError."""
    request = urllib.request.Request(
        f"{api}{path}",
        method=method,
        data=json.dumps(body).encode() if body else None,
        # Read each time: the kubelet renews it.
        headers={"Authorization": f"Bearer {(account / 'token').read_text()}", "Content-Type": "application/json"},
    )
    context = ssl.create_default_context(cafile=account / "ca.crt") if api.startswith("https") else None
    with urllib.request.urlopen(request, timeout=30, context=context) as answer:
        return answer.read().decode(errors="replace")


def jobs(path=""):
    return f"/apis/batch/v1/namespaces/{namespace}/jobs{path}"


def over(job):
    """How it ended; None while it runs."""
    for condition in job.get("status", {}).get("conditions", []):
        if condition["status"] == "True" and condition["type"] in ("Complete", "Failed"):
            return "succeeded" if condition["type"] == "Complete" else "failed"
    return None


def of(job, cronjob):
    return any(owner["kind"] == "CronJob" and owner["name"] == cronjob for owner in job["metadata"].get("ownerReferences", []))


def found(name, cronjob):
    """The Job of a run. One of that name which is no run of this CronJob is none."""
    try:
        job = json.loads(call("GET", jobs(f"/{name}")))
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return None
        raise
    return job if of(job, cronjob) else None


def start(cronjob, run, caller):
    with turn:
        return started(cronjob, run, caller)


def started(cronjob, run, caller):
    name = f"{cronjob}-{run}"
    if found(name, cronjob):
        return 200, {"job": name}
    others = [job for job in json.loads(call("GET", jobs()))["items"] if of(job, cronjob) and not over(job)]
    if others:
        raise Refused(409, f"{others[0]['metadata']['name']} is under way, and two runs of {cronjob} never meet")
    source = json.loads(call("GET", f"/apis/batch/v1/namespaces/{namespace}/cronjobs/{cronjob}"))
    template = source["spec"]["jobTemplate"]
    meta = template.get("metadata", {})
    body = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": name,
            "labels": meta.get("labels", {}),
            "annotations": {**meta.get("annotations", {}), "cronjob.kubernetes.io/instantiate": "manual", "datalyptica.io/started-by": caller},
            # The CronJob's limits of how many are kept hold for it, too.
            "ownerReferences": [
                {"apiVersion": "batch/v1", "kind": "CronJob", "name": cronjob, "uid": source["metadata"]["uid"], "controller": True}
            ],
        },
        "spec": template["spec"],
    }
    try:
        call("POST", jobs(), body)
    except urllib.error.HTTPError as error:
        if error.code != 409:
            raise
        return 200, {"job": name}
    log.info("%s started %s", caller, name)
    return 201, {"job": name}


def tell(cronjob, run):
    name = f"{cronjob}-{run}"
    job = found(name, cronjob)
    if not job:
        raise Refused(404, f"there is no run {name}")
    state = over(job)
    return 200, {"job": name, "state": state or "running", "log": written(name) if state else ""}


def written(name):
    """The end of the log of a Job's last pod; its pods may be gone."""
    try:
        selector = quote(f"job-name={name}")
        pods = json.loads(call("GET", f"/api/v1/namespaces/{namespace}/pods?labelSelector={selector}"))["items"]
        if not pods:
            return ""
        pod = max(pods, key=lambda each: each["metadata"]["creationTimestamp"])
        failed = [
            each["name"]
            for each in pod["status"].get("initContainerStatuses", [])
            if each.get("state", {}).get("terminated", {}).get("exitCode")
        ]
        container = (failed or [pod["spec"]["containers"][0]["name"]])[0]
        path = f"/api/v1/namespaces/{namespace}/pods/{pod['metadata']['name']}/log"
        return call("GET", f"{path}?container={container}&tailLines={lines}")
    except urllib.error.HTTPError as error:
        return f"the log cannot be read: {error}"


def known(header):
    """Whose token it is. They are read each time: another client must not restart this."""
    given = (header or "").removeprefix("Bearer ").encode()
    return next((name for name, token in json.loads(tokens.read_text()).items() if hmac.compare_digest(given, token.encode())), None)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Seconds for a request to come in.
    timeout = 60

    def answer(self, status, body):
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def work(self, act):
        try:
            caller = known(self.headers.get("Authorization"))
            if not caller:
                raise Refused(401, "a token is wanted")
            match = route.fullmatch(self.path)
            if not match:
                raise Refused(404, "allowed: /jobs/<cronjob>/runs/<run>, a run of up to 20 lower case letters and digits")
            cronjob, run = match.groups()
            if cronjob not in allowed:
                raise Refused(403, f"{cronjob} is not to be run from here; allowed: {', '.join(allowed)}")
            self.answer(*act(cronjob, run, caller))
        except Refused as refused:
            self.answer(refused.status, {"error": str(refused)})
        except (OSError, KeyError, ValueError) as error:
            log.error("%s %s: %r", self.command, self.path, error)
            self.answer(502, {"error": f"the Kubernetes API: {error}"})

    def do_PUT(self):
        self.work(start)

    def do_GET(self):
        if self.path == "/healthz":
            self.answer(200, {})
        else:
            self.work(lambda cronjob, run, _: tell(cronjob, run))

    def log_message(self, *_):
        """Probes would fill the log; what is started is logged above."""


def main(port, tls):
    logging.basicConfig(level="INFO", stream=sys.stdout, format="level=%(levelname)s msg=%(message)r")
    server = ThreadingHTTPServer(("", port), Handler)
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(f"{tls}/tls.crt", f"{tls}/tls.key")
        # The handshake is each connection's own thread's, so that none can hold up the others.
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None)
