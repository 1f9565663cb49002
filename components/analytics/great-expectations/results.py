"""What a run of a project leaves in the bucket: files, a site, and figures for Prometheus."""

import os
import time
from pathlib import Path

from bucket import client

types = {
    ".json": "application/json",
    ".html": "text/html; charset=utf-8",
    ".prom": "text/plain; version=0.0.4",
    ".css": "text/css",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}


class Results:
    """The bucket, as a run of this project writes it."""

    def __init__(self):
        self.project = os.environ["PROJECT"]
        self.now = int(time.time())
        self.bucket = os.environ["BUCKET"]
        self.s3 = client()

    def put(self, key, content):
        kind = types.get(Path(key).suffix, "application/octet-stream")
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=content, ContentType=kind)

    def figures(self, code, seconds, expectations):
        """The run as metrics; that it succeeded is told in a file that a run which failed leaves as it is.

        `expectations` are lines on what came of them.
        """
        labels = f'project="{self.project}"'
        stale_after = int(os.environ.get("STALE_AFTER_SECONDS", "0"))
        lines = [
            f"gx_last_run_timestamp_seconds{{{labels}}} {self.now}",
            f"gx_run_success{{{labels}}} {int(code == 0)}",
            f"gx_run_duration_seconds{{{labels}}} {seconds}",
            *expectations,
        ]
        if stale_after:
            lines.append(f"gx_stale_after_seconds{{{labels}}} {stale_after}")
        self.put(f"site/metrics/{self.project}.prom", "\n".join([*lines, ""]).encode())
        if code == 0:
            success = f"gx_last_success_timestamp_seconds{{{labels}}} {self.now}\n"
            self.put(f"site/metrics/{self.project}.success.prom", success.encode())
