"""The topic: under a customer key, closed to all but our alarms and notices."""

import json
from typing import Any

import pytest

from tests.monitoring.synthesis import ACCOUNT, NAME, REGION, Parts, Synthesized


@pytest.fixture
def statements(synthesized: Synthesized) -> dict[str, dict[str, Any]]:
    policy = json.loads(synthesized.one("aws_sns_topic_policy")["policy"])
    return {statement["Sid"]: statement for statement in policy["Statement"]}


def test_topic_when_made_is_under_the_customer_key(synthesized: Synthesized) -> None:
    topic = synthesized.one("aws_sns_topic")
    assert topic["kms_master_key_id"] == Parts().topic_key_arn
    assert topic["name"] == f"{NAME}-alarms"


def test_policy_when_an_alarm_publishes_asks_for_this_environments_alarms(
    statements: dict[str, dict[str, Any]],
) -> None:
    statement = statements["AlarmsPublish"]
    assert statement["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": ACCOUNT}
    assert statement["Condition"]["ArnLike"] == {
        "aws:SourceArn": f"arn:*:cloudwatch:{REGION}:{ACCOUNT}:alarm:{NAME}-*"
    }


def test_policy_when_a_rule_publishes_has_no_condition_that_would_drop_its_message(
    statements: dict[str, dict[str, Any]],
) -> None:
    statement = statements["NoticesPublish"]
    assert statement["Principal"] == {"Service": "events.amazonaws.com"}
    assert "Condition" not in statement


def test_policy_when_sent_without_tls_denies(statements: dict[str, dict[str, Any]]) -> None:
    statement = statements["DenyWithoutTls"]
    assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_policy_when_made_allows_publishing_to_this_topic_and_nothing_more(
    statements: dict[str, dict[str, Any]],
) -> None:
    assert statements.keys() == {"AlarmsPublish", "NoticesPublish", "DenyWithoutTls"}
    for statement in statements.values():
        assert statement["Action"] == ["sns:Publish"]
        (resource,) = statement["Resource"]
        assert resource.startswith("${aws_sns_topic.")


def test_subscriptions_when_addresses_are_given_are_made_for_each(synthesized: Synthesized) -> None:
    subscription = synthesized.one("aws_sns_topic_subscription")
    assert (subscription["protocol"], subscription["endpoint"]) == ("email", "ops@example.com")
