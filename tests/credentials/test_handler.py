"""How the function takes bad calls, AWS's refusals and its own faults; and that no value leaves it."""

import io
import json
import traceback
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from moto import mock_aws

from pictory_egress.credentials.runtime import handler as entry
from pictory_egress.credentials.runtime.errors import RotationError
from pictory_egress.credentials.runtime.pictory import ACCEPTED, UNEXPECTED, Verdict
from pictory_egress.credentials.runtime.versions import Versions

Events = Callable[[], list[dict[str, Any]]]
OLD, NEW = "pictai_old", "pictai_very-secret-key"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"Step": "dropSecret"}, "unknown_step"),
        ({"Step": ""}, "unknown_step"),
        ({"Step": 7}, "unknown_step"),
        ({"Step": None}, "unknown_step"),
        ({"SecretId": "arn:aws:secretsmanager:us-east-2:111111111111:secret:other-x"}, "wrong_secret"),
        ({"SecretId": None}, "wrong_secret"),
        ({"ClientRequestToken": "short"}, "wrong_token"),
        ({"ClientRequestToken": "x" * 65}, "wrong_token"),
        ({"ClientRequestToken": "x" * 5000}, "wrong_token"),
    ],
)
def test_call_with_a_wrong_field_is_refused_before_aws_is_asked(
    world: Any, events: Events, change: dict[str, Any], reason: str
) -> None:
    event = {
        "Step": "createSecret",
        "SecretId": world.environment["SECRET_ARN"],
        "ClientRequestToken": "x" * 36,
    }
    with pytest.raises(RotationError, match=reason):
        entry.rotate({**event, **change}, environment=world.environment, client=world.aws)
    assert world.aws.calls == []
    (line,) = events()
    assert (line["event"], line["reason"]) == ("invalid_request", reason)
    assert len(json.dumps(line)) < 1000


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_ARN", ""),
        ("STAGING_SECRET_ARN", None),
        ("CREDENTIAL_MODE", "password"),
        ("PICTORY_PORT", "https"),
        ("DEADLINE_DAYS", "0"),
        ("CANDIDATE_MAX_AGE_HOURS", "-1"),
        ("CANDIDATE_MAX_AGE_HOURS", "²"),
    ],
)
def test_environment_lacking_something_is_named(
    world: Any, events: Events, name: str, value: str | None
) -> None:
    world.environment.pop(name)
    if value is not None:
        world.environment[name] = value
    with pytest.raises(RotationError, match=f"misconfigured: {name}: set it"):
        world.step("createSecret", "x" * 36)
    assert (events()[0]["event"], world.aws.calls) == ("misconfigured", [])


def test_aws_refusing_a_call_is_logged_by_its_code_and_leaves_awspending_for_another_try(
    world: Any, events: Events
) -> None:
    world.key_in_use(OLD)
    world.stage(NEW)
    token = world.begin()

    def throttled(number: int, name: str) -> None:
        if name == "PutSecretValue":
            raise ClientError({"Error": {"Code": "ThrottlingException", "Message": NEW}}, name)

    world.aws.before = throttled
    with pytest.raises(RotationError, match="failed: PutSecretValue:ThrottlingException") as caught:
        world.step("createSecret", token)
    assert NEW not in str(caught.value)
    assert (events()[-1]["event"], world.junk) == ("failed", True)
    world.aws.before = lambda number, name: None
    for name in ("createSecret", "setSecret", "testSecret", "finishSecret"):
        world.step(name, token)
    assert world.current == NEW


def test_aws_out_of_reach_is_logged_by_its_kind(world: Any, events: Events) -> None:
    def unreachable(number: int, name: str) -> None:
        raise EndpointConnectionError(endpoint_url="https://secretsmanager.us-east-2.amazonaws.com")

    world.aws.before = unreachable
    with pytest.raises(RotationError, match="EndpointConnectionError"):
        world.step("createSecret", "x" * 36)
    assert events()[0]["reason"] == "EndpointConnectionError"


def test_staging_secret_that_aws_refuses_to_read_fails_the_step(world: Any) -> None:
    def deleted(number: int, name: str) -> None:
        if name == "GetSecretValue":
            raise ClientError({"Error": {"Code": "InvalidRequestException", "Message": "deleted"}}, name)

    token = world.begin()
    world.aws.before = deleted
    with pytest.raises(RotationError, match="GetSecretValue:InvalidRequestException"):
        world.step("createSecret", token)


