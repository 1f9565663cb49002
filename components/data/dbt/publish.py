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

from results import Results

artifacts = ["manifest.json", "run_results.json", "sources.json"]


def main(run, docs, code, seconds):
    results = Results()
    folder = f"artifacts/{results.project}/{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime(results.now))}"
    for name in artifacts:
        if (run / name).exists():
            results.put(f"{folder}/{name}", (run / name).read_bytes())
    if (docs / "static_index.html").exists():
        results.put(f"site/{results.project}/index.html", (docs / "static_index.html").read_bytes())
        for name in ["manifest.json", "catalog.json"]:
            results.put(f"site/{results.project}/{name}", (docs / name).read_bytes())

    path = run / "run_results.json"
    nodes = json.loads(path.read_text())["results"] if path.exists() else []
    labels = f'project="{results.project}",target="{os.environ["TARGET"]}"'
    counted = Counter((each["unique_id"].split(".")[0], each["status"]) for each in nodes)
    results.figures(
        "dbt",
        labels,
        code,
        seconds,
        [
            f'dbt_nodes{{{labels},resource="{resource}",status="{status}"}} {count}'
            for (resource, status), count in sorted(counted.items())
        ],
    )
    print(f"published {folder}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
