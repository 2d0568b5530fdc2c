"""Notices: who may read and change the key in silence, and what a message may show."""

import json
import re
from typing import Any

import pytest
from moto.events.models import EventPattern

from tests.monitoring.synthesis import ACCOUNT, NAME, READER, REGION, Parts, Synthesized

PARTS = Parts()
_REPLACE = re.compile(r'replace\("((?:[^"\\]|\\.)*)", "/((?:[^"\\]|\\.)*)/", ""\)')


def _pattern(synthesized: Synthesized, slug: str) -> EventPattern:
    (rule,) = [r for r in synthesized.all("aws_cloudwatch_event_rule") if r["name"] == f"{NAME}-{slug}"]
    return EventPattern.load(json.dumps(_evaluate(json.loads(_plain(rule["event_pattern"])))))


def _plain(text: str) -> str:
    """The pattern with Terraform's ``replace`` carried out, as Terraform does at deployment."""
    while match := _REPLACE.search(text):
        text = text[: match.start()] + '"' + re.sub(match[2], "", match[1]) + '"' + text[match.end() :]
    return re.sub(r'\$\{"([^"]*)"\}', r"\1", text)


def _evaluate(value: Any) -> Any:
    assert "${" not in json.dumps(value)
    return value


def _role(arn: str) -> dict[str, Any]:
    return {
        "type": "AssumedRole",
        "arn": arn.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/") + "/session",
        "sessionContext": {"sessionIssuer": {"type": "Role", "arn": arn}},
    }


def _call(action: str, secret: str, identity: dict[str, Any]) -> dict[str, Any]:
    return {
        "source": "aws.secretsmanager",
        "detail-type": "AWS API Call via CloudTrail",
        "account": ACCOUNT,
        "region": REGION,
        "detail": {
            "eventSource": "secretsmanager.amazonaws.com",
            "eventName": action,
            "userIdentity": identity,
            "requestParameters": {"secretId": secret},
        },
    }


STRANGER = _role(f"arn:aws:iam::{ACCOUNT}:role/developer")
USER = {"type": "IAMUser", "arn": f"arn:aws:iam::{ACCOUNT}:user/somebody"}
ROOT = {"type": "Root", "arn": f"arn:aws:iam::{ACCOUNT}:root"}
KEY_NAMES = [PARTS.secret_arn, PARTS.secret_arn[:-7], f"{NAME}/pictory"]
STAGING_NAMES = [PARTS.staging_secret_arn, PARTS.staging_secret_arn[:-7], f"{NAME}/staging"]


@pytest.mark.parametrize("identity", [STRANGER, USER, ROOT], ids=["role", "user", "root"])
@pytest.mark.parametrize("secret", KEY_NAMES + STAGING_NAMES)
def test_read_when_by_anybody_unexpected_is_told(
    identity: dict[str, Any], secret: str, synthesized: Synthesized
) -> None:
    assert _pattern(synthesized, "secret-read").matches_event(_call("GetSecretValue", secret, identity))


@pytest.mark.parametrize("role", [PARTS.task_role_arn, PARTS.rotation_role_arn, READER])
def test_read_when_by_an_expected_role_is_silent(role: str, synthesized: Synthesized) -> None:
    event = _call("GetSecretValue", PARTS.secret_arn, _role(role))
    assert not _pattern(synthesized, "secret-read").matches_event(event)


def test_read_when_of_another_secret_is_silent(synthesized: Synthesized) -> None:
    event = _call("GetSecretValue", f"{NAME}/pictory-other", USER)
    assert not _pattern(synthesized, "secret-read").matches_event(event)


def test_reading_rule_when_made_is_shown_read_only_calls(synthesized: Synthesized) -> None:
    states = {r["name"]: r["state"] for r in synthesized.all("aws_cloudwatch_event_rule")}
    assert states == {
        f"{NAME}-secret-read": "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS",
        f"{NAME}-secret-changed": "ENABLED",
        f"{NAME}-secret-deleted": "ENABLED",
        f"{NAME}-secrets-key-disabled": "ENABLED",
        f"{NAME}-rotation-given-up": "ENABLED",
    }


