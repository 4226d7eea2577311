"""What the rotation functions of these tests have in common: the four steps, and the labels in finishSecret."""

import json
import os

import boto3


def client():
    return boto3.client("secretsmanager", endpoint_url=os.environ.get("SECRETS_MANAGER_ENDPOINT"))


def handle(event, steps):
    """Checks that the rotation is under way, and runs the step that the event names.

    `steps` is an object with create(service, arn, token), set(…) and test(…).
    """
    arn, token, step = event["SecretId"], event["ClientRequestToken"], event["Step"]
    service = client()
    described = service.describe_secret(SecretId=arn)
    if not described.get("RotationEnabled"):
        raise ValueError(f"rotation of {arn} is off")
    stages = described["VersionIdsToStages"].get(token)
    if stages is None:
        raise ValueError(f"{token} is no version of {arn}")
    if "AWSCURRENT" in stages:
        return
    if "AWSPENDING" not in stages:
        raise ValueError(f"{token} is not the pending version of {arn}")
    if step == "createSecret":
        steps.create(service, arn, token)
    elif step == "setSecret":
        steps.set(service, arn, token)
    elif step == "testSecret":
        steps.test(service, arn, token)
    elif step == "finishSecret":
        finish(service, arn, token)
    else:
        raise ValueError(f"{step} is no step")


def read(service, arn, stage, token=None):
    """The value of the version with that label; None if there is none."""
    version = {"VersionId": token} if token else {}
    try:
        answer = service.get_secret_value(SecretId=arn, VersionStage=stage, **version)
    except service.exceptions.ResourceNotFoundException:
        return None
    return json.loads(answer["SecretString"])


def password(service):
    excluded = os.environ.get("EXCLUDE_CHARACTERS", "/@\"'\\")
    return service.get_random_password(ExcludeCharacters=excluded)["RandomPassword"]


def put(service, arn, token, value):
    service.put_secret_value(
        SecretId=arn,
        ClientRequestToken=token,
        SecretString=json.dumps(value),
        VersionStages=["AWSPENDING"],
    )


def finish(service, arn, token):
    """Moves AWSCURRENT to the pending version, unless it is there."""
    stages = service.describe_secret(SecretId=arn)["VersionIdsToStages"]
    current = next(version for version, labels in stages.items() if "AWSCURRENT" in labels)
    if current != token:
        service.update_secret_version_stage(
            SecretId=arn,
            VersionStage="AWSCURRENT",
            MoveToVersionId=token,
            RemoveFromVersionId=current,
        )
