"""Secrets Manager's API on the local AWS."""

import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.aws import LocalAws


@pytest.fixture
def secrets(aws: LocalAws) -> Any:
    return aws.client("secretsmanager")


def code(refused: pytest.ExceptionInfo[ClientError]) -> str:
    return str(refused.value.response["Error"]["Code"])


def test_create_when_without_a_value_then_no_version(secrets: Any, name: str) -> None:
    made = secrets.create_secret(Name=name, Tags=[{"Key": "a", "Value": "b"}])
    assert "VersionId" not in made
    described = secrets.describe_secret(SecretId=made["ARN"])
    assert "VersionIdsToStages" not in described
    assert "RotationEnabled" not in described
    assert described["Tags"] == [{"Key": "a", "Value": "b"}]
    with pytest.raises(ClientError) as refused:
        secrets.get_secret_value(SecretId=name)
    assert code(refused) == "ResourceNotFoundException"


def test_create_when_name_is_taken_then_refused(secrets: Any, name: str) -> None:
    secrets.create_secret(Name=name, SecretString="one")
    with pytest.raises(ClientError) as refused:
        secrets.create_secret(Name=name, SecretString="two")
    assert code(refused) == "ResourceExistsException"


def test_secret_when_named_by_name_arn_or_partial_arn_then_found(secrets: Any, name: str) -> None:
    arn = secrets.create_secret(Name=name, SecretString="one")["ARN"]
    assert {secrets.get_secret_value(SecretId=i)["ARN"] for i in (name, arn, arn[:-7])} == {arn}


def test_put_when_new_value_then_current_moves_and_change_is_dated(secrets: Any, name: str) -> None:
    first = secrets.create_secret(Name=name, SecretString="one")["VersionId"]
    before = secrets.describe_secret(SecretId=name)["LastChangedDate"]
    second = secrets.put_secret_value(SecretId=name, SecretString="two")
    assert second["VersionStages"] == ["AWSCURRENT"]
    described = secrets.describe_secret(SecretId=name)
    assert described["VersionIdsToStages"] == {first: ["AWSPREVIOUS"], second["VersionId"]: ["AWSCURRENT"]}
    assert described["LastChangedDate"] > before
    assert secrets.get_secret_value(SecretId=name)["SecretString"] == "two"
    assert secrets.get_secret_value(SecretId=name, VersionStage="AWSPREVIOUS")["SecretString"] == "one"


def test_put_when_token_is_used_again_then_same_value_only(secrets: Any, name: str) -> None:
    token = str(uuid.uuid4())
    secrets.create_secret(Name=name, SecretString="one", ClientRequestToken=token)
    again = secrets.put_secret_value(SecretId=name, SecretString="one", ClientRequestToken=token)
    assert again["VersionId"] == token
    with pytest.raises(ClientError) as refused:
        secrets.put_secret_value(SecretId=name, SecretString="two", ClientRequestToken=token)
    assert code(refused) == "ResourceExistsException"


def test_binary_when_put_then_given_back_as_bytes(secrets: Any, name: str) -> None:
    secrets.create_secret(Name=name, SecretBinary=b"\x00\xff")
    value = secrets.get_secret_value(SecretId=name)
    assert value["SecretBinary"] == b"\x00\xff"
    assert "SecretString" not in value


def test_versions_when_deprecated_then_listed_on_request_only(secrets: Any, name: str) -> None:
    secrets.create_secret(Name=name, SecretString="one")
    for value in ("two", "three"):
        secrets.put_secret_value(SecretId=name, SecretString=value)
    assert len(secrets.list_secret_version_ids(SecretId=name)["Versions"]) == 2
    everything = secrets.list_secret_version_ids(SecretId=name, IncludeDeprecated=True)["Versions"]
    assert sorted(version["VersionStages"] for version in everything) == [[], ["AWSCURRENT"], ["AWSPREVIOUS"]]


def test_stage_when_current_moved_back_then_rollback(secrets: Any, name: str) -> None:
    first = secrets.create_secret(Name=name, SecretString="one")["VersionId"]
    second = secrets.put_secret_value(SecretId=name, SecretString="two")["VersionId"]
    with pytest.raises(ClientError) as refused:
        secrets.update_secret_version_stage(SecretId=name, VersionStage="AWSCURRENT", MoveToVersionId=first)
    assert code(refused) == "InvalidParameterException"
    secrets.update_secret_version_stage(
        SecretId=name, VersionStage="AWSCURRENT", MoveToVersionId=first, RemoveFromVersionId=second
    )
    assert secrets.get_secret_value(SecretId=name)["SecretString"] == "one"
    assert secrets.describe_secret(SecretId=name)["VersionIdsToStages"][second] == ["AWSPREVIOUS"]


def test_delete_when_with_a_window_then_name_is_taken_until_restored(secrets: Any, name: str) -> None:
    secrets.create_secret(Name=name, SecretString="one")
    secrets.delete_secret(SecretId=name, RecoveryWindowInDays=7)
    assert "DeletedDate" in secrets.describe_secret(SecretId=name)
    with pytest.raises(ClientError) as read:
        secrets.get_secret_value(SecretId=name)
    with pytest.raises(ClientError) as made:
        secrets.create_secret(Name=name, SecretString="two")
    assert (code(read), code(made)) == ("InvalidRequestException", "InvalidRequestException")
    secrets.restore_secret(SecretId=name)
    assert secrets.get_secret_value(SecretId=name)["SecretString"] == "one"


def test_delete_when_forced_then_gone(secrets: Any, name: str) -> None:
    secrets.create_secret(Name=name, SecretString="one")
    secrets.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
    with pytest.raises(ClientError) as refused:
        secrets.describe_secret(SecretId=name)
    assert code(refused) == "ResourceNotFoundException"


def test_delete_when_window_is_too_short_then_refused(secrets: Any, name: str) -> None:
    secrets.create_secret(Name=name)
    with pytest.raises(ClientError) as refused:
        secrets.delete_secret(SecretId=name, RecoveryWindowInDays=6)
    assert code(refused) == "InvalidParameterException"


def test_policy_when_put_then_given_back_until_deleted(secrets: Any, name: str) -> None:
    secrets.create_secret(Name=name)
    assert "ResourcePolicy" not in secrets.get_resource_policy(SecretId=name)
    secrets.put_resource_policy(SecretId=name, ResourcePolicy='{"Statement": []}')
    assert secrets.get_resource_policy(SecretId=name)["ResourcePolicy"] == '{"Statement": []}'
    secrets.delete_resource_policy(SecretId=name)
    assert "ResourcePolicy" not in secrets.get_resource_policy(SecretId=name)


def test_secrets_when_in_another_region_then_apart(aws: LocalAws, secrets: Any, name: str) -> None:
    secrets.create_secret(Name=name, SecretString="here")
    there = aws.client("secretsmanager", region="eu-west-1")
    there.create_secret(Name=name, SecretString="there")
    assert secrets.get_secret_value(SecretId=name)["SecretString"] == "here"
    assert ":eu-west-1:" in there.describe_secret(SecretId=name)["ARN"]
