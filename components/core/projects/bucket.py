"""The bucket of {product}'s projects, artifacts and documentation; where it is and the key to it are variables."""

import os

import boto3


def client():
    env = os.environ
    return boto3.client(
        "s3",
        endpoint_url=env["S3_ENDPOINT"],
        region_name=env["S3_REGION"],
        aws_access_key_id=env["S3_ACCESS_KEY"],
        aws_secret_access_key=env["S3_SECRET_KEY"],
        verify=env["CA_FILE"],
        config=boto3.session.Config(s3={"addressing_style": "path"}),
    )
