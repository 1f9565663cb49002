"""Publishes a run of dbt into the bucket: its artifacts under the time of the run, its documentation, and its figures.

Usage: publish.py RUN DOCS CODE SECONDS, with the target folders of `dbt build` and of `dbt docs generate`, how the run
ended, and how long it took. What a run that broke off did not write is left out.
"""

import json
import os
import sys
import time
from collections import Counter
from pathlib import Path

from bucket import client

artifacts = ["manifest.json", "run_results.json", "sources.json"]
types = {".json": "application/json", ".html": "text/html; charset=utf-8", ".prom": "text/plain; version=0.0.4"}


def figures(project, target, code, seconds, results, now, stale_after):
    """The run as metrics, and what only a run that succeeded tells."""
    labels = f'project="{project}",target="{target}"'
    counted = Counter((each["unique_id"].split(".")[0], each["status"]) for each in results)
    lines = [
        f"dbt_last_run_timestamp_seconds{{{labels}}} {now}",
        f"dbt_run_success{{{labels}}} {int(code == 0)}",
        f"dbt_run_duration_seconds{{{labels}}} {seconds}",
        *(
            f'dbt_nodes{{{labels},resource="{resource}",status="{status}"}} {count}'
            for (resource, status), count in sorted(counted.items())
        ),
    ]
    if stale_after:
        lines.append(f"dbt_stale_after_seconds{{{labels}}} {stale_after}")
    success = [f"dbt_last_success_timestamp_seconds{{{labels}}} {now}"] if code == 0 else []
    return lines, success


def main(run, docs, code, seconds):
    env = os.environ
    project = env["PROJECT"]
    s3 = client()

    def put(key, content):
        s3.put_object(Bucket=env["BUCKET"], Key=key, Body=content, ContentType=types[Path(key).suffix])

    now = time.time()
    folder = f"artifacts/{project}/{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime(now))}"
    for name in artifacts:
        if (run / name).exists():
            put(f"{folder}/{name}", (run / name).read_bytes())
    if (docs / "static_index.html").exists():
        put(f"site/{project}/index.html", (docs / "static_index.html").read_bytes())
        for name in ["manifest.json", "catalog.json"]:
            put(f"site/{project}/{name}", (docs / name).read_bytes())

    path = run / "run_results.json"
    results = json.loads(path.read_text())["results"] if path.exists() else []
    lines, success = figures(
        project, env["TARGET"], code, seconds, results, int(now), int(env.get("STALE_AFTER_SECONDS", "0"))
    )
    put(f"site/metrics/{project}.prom", "\n".join([*lines, ""]).encode())
    # Of the last one that succeeded: a run that failed leaves it as it is.
    if success:
        put(f"site/metrics/{project}.success.prom", "\n".join([*success, ""]).encode())
    print(f"published {folder}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
