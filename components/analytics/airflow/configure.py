"""Writes files with secrets into memory: a template's `<folder:key>` becomes the text of that file below SECRETS.

Usage: configure.py SECRETS TARGET TEMPLATE... A place for which there is no file ends it.
"""

import json
import re
import sys
from pathlib import Path


def main(secrets, target, templates):
    for template in templates:

        def text(place):
            value = (secrets / place[1] / place[2]).read_text()
            if template.suffix == ".json":
                return json.dumps(value)[1:-1]
            if not re.fullmatch(r"[A-Za-z0-9_=-]+", value):
                sys.exit(f"{place[0]} has characters that would mean something in {template.name}")
            return value

        file = target / template.name
        file.write_text(re.sub(r"<([a-z_0-9]+):([A-Za-z]+)>", text, template.read_text()))
        file.chmod(0o600)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), [Path(template) for template in sys.argv[3:]])