@pytest.mark.parametrize("identity", [STRANGER, USER, _role(READER)], ids=["role", "user", "reader"])
@pytest.mark.parametrize("action", ["PutSecretValue", "UpdateSecretVersionStage"])
def test_change_when_not_by_the_rotation_is_told(
    action: str, identity: dict[str, Any], synthesized: Synthesized
) -> None:
    event = _call(action, PARTS.secret_arn, identity)
    assert _pattern(synthesized, "secret-changed").matches_event(event)


def test_change_when_by_the_rotation_is_silent(synthesized: Synthesized) -> None:
    event = _call("UpdateSecretVersionStage", PARTS.secret_arn, _role(PARTS.rotation_role_arn))
    assert not _pattern(synthesized, "secret-changed").matches_event(event)


def test_change_when_an_operator_stages_a_candidate_is_silent(synthesized: Synthesized) -> None:
    event = _call("PutSecretValue", PARTS.staging_secret_arn, STRANGER)
    assert not _pattern(synthesized, "secret-changed").matches_event(event)


@pytest.mark.parametrize("identity", [STRANGER, _role(PARTS.rotation_role_arn)], ids=["role", "rotation"])
@pytest.mark.parametrize("secret", KEY_NAMES + STAGING_NAMES)
def test_deletion_when_begun_by_anybody_is_told(
    secret: str, identity: dict[str, Any], synthesized: Synthesized
) -> None:
    assert _pattern(synthesized, "secret-deleted").matches_event(_call("DeleteSecret", secret, identity))
    other = _call("DeleteSecret", f"{NAME}/other", identity)
    assert not _pattern(synthesized, "secret-deleted").matches_event(other)


@pytest.mark.parametrize("action", ["DisableKey", "ScheduleKeyDeletion"])
@pytest.mark.parametrize(
    ("key", "told"),
    [
        (PARTS.secrets_key_arn, True),
        (PARTS.secrets_key_arn.rpartition("/")[2], True),
        (PARTS.topic_key_arn, False),
        (PARTS.topic_key_arn.rpartition("/")[2], False),
    ],
    ids=["by ARN", "by id", "another by ARN", "another by id"],
)
def test_key_when_switched_off_is_told(action: str, key: str, told: bool, synthesized: Synthesized) -> None:
    event = {
        "source": "aws.kms",
        "detail-type": "AWS API Call via CloudTrail",
        "detail": {
            "eventSource": "kms.amazonaws.com", "eventName": action, "userIdentity": USER,
            "requestParameters": {"keyId": key},
        },
    }  # fmt: skip
    assert _pattern(synthesized, "secrets-key-disabled").matches_event(event) is told


@pytest.mark.parametrize(
    ("name", "told"), [("RotationFailed", True), ("RotationAbandoned", True), ("RotationSucceeded", False)]
)
def test_rotation_when_it_ends_is_told_only_if_it_failed(
    name: str, told: bool, synthesized: Synthesized
) -> None:
    event = {
        "source": "aws.secretsmanager",
        "detail-type": "AWS Service Event via CloudTrail",
        "detail": {
            "eventSource": "secretsmanager.amazonaws.com",
            "eventName": name,
            "additionalEventData": {"SecretId": PARTS.secret_arn},
        },
    }
    assert _pattern(synthesized, "rotation-given-up").matches_event(event) is told


def test_message_when_sent_shows_only_named_fields_and_no_value(synthesized: Synthesized) -> None:
    targets = synthesized.all("aws_cloudwatch_event_target")
    assert len(targets) == 5
    for target in targets:
        transformer = target["input_transformer"]
        paths = transformer["input_paths"]
        used = set(re.findall(r"<(\w+)>", transformer["input_template"]))
        assert used == paths.keys()
        assert not any("responseElements" in path or "errorMessage" in path for path in paths.values())
        parameters = [path for path in paths.values() if "requestParameters" in path]
        assert set(parameters) <= {"$.detail.requestParameters.secretId"}
        for line in transformer["input_template"].split("\n"):
            assert isinstance(json.loads(line), str)
