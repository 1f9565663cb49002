"""Runs checkpoints of a project of Great Expectations on the lakehouse, and publishes what came of them.

Usage: validate.py FOLDER, of the project, which has `gx/great_expectations.yml`. It ends with 0 when all is as expected, 1
when something is not, 2 when something could not be checked.

The project says what is expected of which tables. Where results and pages go, and that pages have no values of rows in
them, is the platform's.
"""

import hashlib
import json
import logging
import os
import stat
import sys
import time
import traceback
from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import quote

import outcome
from results import Results

# What projects write as `connection_string: ${LAKEHOUSE}`.
connection = "LAKEHOUSE"
credentials = Path("/etc/gx-trino")
# Runs that the pages tell of; older ones are in the table.
shown = 50
# How much of each unexpected value is in the results: nothing.
result_format = {"result_format": "SUMMARY", "partial_unexpected_count": 0, "include_unexpected_rows": False}
stored = "uncommitted/validations"
site = "uncommitted/site"

log = logging.getLogger("validate")


class Json(logging.Formatter):
    """An object a line, so that what belongs together stays together."""

    def format(self, record):
        entry = {
            "time": datetime.fromtimestamp(record.created, timezone.utc).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            entry["trace"] = "".join(traceback.format_exception(*record.exc_info))
        return json.dumps(entry)


def password():
    return (credentials / "username").read_text(), (credentials / "password").read_text()


def over_tls():
    """Trino's client sends no password without, and a connection string cannot say that it is with."""
    from sqlalchemy import Engine, event

    @event.listens_for(Engine, "do_connect")
    def connect(dialect, _, __, parameters):
        if dialect.name == "trino":
            parameters["http_scheme"] = "https"


def configure(gx):
    """Where results and pages go; what the project says of that is its author's."""
    from ruamel.yaml import YAML

    path, yaml = gx / "great_expectations.yml", YAML()
    config = yaml.load(path.read_text())

    def files(folder):
        return {"class_name": "TupleFilesystemStoreBackend", "base_directory": f"{folder}/"}

    config.setdefault("stores", {})["validation_results_store"] = {
        "class_name": "ValidationResultsStore",
        "store_backend": files(stored),
    }
    config["validation_results_store_name"] = "validation_results_store"
    config["data_docs_sites"] = {
        "site": {
            "class_name": "SiteBuilder",
            "show_how_to_buttons": False,
            "store_backend": files(site),
            "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
        }
    }
    # They are drawn over and over on a terminal.
    config["progress_bars"] = {"globally": False}
    config["analytics_enabled"] = False
    with path.open("w") as file:
        yaml.dump(config, file)


def objects(results, prefix):
    pages = results.s3.get_paginator("list_objects_v2").paginate(Bucket=results.bucket, Prefix=prefix)
    return [each for page in pages for each in page.get("Contents", [])]


def remember(results, gx):
    """Brings the last runs' results, so that the pages tell of them."""
    prefix = f"validations/{results.project}/"
    found = sorted(objects(results, prefix), key=lambda each: each["LastModified"])[-shown:]
    for key in [each["Key"] for each in found]:
        path = gx / stored / key.removeprefix(prefix)
        path.parent.mkdir(parents=True, exist_ok=True)
        results.s3.download_file(results.bucket, key, str(path))
    return {each["Key"] for each in found}


class Heard(logging.Handler):
    """What the product only says: an expectation that it cannot read is left out, with a line in the log."""

    def __init__(self, messages):
        super().__init__(logging.ERROR)
        self.messages = messages

    def emit(self, record):
        self.messages.append(record.getMessage().split("\n")[0])


def check(context, wanted, now):
    """Runs checkpoints. @returns (checkpoint, result as JSON) of each validation, and what could not be run."""
    from great_expectations.core.run_identifier import RunIdentifier

    # By their names: of all at once, those that cannot be read would be left out.
    there = sorted("/".join(key.to_tuple()) for key in context.checkpoint_store.list_keys())
    validations = []
    broken = [f'there is no checkpoint "{name}", but {", ".join(there) or "none"}' for name in wanted if name not in there]
    if not there:
        broken.append("the project has no checkpoints")
    heard, product = Heard(broken), logging.getLogger("great_expectations")
    product.addHandler(heard)
    for name in there:
        if wanted and name not in wanted:
            continue
        try:
            checkpoint = context.checkpoints.get(name)
            # Who is told of what is wrong is Alertmanager's; from here there is no way to anybody.
            checkpoint.actions = []
            checkpoint.result_format = result_format
            checkpoint.save()
            ran = checkpoint.run(run_id=RunIdentifier(run_name=name, run_time=now))
        except Exception as error:
            log.exception('checkpoint "%s" could not be run', name)
            broken.append(f'checkpoint "{name}": {error}')
            continue
        validations += [(name, each.to_json_dict()) for each in ran.run_results.values()]
    product.removeHandler(heard)
    return validations, broken


def publish(results, gx, known):
    """Results that are new, and the pages as they are now."""
    for path in sorted((gx / stored).rglob("*.json")):
        key = f"validations/{results.project}/{path.relative_to(gx / stored)}"
        if key not in known:
            results.put(key, path.read_bytes())
    prefix = f"site/{results.project}/"
    there = {each["Key"]: each["ETag"].strip('"') for each in objects(results, prefix)}
    pages = {f"{prefix}{path.relative_to(gx / site)}": path for path in (gx / site).rglob("*") if path.is_file()}
    for key, path in sorted(pages.items()):
        content = path.read_bytes()
        if there.get(key) != hashlib.md5(content, usedforsecurity=False).hexdigest():
            results.put(key, content)
    for key in sorted(there.keys() - pages.keys()):
        results.s3.delete_object(Bucket=results.bucket, Key=key)


def keep(found):
    """The rows of this run, in the lakehouse."""
    from trino.auth import BasicAuthentication
    from trino.dbapi import connect

    user, secret = password()
    with connect(
        host=os.environ["TRINO_HOST"],
        port=int(os.environ["TRINO_PORT"]),
        http_scheme="https",
        user=user,
        auth=BasicAuthentication(user, secret),
        verify=os.environ["CA_FILE"],
        catalog=os.environ["TRINO_CATALOG"],
        source="great-expectations",
    ) as trino:
        for statement in outcome.statements(found):
            cursor = trino.cursor()
            cursor.execute(statement)
            cursor.fetchall()


def main(folder):
    logging.basicConfig(level=logging.INFO, stream=sys.stdout)
    logging.root.handlers[0].setFormatter(Json())
    logging.captureWarnings(True)
    # Dozens of lines on how it is made.
    logging.getLogger("great_expectations._docs_decorators").setLevel(logging.WARNING)
    start, now = time.time(), datetime.now(timezone.utc)
    results, gx = Results(), Path(folder) / "gx"
    validations, broken = [], []

    def attempt(what, step):
        """What one step cannot do is told, and keeps no other from being done."""
        try:
            return step()
        except Exception as error:
            log.exception("%s failed", what)
            broken.append(f"{what}: {error}")

    def run():
        user, secret = password()
        place = f'{os.environ["TRINO_HOST"]}:{os.environ["TRINO_PORT"]}/{os.environ["TRINO_CATALOG"]}'
        os.environ[connection] = f"trino://{quote(user, safe='')}:{quote(secret, safe='')}@{place}"
        if not (gx / "great_expectations.yml").exists():
            raise FileNotFoundError("the project has no gx/great_expectations.yml")
        # Great Expectations writes to them, and a bundle or a ConfigMap may have made them read-only.
        for file in gx.rglob("*"):
            file.chmod(file.stat().st_mode | stat.S_IWUSR)
        configure(gx)
        known = remember(results, gx)

        over_tls()
        import great_expectations

        context = great_expectations.get_context(mode="file", project_root_dir=folder)
        wanted = json.loads(os.environ.get("CHECKPOINTS", "[]"))
        ran, unrun = check(context, wanted, now)
        validations.extend(ran)
        broken.extend(unrun)
        context.build_data_docs()
        publish(results, gx, known)

    attempt("the validation", run)
    found = outcome.rows(results.project, now, validations)
    if found:
        attempt("writing the results into the lakehouse", lambda: keep(found))
    for row in found:
        if row["result"] != "passed":
            log.error(
                "%s: %s of %s %s: %s",
                row["result"],
                row["expectation"],
                row["asset"],
                row["column_name"] or "",
                row["error"] or f"{row['unexpected']} of {row['evaluated']} unexpected",
            )
    for message in broken:
        log.error("not checked: %s", message)
    code = outcome.ended(found, broken)
    results.figures(code, round(time.time() - start), outcome.figures(results.project, found, broken))
    passed = sum(row["result"] == "passed" for row in found)
    log.info("%s of %s expectations passed", passed, len(found))
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
