"""Brings a bundle of a project from the bucket and unpacks it. Usage: fetch.py KEY FOLDER"""

import os
import sys
import tarfile
import tempfile

from bucket import client


def main(key, folder):
    with tempfile.TemporaryFile() as bundle:
        client().download_fileobj(os.environ["BUCKET"], key, bundle)
        bundle.seek(0)
        with tarfile.open(fileobj=bundle, mode="r:gz") as archive:
            # Nothing outside of the folder, no devices, no owners.
            archive.extractall(folder, filter="data")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
