"""Rotates secrets of a real PostgreSQL with functions that run under awslambdaric, twice each, and logs in.

Takes the `stagewright` command as its argument. Starts and stops its own server and its own database.
"""

import contextlib
import glob
import json
import os
import pathlib
import secrets
import shutil
import subprocess
import sys
import tempfile
import time

from server import ACCOUNT, client, serving, verify

FUNCTIONS = pathlib.Path(__file__).parent.parent / "functions"
sys.path.insert(0, str(FUNCTIONS))
import postgresql  # noqa: E402


def tool(name):
    found = shutil.which(name) or next(iter(glob.glob(f"/usr/lib/postgresql/*/bin/{name}")), None)
    if not found:
        sys.exit(f"{name} of PostgreSQL is not installed")
    return found


@contextlib.contextmanager
def running(name, words, connect, **more):
    """A database server, from when a connection can be made until it is stopped."""
    server = subprocess.Popen(words, stderr=subprocess.DEVNULL, **more)
    try:
        for _ in range(600):
            try:
                connect().close()
                break
            except Exception:  # not up yet
                time.sleep(0.1)
        else:
            sys.exit(f"{name} does not start")
        yield
    finally:
        server.terminate()
        try:
            server.wait(30)
        except subprocess.TimeoutExpired:
            server.kill()


@contextlib.contextmanager
def database():
    """A PostgreSQL of its own on a loopback port; gives the credential of its administrator."""
    folder = tempfile.mkdtemp(prefix="stagewright-postgresql-")
    # PostgreSQL refuses to run as root.
    as_user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
    if as_user:
        shutil.chown(folder, "postgres")
    admin = {"username": "postgres", "password": secrets.token_hex(8), "host": "127.0.0.1"}
    passwords = os.path.join(folder, "pw")
    with open(passwords, "w", encoding="utf-8") as file:
        file.write(admin["password"])
    os.chmod(passwords, 0o644)
    data = os.path.join(folder, "data")
    quiet = {"stdout": subprocess.DEVNULL}
    init = [tool("initdb"), "-D", data, "-U", "postgres", f"--pwfile={passwords}", "-A", "scram-sha-256", "--no-sync"]
    subprocess.run(as_user + init, check=True, cwd=folder, **quiet)
    port = free_port()
    options = ["-p", str(port), "-c", "listen_addresses=127.0.0.1", "-k", folder, "-c", "fsync=off"]
    admin["port"] = port
    words = as_user + [tool("postgres"), "-D", data, *options]
    try:
        with running("PostgreSQL", words, lambda: postgresql.connect(admin), cwd=folder):
            yield admin
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def free_port():
    import socket

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def functions(*names):
    """What has a server invoke these functions."""
    return [f"--function={name}='{sys.executable}' -m awslambdaric {name}.lambda_handler" for name in names]


def rotate(service, name, function):
    """Rotates and waits for the end; gives the new value."""
    arn = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{function}"
    token = service.rotate_secret(SecretId=name, RotationLambdaARN=arn, RotationRules={"AutomaticallyAfterDays": 30})["VersionId"]
    for _ in range(600):
        stages = service.describe_secret(SecretId=name)["VersionIdsToStages"]
        if "AWSCURRENT" in stages[token]:
            break
        time.sleep(0.1)
    else:
        sys.exit(f"the rotation of {name} does not end: {stages}")
    return json.loads(service.get_secret_value(SecretId=name)["SecretString"])


def labels(service, name):
    stages = service.describe_secret(SecretId=name)["VersionIdsToStages"]
    return {label: version for version, on in stages.items() for label in on}


def accepted(secret):
    connection = postgresql.connect(secret)
    if connection:
        connection.close()
    return connection is not None


def single_user(service, admin):
    first = {**admin, "username": "app", "password": "first"}
    connection = postgresql.connect(admin)
    connection.run("CREATE USER app PASSWORD 'first'")
    connection.close()
    service.create_secret(Name="db/single", SecretString=json.dumps(first))
    before = first
    for _ in range(2):
        was = labels(service, "db/single")["AWSCURRENT"]
        after = rotate(service, "db/single", "postgresql_single_user")
        assert labels(service, "db/single")["AWSPREVIOUS"] == was
        assert accepted(after), "the new password is refused"
        assert not accepted(before), "the old password is accepted"
        before = after


def alternating_users(service, admin):
    connection = postgresql.connect(admin)
    connection.run("CREATE USER web PASSWORD 'first'")
    connection.close()
    master = service.create_secret(Name="db/admin", SecretString=json.dumps(admin))["ARN"]
    first = {**admin, "username": "web", "password": "first", "masterarn": master}
    service.create_secret(Name="db/alternating", SecretString=json.dumps(first))
    values = [first]
    for user in ("web_clone", "web"):
        was = labels(service, "db/alternating")["AWSCURRENT"]
        after = rotate(service, "db/alternating", "postgresql_alternating_users")
        assert labels(service, "db/alternating")["AWSPREVIOUS"] == was
        assert after["username"] == user, after["username"]
        assert accepted(after), "the new credential is refused"
        assert accepted(values[-1]), "the previous credential, which has its cycle left, is refused"
        values.append(after)
    assert not accepted(first), "the first password of web is accepted"


def main():
    run = functions("postgresql_single_user", "postgresql_alternating_users")
    with database() as admin, serving(sys.argv[1], *run, *verify(ACCOUNT), cwd=FUNCTIONS) as url:
        service = client(url)
        for test in (single_user, alternating_users):
            test(service, admin)
            print(f"{test.__name__}: two rotations, labels and logins as they should be")


if __name__ == "__main__":
    main()
