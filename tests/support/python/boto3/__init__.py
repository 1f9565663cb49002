"""An object store in files: what is put and deleted is written down, what is there lies in `$FOLDER/store`."""

import hashlib
import json
import os
from datetime import datetime
from pathlib import Path

from . import session

folder = Path(os.environ["FOLDER"])


def note(**entry):
    with (folder / "put").open("a") as file:
        file.write(json.dumps(entry) + "\n")


class Client:
    def put_object(self, Bucket, Key, Body, ContentType):
        note(key=f"{Bucket}/{Key}", type=ContentType, body=Body.decode(errors="replace"))

    def delete_object(self, Bucket, Key):
        note(key=f"{Bucket}/{Key}", deleted=True)

    def download_fileobj(self, bucket, key, file):
        (folder / "asked").write_text(f"{bucket}/{key}")
        file.write(Path(os.environ["OBJECT"]).read_bytes())

    def download_file(self, bucket, key, path):
        Path(path).write_bytes((folder / "store" / bucket / key).read_bytes())

    def get_paginator(self, operation):
        assert operation == "list_objects_v2"
        return self

    def paginate(self, Bucket, Prefix):
        """A page for each object, and one without any."""
        yield {}
        bucket = folder / "store" / Bucket
        for path in sorted(bucket.rglob("*")):
            key = str(path.relative_to(bucket))
            if path.is_file() and key.startswith(Prefix):
                tag = hashlib.md5(path.read_bytes()).hexdigest()
                # The later its name, the younger.
                yield {"Contents": [{"Key": key, "ETag": f'"{tag}"', "LastModified": datetime.fromtimestamp(len(key))}]}


def client(service, endpoint_url, region_name, aws_access_key_id, aws_secret_access_key, verify, config):
    assert (service, verify, config.s3) == ("s3", "/etc/platform-ca/ca.crt", {"addressing_style": "path"})
    return Client()