def test_fault_of_the_function_shows_its_kind_and_never_its_words(world: Any, events: Events) -> None:
    world.stage(NEW)
    token = world.begin()
    world.step("createSecret", token)

    def broken(credential: Any) -> Verdict:
        raise KeyError(f"cannot use {credential['api_key']}")

    event = {"Step": "testSecret", "SecretId": world.environment["SECRET_ARN"], "ClientRequestToken": token}
    with pytest.raises(RotationError, match="KeyError") as caught:
        entry.rotate(event, environment=world.environment, client=world.aws, verify=broken)
    printed = io.StringIO()
    traceback.print_exception(caught.value, file=printed)
    assert NEW not in printed.getvalue()
    assert NEW not in json.dumps(events())


@pytest.mark.parametrize(
    "text",
    [
        '{"mode": "api-key", "api_key": "very-secret-key"}',
        '{"very-secret-key": 1, "mode": "api-key", "api_key": "pictai_x", "staged_at": 1, "staged_by": "a"}',
        "very-secret-key",
        '["very-secret-key"]',
        '{"mode": "very-secret-key"}',
        '{"mode": "api-key", "api_key": "pictai_very-secret-key\\n", "staged_by": "a"}',
    ],
)
def test_value_of_a_refused_candidate_is_in_no_log_and_no_error(
    world: Any, events: Events, text: str
) -> None:
    world.stage_text(text)
    with pytest.raises(RotationError) as caught:
        world.run()
    printed = io.StringIO()
    traceback.print_exception(caught.value, file=printed)
    assert "very-secret-key" not in printed.getvalue() + json.dumps(events())


@pytest.mark.parametrize("verdict", [Verdict(ACCEPTED, 200), Verdict(UNEXPECTED, 418)])
def test_value_of_a_candidate_is_in_no_log_however_the_rotation_ends(
    world: Any, capsys: pytest.CaptureFixture[str], verdict: Verdict
) -> None:
    world.key_in_use(OLD)
    world.stage(NEW)
    world.verdicts = [verdict]
    try:
        world.run()
    except RotationError as error:
        assert NEW not in repr(error)  # noqa: PT017 - both ends are right here
    output = capsys.readouterr()
    assert output.out
    assert all(key not in output.out + output.err for key in (OLD, NEW))


def test_handler_in_lambda_reads_its_environment_and_makes_its_own_client(
    world: Any, events: Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-2")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    entry._client.cache_clear()
    with mock_aws():
        client = boto3.client("secretsmanager")
        arn = client.create_secret(Name="pictory")["ARN"]
        for name, value in {**world.environment, "SECRET_ARN": arn}.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(RotationError, match="not_pending"):
            entry.handler({"Step": "createSecret", "SecretId": arn, "ClientRequestToken": "x" * 36}, None)
    entry._client.cache_clear()
    assert events()[0]["event"] == "invalid_request"


def test_versions_through_boto3_speak_the_api_as_botocore_knows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        client = boto3.client(
            "secretsmanager", region_name="us-east-2", aws_access_key_id="x", aws_secret_access_key="y"
        )
        arn = client.create_secret(Name="pictory", SecretString="one")["ARN"]
        versions = Versions(client, arn=arn)
        (first,) = versions.stages()
        second = "b" * 36
        versions.put_pending(second, "two")
        versions.drop_pending(second)
        versions.move("CANDIDATE", first, instead_of=second)
        versions.move("CANDIDATE", second, instead_of=first)
        versions.move("AWSPENDING", second, instead_of=None)
        assert sorted(versions.stages()[second]) == ["AWSPENDING", "CANDIDATE"]
        versions.promote(second, instead_of=first)
        current, previous = versions.at_stage("AWSCURRENT"), versions.at_stage("AWSPREVIOUS")
        assert (current and current.text, previous and previous.text) == ("two", "one")
        assert "two" not in repr(current)
        assert versions.of_version("c" * 36) is None
        binary_arn = client.create_secret(Name="binary", SecretBinary=b"\x01")["ARN"]
        binary = Versions(client, arn=binary_arn).at_stage("AWSCURRENT")
        assert binary is not None
        assert binary.text == ""


def test_version_that_aws_answers_without_any_value_counts_as_absent(world: Any) -> None:
    class Empty:
        def get_secret_value(self, **_: str) -> dict[str, Any]:
            return {"ARN": "x", "VersionId": "y"}

    assert Versions(Empty(), arn="x").of_version("y") is None  # type: ignore[arg-type]
