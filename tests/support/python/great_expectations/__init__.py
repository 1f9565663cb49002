"""What the platform's runs use of Great Expectations. A checkpoint's result is a file of its name; without one it cannot be run."""

import json
import logging
import os
from pathlib import Path

from sqlalchemy import connect

results = Path(os.environ["FOLDER"]) / "results"


class Validation:
    def __init__(self, value):
        self.value = value

    def to_json_dict(self):
        return self.value


class Ran:
    def __init__(self, values):
        self.run_results = {i: Validation(value) for i, value in enumerate(values)}


class Checkpoint:
    def __init__(self, name, gx):
        self.name, self.gx, self.saved = name, gx, None
        self.actions, self.result_format = ["mail"], "COMPLETE"

    def save(self):
        self.saved = (list(self.actions), self.result_format)

    def run(self, run_id):
        # As the product has it: what was changed and not saved is not run.
        assert self.saved == (self.actions, self.result_format)
        assert self.actions == []
        (self.gx / "format").write_text(json.dumps(self.result_format))
        value = json.loads((results / f"{self.name}.json").read_text())
        # As the product does with an expectation that it does not know: the others are checked.
        if "unknown" in value:
            logging.getLogger("great_expectations.core").error("Could not add expectation; %s", value.pop("unknown"))
        store = self.gx / config(self.gx)["stores"]["validation_results_store"]["store_backend"]["base_directory"]
        place = store / value["suite_name"] / run_id.run_name / f"{run_id.run_time:%Y%m%dT%H%M%S.%fZ}"
        place.mkdir(parents=True)
        (place / "batch.json").write_text(json.dumps(value))
        return Ran([value])


class Key:
    def __init__(self, name):
        self.name = name

    def to_tuple(self):
        return (self.name,)


class Checkpoints:
    def __init__(self, gx):
        self.gx = gx

    def get(self, name):
        return Checkpoint(name, self.gx)

    def list_keys(self):
        return [Key(path.stem) for path in (self.gx / "checkpoints").glob("*.json")]


def config(gx):
    return json.loads((gx / "great_expectations.yml").read_text())


class Context:
    def __init__(self, gx):
        self.gx, self.checkpoints, self.checkpoint_store = gx, Checkpoints(gx), Checkpoints(gx)
        address = os.environ["LAKEHOUSE"]
        (gx / "connection").write_text(f"{address} {json.dumps(connect(address))}")

    def build_data_docs(self):
        sites = config(self.gx)["data_docs_sites"]
        assert list(sites) == ["site"]
        site = self.gx / sites["site"]["store_backend"]["base_directory"]
        store = self.gx / config(self.gx)["stores"]["validation_results_store"]["store_backend"]["base_directory"]
        site.mkdir(parents=True)
        runs = sorted(str(path.relative_to(store).with_suffix(".html")) for path in store.rglob("*.json"))
        (site / "index.html").write_text("\n".join(runs))
        for run in runs:
            page = site / "validations" / run
            page.parent.mkdir(parents=True)
            page.write_text("page")


def get_context(mode, project_root_dir):
    assert mode == "file"
    return Context(Path(project_root_dir) / "gx")
