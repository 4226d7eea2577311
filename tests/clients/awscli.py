"""Calls the ten most used operations with the AWS CLI, as it comes.

Takes the `stagewright` command as its argument. Starts and stops its own server.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

from server import ACCOUNT, SECRET, serving, verify

# The AWS CLI of the environment that this runs in.
AWS = [sys.executable, str(pathlib.Path(sys.executable).parent / "aws")]


def aws(url, operation, *arguments, fails=None):
    """What the command answers; or checks that it ends with 255 and this code."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
        "AWS_ENDPOINT_URL_SECRETS_MANAGER": url,
        "AWS_ACCESS_KEY_ID": ACCOUNT,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_MAX_ATTEMPTS": "1",
    }
    command = [*AWS, "secretsmanager", operation, *arguments, "--output", "json"]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    if fails:
        assert ran.returncode in (254, 255) and f"({fails})" in ran.stderr, (ran.returncode, ran.stderr)
        return None
    if ran.returncode:
        sys.exit(f"aws secretsmanager {operation} ends with {ran.returncode}: {ran.stderr}")
    return json.loads(ran.stdout) if ran.stdout.strip() else None


def ten_operations(url, folder):
    made = aws(url, "create-secret", "--name", "db/app", "--secret-string", '{"password":"one"}')
    assert made["ARN"].startswith(f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:db/app-"), made
    first = made["VersionId"]
    read = aws(url, "get-secret-value", "--secret-id", "db/app")
    assert (read["SecretString"], read["VersionStages"]) == ('{"password":"one"}', ["AWSCURRENT"]), read
    binary = os.path.join(folder, "binary")
    with open(binary, "wb") as file:
        file.write(b"\x00\xfftwo")
    pending = ["--version-stages", "AWSPENDING"]
    second = aws(url, "put-secret-value", "--secret-id", "db/app", "--secret-binary", f"fileb://{binary}", *pending)["VersionId"]
    read = aws(url, "get-secret-value", "--secret-id", "db/app", "--version-stage", "AWSPENDING")
    assert read["SecretBinary"] == "AP90d28=", read
    moved = ["--version-stage", "AWSCURRENT", "--move-to-version-id", second, "--remove-from-version-id", first]
    aws(url, "update-secret-version-stage", "--secret-id", "db/app", *moved)
    aws(url, "update-secret", "--secret-id", "db/app", "--description", "a database")
    told = aws(url, "describe-secret", "--secret-id", "db/app")
    stages = {version: sorted(labels) for version, labels in told["VersionIdsToStages"].items()}
    assert stages == {first: ["AWSPREVIOUS"], second: ["AWSCURRENT", "AWSPENDING"]}, stages
    assert told["Description"] == "a database", told
    listed = aws(url, "list-secrets", "--filters", "Key=name,Values=db/")["SecretList"]
    assert [it["Name"] for it in listed] == ["db/app"], listed
    versions = aws(url, "list-secret-version-ids", "--secret-id", "db/app")["Versions"]
    assert {it["VersionId"] for it in versions} == {first, second}, versions
    aws(url, "tag-resource", "--secret-id", "db/app", "--tags", "Key=team,Value=a")
    assert aws(url, "describe-secret", "--secret-id", "db/app")["Tags"] == [{"Key": "team", "Value": "a"}]
    aws(url, "create-secret", "--name", "rotates", "--secret-string", "one")
    function = ["--rotation-lambda-arn", f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:not-configured"]
    rules = ["--rotation-rules", "AutomaticallyAfterDays=30"]
    token = aws(url, "rotate-secret", "--secret-id", "rotates", *function, *rules)["VersionId"]
    rotates = aws(url, "describe-secret", "--secret-id", "rotates")
    assert rotates["VersionIdsToStages"][token] == ["AWSPENDING"], rotates
    aws(url, "delete-secret", "--secret-id", "db/app", "--recovery-window-in-days", "7")
    aws(url, "get-secret-value", "--secret-id", "db/app", fails="InvalidRequestException")
    aws(url, "get-secret-value", "--secret-id", "nothing", fails="ResourceNotFoundException")


def main(command):
    version = subprocess.run([*AWS, "--version"], capture_output=True, text=True, check=True).stdout.split()[0]
    with serving(command, *verify(ACCOUNT)) as url, tempfile.TemporaryDirectory() as folder:
        ten_operations(url, folder)
    print(f"{version}: ten operations")


if __name__ == "__main__":
    main(sys.argv[1])
