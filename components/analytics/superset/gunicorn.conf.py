"""The web server: processes of a few threads each, TLS, metrics to the exporter in the same pod."""

import json
import os
from pathlib import Path

platform = json.loads(Path("/etc/superset/platform.json").read_text())

wsgi_app = "superset.app:create_app()"
bind = f"0.0.0.0:{platform['port']}"
certfile = "/etc/superset-tls/tls.crt"
keyfile = "/etc/superset-tls/tls.key"
workers = int(os.environ["WEB_PROCESSES"])
worker_class = "gthread"
threads = int(os.environ["DATABASE_POOL"])
# Above what Superset gives a query, so that it is Superset that says why it ended.
timeout = platform["timeout"] + 10
graceful_timeout = 60
keepalive = 60
# Memory of large answers is given back.
max_requests = 2000
max_requests_jitter = 200
worker_tmp_dir = "/dev/shm"
forwarded_allow_ips = "*"
statsd_host = f"127.0.0.1:{platform['statsd']}"
statsd_prefix = "superset"
accesslog = "-"
access_log_format = '%(t)s INFO "%(m)s %(U)s %(H)s" %(s)s %(b)s %(M)sms "%(a)s"'

