"""The lakehouse from a notebook: what is wired to it, with the notebooks' own logins.

Spark needs nothing of this: `SparkSession.builder.getOrCreate()` of `pyspark.sql` is a session of Spark Connect. Nor does
MLflow, which finds its server by itself.
"""

import os
from pathlib import Path
from urllib.parse import urlsplit

_logins = Path("/etc/lakehouse")


def _read(name):
    return (_logins / name).read_text()


def _wired(variable, service):
    try:
        return os.environ[variable]
    except KeyError:
        raise RuntimeError(f"{service} is not wired to notebooks in this stack ({variable} is not set)") from None


def trino(**options):
    """A connection to Trino, as the DB API of Python has it; options as `trino.dbapi.connect` takes them."""
    from trino.auth import BasicAuthentication
    from trino.dbapi import connect

    url = urlsplit(_wired("TRINO_URL", "Trino"))
    user = _read("trino/username")
    return connect(
        **{
            "host": url.hostname,
            "port": url.port,
            "http_scheme": url.scheme,
            "user": user,
            "auth": BasicAuthentication(user, _read("trino/password")),
            "verify": os.environ["REQUESTS_CA_BUNDLE"],
            "catalog": "iceberg",
            **options,
        }
    )


def sql(query, **options):
    """What Trino answers to a query, as a DataFrame of Pandas."""
    import pandas

    with trino(**options) as connection:
        cursor = connection.cursor()
        cursor.execute(query)
        rows = cursor.fetchall()
        return pandas.DataFrame(rows, columns=[column[0] for column in cursor.description])


def bucket():
    """The bucket that all notebooks share, as boto3 has it: `bucket().upload_file(…)`, `bucket().objects.all()`."""
    import boto3

    return boto3.resource(
        "s3",
        endpoint_url=_wired("S3_ENDPOINT", "the object store"),
        region_name=os.environ["S3_REGION"],
        aws_access_key_id=_read("bucket/accessKey"),
        aws_secret_access_key=_read("bucket/secretKey"),
    ).Bucket(os.environ["S3_BUCKET"])
