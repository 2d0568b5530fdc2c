"""Rotation on the local AWS: the deployed function does the work, Secrets Manager keeps the rules."""

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.aws import LocalAws

RULES = {"ScheduleExpression": "rate(30 days)", "Duration": "4h"}
HANDLER = """
import json
import os
import boto3

def handler(event, context):
    print(json.dumps(event))
    secrets, secret, token = boto3.client("secretsmanager"), event["SecretId"], event["ClientRequestToken"]
    if event["Step"] == os.environ.get("FAIL_AT"):
        raise RuntimeError("as asked")
    if event["Step"] == "createSecret":
        secrets.put_secret_value(
            SecretId=secret, ClientRequestToken=token, SecretString="rotated", VersionStages=["AWSPENDING"]
        )
    if event["Step"] == "finishSecret" and not os.environ.get("FORGET"):
        stages = secrets.describe_secret(SecretId=secret)["VersionIdsToStages"]
        current = [version for version, labels in stages.items() if "AWSCURRENT" in labels]
        source = {"RemoveFromVersionId": current[0]} if current else {}
        secrets.update_secret_version_stage(
            SecretId=secret, VersionStage="AWSCURRENT", MoveToVersionId=token, **source
        )
"""
pytestmark = pytest.mark.slow
Until = Callable[[Callable[[], Any]], Any]


@pytest.fixture
def secrets(aws: LocalAws) -> Any:
    return aws.client("secretsmanager")


@pytest.fixture
def rotator(aws: LocalAws, deploy: Any, name: str) -> Callable[..., str]:
    """Deploys the function, with the permission that Secrets Manager needs."""

    def make(**variables: str) -> str:
        arn: str = deploy(name, HANDLER, Environment={"Variables": variables})
        aws.client("lambda").add_permission(
            FunctionName=name,
            StatementId="rotation",
            Action="lambda:InvokeFunction",
            Principal="secretsmanager.amazonaws.com",
            SourceAccount="123456789012",
        )
        return arn

    return make


@pytest.fixture
def events(aws: LocalAws, name: str) -> Callable[[], list[str]]:
    """The names of the rotation events that reached a queue, of this test's secret alone."""
    sqs, bus = aws.client("sqs"), aws.client("events")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    bus.put_rule(Name=name, EventPattern=json.dumps({"detail-type": ["AWS Service Event via CloudTrail"]}))
    bus.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": arn}])
    seen: list[str] = []

    def read() -> list[str]:
        for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            detail = json.loads(message["Body"])["detail"]
            if f":secret:{name}-" in detail["additionalEventData"]["SecretId"]:
                seen.append(detail["eventName"])
        return seen

    return read


def labels(secrets: Any, name: str) -> dict[str, list[str]]:
    stages: dict[str, list[str]] = secrets.describe_secret(SecretId=name).get("VersionIdsToStages", {})
    return stages


def test_rotation_when_secret_has_no_version_then_first_value_is_made(
    secrets: Any, rotator: Any, events: Any, deploy: Any, until: Until, name: str
) -> None:
    arn = secrets.create_secret(Name=name)["ARN"]
    token = secrets.rotate_secret(SecretId=name, RotationLambdaARN=rotator(), RotationRules=RULES)[
        "VersionId"
    ]
    until(lambda: "RotationSucceeded" in events())
    assert events() == ["RotationStarted", "RotationSucceeded"]
    assert secrets.get_secret_value(SecretId=name)["SecretString"] == "rotated"
    assert labels(secrets, name) == {token: ["AWSCURRENT", "AWSPENDING"]}
    called = [json.loads(line) for line in deploy.log_lines(name) if line.startswith("{")]
    assert [event["Step"] for event in called] == ["createSecret", "setSecret", "testSecret", "finishSecret"]
    assert {(event["SecretId"], event["ClientRequestToken"]) for event in called} == {(arn, token)}
    described = secrets.describe_secret(SecretId=name)
    assert described["RotationEnabled"]
    assert described["RotationRules"] == RULES
    assert described["NextRotationDate"] > described["LastRotatedDate"]


def test_rotation_when_there_is_a_value_then_it_becomes_previous(
    secrets: Any, rotator: Any, events: Any, until: Until, name: str
) -> None:
    first = secrets.create_secret(Name=name, SecretString="one")["VersionId"]
    token = str(uuid.uuid4())
    function = rotator()
    for _ in range(2):
        secrets.rotate_secret(
            SecretId=name, RotationLambdaARN=function, RotationRules=RULES, ClientRequestToken=token
        )
        assert token in labels(secrets, name), "the version's id is there before its value"
        until(lambda: "RotationSucceeded" in events())
        events().clear()
        assert labels(secrets, name)[token] == ["AWSCURRENT", "AWSPENDING"]
        first, token = token, str(uuid.uuid4())
    assert labels(secrets, name) == {first: ["AWSCURRENT", "AWSPENDING"], **{
        version: stages for version, stages in labels(secrets, name).items() if stages == ["AWSPREVIOUS"]
    }}  # fmt: skip


def test_rotation_when_not_immediately_then_only_tested_and_nothing_is_left(
    secrets: Any, rotator: Any, events: Any, deploy: Any, until: Until, name: str
) -> None:
    secrets.create_secret(Name=name)
    secrets.rotate_secret(
        SecretId=name, RotationLambdaARN=rotator(), RotationRules=RULES, RotateImmediately=False
    )
    until(lambda: "TestRotationSucceeded" in events())
    until(lambda: not labels(secrets, name))
    called = [json.loads(line)["Step"] for line in deploy.log_lines(name) if line.startswith("{")]
    assert called == ["testSecret"]
    described = secrets.describe_secret(SecretId=name)
    assert described["RotationEnabled"]
    assert "LastRotatedDate" not in described
    assert "NextRotationDate" in described


