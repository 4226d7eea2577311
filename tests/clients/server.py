"""A server of its own for each test of a client."""

import contextlib
import os
import subprocess
import sys

import boto3
from botocore.config import Config

ACCOUNT = "111111111111"
REGION = "us-east-1"
SECRET = "secret"


def verify(*keys):
    """What has a server check the signatures of these access keys."""
    return [f"--verify-signatures={key}:{SECRET}" for key in keys]


@contextlib.contextmanager
def serving(command, *options, statuses=(0,), **how):
    """Starts a server on a free port; gives its URL. Ends the test if the server ends with another status."""
    arguments = [os.path.abspath(command), "serve", "--listen", "127.0.0.1:0", *options]
    server = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, **how)
    try:
        url = server.stdout.readline().strip()
        if not url:
            sys.exit(f"serve does not start: {' '.join(arguments)}")
        yield url
    finally:
        server.terminate()
        status = server.wait(30)
    if status not in statuses:
        sys.exit(f"serve ends with {status}")


def client(url, region=REGION, key=ACCOUNT, secret=SECRET, **config):
    """A client of Secrets Manager that doesn't retry; an access key of 12 digits is the account of the caller."""
    return boto3.client(
        "secretsmanager",
        endpoint_url=url,
        region_name=region,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        config=Config(retries={"total_max_attempts": 1}, **config),
    )
