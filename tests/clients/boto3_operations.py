"""Calls every operation of Secrets Manager with boto3, as it comes.

Takes the `stagewright` command as its argument. Starts and stops its own server.
"""

import datetime
import sys
import unittest.mock

import boto3
import botocore
import server
from botocore.exceptions import ClientError

FUNCTION = "arn:aws:lambda:us-east-1:111111111111:function:not-configured"
OTHER = "222222222222"


def refused(code, call, **members):
    try:
        call(**members)
    except ClientError as error:
        answer = error.response
        assert answer["Error"]["Code"] == code, answer
        assert answer["Error"]["Message"], answer
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 400, answer
        assert answer["ResponseMetadata"]["RequestId"], answer
        return error
    raise AssertionError(f"not refused with {code}")


def every_operation(url):
    called = set()

    def client(*args, **kwargs):
        made = server.client(url, *args, **kwargs)
        made.meta.events.register("before-call.secrets-manager", lambda model, **_: called.add(model.name))
        return made

    sm = client(key="test")

    made = sm.create_secret(Name="db/app", SecretString="one", Tags=[{"Key": "team", "Value": "a"}])
    arn, first = made["ARN"], made["VersionId"]
    assert arn.startswith("arn:aws:secretsmanager:us-east-1:111111111111:secret:db/app-"), arn
    read = sm.get_secret_value(SecretId="db/app")
    assert (read["SecretString"], read["VersionStages"]) == ("one", ["AWSCURRENT"]), read
    assert read["CreatedDate"].year >= 2026, read
    put = sm.put_secret_value(SecretId=arn, SecretBinary=b"\x00\xfftwo", VersionStages=["AWSPENDING"])
    second = put["VersionId"]
    read = sm.get_secret_value(SecretId=arn, VersionStage="AWSPENDING")
    assert read["SecretBinary"] == b"\x00\xfftwo", read
    sm.update_secret_version_stage(
        SecretId=arn, VersionStage="AWSCURRENT", MoveToVersionId=second, RemoveFromVersionId=first
    )
    stages = sm.describe_secret(SecretId=arn)["VersionIdsToStages"]
    assert sorted(stages[second]) == ["AWSCURRENT", "AWSPENDING"], stages
    assert stages[first] == ["AWSPREVIOUS"], stages
    assert len(sm.list_secret_version_ids(SecretId=arn)["Versions"]) == 2
    sm.update_secret(SecretId=arn, Description="a database")
    listed = sm.list_secrets(Filters=[{"Key": "name", "Values": ["db/"]}])["SecretList"]
    assert [it["Description"] for it in listed] == ["a database"], listed
    batch = sm.batch_get_secret_value(SecretIdList=["db/app", "nothing"])
    assert len(batch["SecretValues"]) == len(batch["Errors"]) == 1, batch
    sm.tag_resource(SecretId=arn, Tags=[{"Key": "stage", "Value": "test"}])
    sm.untag_resource(SecretId=arn, TagKeys=["team"])
    assert sm.describe_secret(SecretId=arn)["Tags"] == [{"Key": "stage", "Value": "test"}]
    policy = (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":'
        '{"AWS":"arn:aws:iam::222222222222:root"},"Action":"secretsmanager:GetSecretValue","Resource":"*"}]}'
    )
    assert sm.validate_resource_policy(ResourcePolicy=policy)["PolicyValidationPassed"]
    sm.put_resource_policy(SecretId=arn, ResourcePolicy=policy)
    assert "222222222222" in sm.get_resource_policy(SecretId=arn)["ResourcePolicy"]
    sm.delete_resource_policy(SecretId=arn)
    assert len(sm.get_random_password(PasswordLength=20)["RandomPassword"]) == 20
    sm.replicate_secret_to_regions(SecretId=arn, AddReplicaRegions=[{"Region": "eu-west-1"}, {"Region": "eu-west-2"}])
    replica = client("eu-west-1")
    assert replica.get_secret_value(SecretId="db/app")["SecretBinary"] == b"\x00\xfftwo"
    replica.stop_replication_to_replica(SecretId="db/app")
    sm.remove_regions_from_replication(SecretId=arn, RemoveReplicaRegions=["eu-west-2"])
    refused("InvalidRequestException", sm.rotate_secret, SecretId=arn)
    sm.create_secret(Name="rotates", SecretString="one")
    rotated = sm.rotate_secret(
        SecretId="rotates", RotationLambdaARN=FUNCTION, RotationRules={"AutomaticallyAfterDays": 30}
    )
    token = rotated["VersionId"]
    assert sm.describe_secret(SecretId="rotates")["VersionIdsToStages"][token] == ["AWSPENDING"]
    sm.cancel_rotate_secret(SecretId="rotates")
    deleted = sm.delete_secret(SecretId=arn, RecoveryWindowInDays=7)
    assert (deleted["DeletionDate"] - read["CreatedDate"]).days >= 6, deleted
    refused("InvalidRequestException", sm.get_secret_value, SecretId=arn)
    sm.restore_secret(SecretId=arn)
    assert sm.get_secret_value(SecretId=arn)["VersionId"] == second

    assert sm.list_resource_policies(SecretId=arn)["ResourcePolicies"] == []
    abroad = client(key=OTHER).create_secret(Name="copy", KmsKeyId="alias/copy", CrossAccountPrimaryARN=arn)["ARN"]
    assert f":{OTHER}:" in abroad, abroad
    sm.associate_cross_account_replica(SecretId=arn, CrossAccountReplicaARN=abroad)
    replicas = sm.describe_secret(SecretId=arn)
    assert abroad in str(replicas), replicas
    sm.disassociate_cross_account_replica(SecretId=arn, CrossAccountReplicaARN=abroad)
    assert abroad not in str(sm.describe_secret(SecretId=arn))

    missing = refused("ResourceNotFoundException", sm.get_secret_value, SecretId="nothing")
    assert isinstance(missing, sm.exceptions.ResourceNotFoundException)
    refused("ResourceExistsException", sm.create_secret, Name="db/app", SecretString="one")
    refused("ResourceNotFoundException", client(key=OTHER).get_secret_value, SecretId="db/app")

    every = set(sm.meta.service_model.operation_names)
    assert called == every, every ^ called
    print(f"boto3 {boto3.__version__}: {len(called)} operations")


def signatures(url):
    """Which signatures are refused, and what is said of them."""
    wrong = refused("InvalidSignatureException", server.client(url, secret="Secret").list_secrets)
    assert "The request signature we calculated does not match" in str(wrong), wrong
    unknown = refused("UnrecognizedClientException", server.client(url, key=OTHER).list_secrets)
    assert "The security token included in the request is invalid." in str(unknown), unknown
    unsigned = server.client(url)
    unsigned.meta.events.register("choose-signer.secrets-manager", lambda **_: botocore.UNSIGNED)
    refused("MissingAuthenticationTokenException", unsigned.list_secrets)
    ago = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=10)
    with unittest.mock.patch("botocore.auth.get_current_datetime", lambda **_: ago):
        expired = refused("InvalidSignatureException", server.client(url).list_secrets)
    assert "Signature expired: " in str(expired), expired
    server.client(url).list_secrets()
    print(f"boto3 {boto3.__version__}: signatures")


if __name__ == "__main__":
    with server.serving(sys.argv[1]) as url:
        every_operation(url)
    with server.serving(sys.argv[1], *server.verify("test", server.ACCOUNT, OTHER)) as url:
        every_operation(url)
    with server.serving(sys.argv[1], *server.verify(server.ACCOUNT)) as url:
        signatures(url)