def test_rotation_when_a_step_fails_then_pending_stays_and_the_next_is_refused(
    secrets: Any, rotator: Any, events: Any, until: Until, name: str
) -> None:
    first = secrets.create_secret(Name=name, SecretString="one")["VersionId"]
    function = rotator(FAIL_AT="testSecret")
    token = secrets.rotate_secret(SecretId=name, RotationLambdaARN=function, RotationRules=RULES)["VersionId"]
    until(lambda: "RotationFailed" in events())
    assert labels(secrets, name) == {first: ["AWSCURRENT"], token: ["AWSPENDING"]}
    assert secrets.get_secret_value(SecretId=name)["SecretString"] == "one"
    with pytest.raises(ClientError) as refused:
        secrets.rotate_secret(SecretId=name)
    assert refused.value.response["Error"]["Code"] == "InvalidRequestException"
    secrets.update_secret_version_stage(SecretId=name, VersionStage="AWSPENDING", RemoveFromVersionId=token)
    again = secrets.rotate_secret(SecretId=name)["VersionId"]
    assert labels(secrets, name)[again] == ["AWSPENDING"]


def test_rotation_when_function_does_not_promote_then_nobody_does(
    secrets: Any, rotator: Any, events: Any, until: Until, name: str
) -> None:
    first = secrets.create_secret(Name=name, SecretString="one")["VersionId"]
    function = rotator(FORGET="yes")
    token = secrets.rotate_secret(SecretId=name, RotationLambdaARN=function, RotationRules=RULES)["VersionId"]
    until(lambda: "RotationFailed" in events())
    assert labels(secrets, name) == {first: ["AWSCURRENT"], token: ["AWSPENDING"]}


def test_rotation_when_function_gives_no_permission_then_refused(
    aws: LocalAws, secrets: Any, deploy: Any, name: str
) -> None:
    secrets.create_secret(Name=name, SecretString="one")
    function = deploy(name, HANDLER)
    for account in (None, "999999999999"):
        if account:
            aws.client("lambda").add_permission(
                FunctionName=name,
                StatementId="other",
                Action="lambda:InvokeFunction",
                Principal="secretsmanager.amazonaws.com",
                SourceAccount=account,
            )
        with pytest.raises(ClientError) as refused:
            secrets.rotate_secret(SecretId=name, RotationLambdaARN=function, RotationRules=RULES)
        assert refused.value.response["Error"]["Code"] == "AccessDeniedException"
    described = secrets.describe_secret(SecretId=name)
    assert "RotationEnabled" not in described
    assert list(described["VersionIdsToStages"].values()) == [["AWSCURRENT"]]


def test_rotation_when_no_function_then_refused(secrets: Any, name: str) -> None:
    secrets.create_secret(Name=name, SecretString="one")
    with pytest.raises(ClientError) as refused:
        secrets.rotate_secret(SecretId=name, RotationRules=RULES)
    assert refused.value.response["Error"]["Code"] == "InvalidRequestException"
    missing = "arn:aws:lambda:us-east-1:123456789012:function:missing"
    with pytest.raises(ClientError) as refused:
        secrets.rotate_secret(SecretId=name, RotationLambdaARN=missing, RotationRules=RULES)
    assert refused.value.response["Error"]["Code"] == "ResourceNotFoundException"


@pytest.mark.parametrize(
    "rules",
    [
        {"ScheduleExpression": "rate(3 hours)"},
        {"ScheduleExpression": "rate(4 hours)", "Duration": "5h"},
        {"ScheduleExpression": "monthly"},
    ],
)
def test_rotation_when_its_schedule_is_refused_then_no_step_runs_and_the_stages_are_as_they_were(
    secrets: Any, rotator: Any, deploy: Any, name: str, rules: dict[str, str]
) -> None:
    secrets.create_secret(Name=name, SecretString="one")
    secrets.put_secret_value(SecretId=name, SecretString="two")
    before, function = labels(secrets, name), rotator()
    with pytest.raises(ClientError) as refused:
        secrets.rotate_secret(SecretId=name, RotationLambdaARN=function, RotationRules=rules)
    assert refused.value.response["Error"]["Code"] == "InvalidParameterException"
    assert labels(secrets, name) == before
    assert not secrets.describe_secret(SecretId=name).get("RotationEnabled")
    assert deploy.log_lines(name) == []


def test_cancel_when_rotation_is_on_then_off_and_dates_are_gone(
    secrets: Any, rotator: Any, events: Any, until: Until, name: str
) -> None:
    secrets.create_secret(Name=name, SecretString="one")
    with pytest.raises(ClientError) as refused:
        secrets.cancel_rotate_secret(SecretId=name)
    assert refused.value.response["Error"]["Code"] == "InvalidRequestException"
    secrets.rotate_secret(SecretId=name, RotationLambdaARN=rotator(), RotationRules=RULES)
    until(lambda: "RotationSucceeded" in events())
    secrets.cancel_rotate_secret(SecretId=name)
    described = secrets.describe_secret(SecretId=name)
    assert described["RotationEnabled"] is False
    assert "NextRotationDate" not in described
    assert "LastRotatedDate" not in described


def test_rotation_when_the_function_is_throttled_then_its_steps_wait(
    aws: LocalAws, secrets: Any, rotator: Any, events: Any, until: Until, name: str
) -> None:
    function = rotator()
    aws.client("lambda").put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=1)
    for secret in (name, f"{name}-b"):
        secrets.create_secret(Name=secret)
        secrets.rotate_secret(SecretId=secret, RotationLambdaARN=function, RotationRules=RULES)
    until(lambda: events().count("RotationSucceeded") == 2)
    assert "RotationFailed" not in events()
