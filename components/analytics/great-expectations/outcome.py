"""What the results of a run mean: rows for the table of results, figures, and how the run ended.

Results are those of Great Expectations as JSON, one for each validation of a checkpoint. No value of a row is taken over.
"""

from collections import Counter
from datetime import datetime, timezone

table = "data_quality.results"

columns = {
    "run_at": "timestamp(6) with time zone",
    "project": "varchar",
    "checkpoint": "varchar",
    "suite": "varchar",
    "data_source": "varchar",
    "asset": "varchar",
    "expectation": "varchar",
    "column_name": "varchar",
    "severity": "varchar",
    # passed, failed, or error: it could not be checked.
    "result": "varchar",
    "evaluated": "bigint",
    "unexpected": "bigint",
    "error": "varchar",
}

# As many rows as surely fit into a statement.
chunk = 200


def errors(result):
    """Messages of what could not be checked; they are by metric where an expectation needs several."""
    info = result.get("exception_info") or {}
    entries = [info] if "raised_exception" in info else info.values()
    return [each.get("exception_message") or "an exception" for each in entries if each and each.get("raised_exception")]


def outcome(result):
    return "error" if errors(result) else "passed" if result["success"] else "failed"


def rows(project, run_at, validations):
    """A row for each expectation. `validations` are (checkpoint, result of a suite)."""
    found = []
    for checkpoint, validation in validations:
        batch = validation["meta"].get("active_batch_definition") or {}
        for each in validation["results"]:
            config, detail = each["expectation_config"], each.get("result") or {}
            kwargs = config["kwargs"]
            found.append(
                {
                    "run_at": run_at,
                    "project": project,
                    "checkpoint": checkpoint,
                    "suite": validation["suite_name"],
                    "data_source": batch.get("datasource_name"),
                    "asset": batch.get("data_asset_name"),
                    "expectation": config["type"],
                    "column_name": kwargs.get("column") or ", ".join(kwargs.get("column_list") or []) or None,
                    "severity": config.get("severity"),
                    "result": outcome(each),
                    "evaluated": detail.get("element_count"),
                    "unexpected": detail.get("unexpected_count"),
                    "error": "; ".join(errors(each))[:2000] or None,
                }
            )
    return found


def literal(value, kind):
    """A value as SQL."""
    if value is None:
        return f"CAST(NULL AS {kind})"
    if isinstance(value, datetime):
        return f"TIMESTAMP '{value.astimezone(timezone.utc):%Y-%m-%d %H:%M:%S.%f} UTC'"
    if isinstance(value, int):
        return str(value)
    return "'" + str(value).replace("'", "''") + "'"


def statements(found):
    """Makes the table when there is none, and puts the rows in."""
    schema = table.split(".")[0]
    defined = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    yield f"CREATE SCHEMA IF NOT EXISTS {schema}"
    yield f"CREATE TABLE IF NOT EXISTS {table} ({defined}) WITH (format = 'PARQUET', partitioning = ARRAY['month(run_at)'])"
    for start in range(0, len(found), chunk):
        lines = [
            "(" + ", ".join(literal(row[name], kind) for name, kind in columns.items()) + ")"
            for row in found[start : start + chunk]
        ]
        yield f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join(lines)}"


def ended(found, broken):
    """0: all is as expected; 1: something is not; 2: something could not be checked."""
    results = {row["result"] for row in found}
    return 2 if broken or "error" in results or not found else 1 if "failed" in results else 0


def figures(project, found, broken):
    counted = Counter((row["checkpoint"], row["result"]) for row in found)
    # All three of each checkpoint, so that they also go back to nothing.
    lines = [
        f'gx_expectations{{project="{project}",checkpoint="{checkpoint}",result="{result}"}} {counted[checkpoint, result]}'
        for checkpoint in sorted({checkpoint for checkpoint, _ in counted})
        for result in ("passed", "failed", "error")
    ]
    return [f'gx_run_broken{{project="{project}"}} {int(ended(found, broken) == 2)}', *lines]
