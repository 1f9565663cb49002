"""ClickHouse's engine without a server: runs statements over a configuration, and tells what each of them gave.

Standard input: JSON {"engine": folder of chdb, "config": path, "statements": [...]}; standard output: JSON, a list of
{"rows": [...]} or {"error": "..."}. The extension is loaded by itself: the package around it wants pyarrow.
"""

import json
import os
import sys

asked = json.load(sys.stdin)
out = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # the engine writes to standard output as well
os.chdir(asked["engine"])
sys.path.insert(0, asked["engine"])
import _chdb  # noqa: E402

connection = _chdb.connect(f":memory:?config-file={asked['config']}")


def answer(statement):
    try:
        text = connection.query(statement, "JSONCompactEachRow").bytes().decode()
    except Exception as error:
        return {"error": str(error)}
    return {"rows": [json.loads(line) for line in text.splitlines()]}


json.dump([answer(statement) for statement in asked["statements"]], out)
out.close()
