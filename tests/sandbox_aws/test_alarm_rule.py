"""The grammar of composite alarms."""

import pytest

from sandbox.aws.alarm_rule import RuleError, parse

STATES = {"a": "ALARM", "b": "OK", "c": "INSUFFICIENT_DATA", "with space": "ALARM"}


@pytest.mark.parametrize(
    ("rule", "holds"),
    [
        ("ALARM(a)", True),
        ('ALARM("a") AND ALARM("b")', False),
        ("ALARM(b) OR OK(b)", True),
        ("ALARM(b) OR ALARM(a) AND OK(c)", False),  # AND before OR
        ("(ALARM(b) OR ALARM(a)) AND INSUFFICIENT_DATA(c)", True),
        ("NOT ALARM(b) AND ALARM(a)", True),  # NOT before AND
        ("NOT (ALARM(b) OR ALARM(a))", False),
        ('ALARM("with space")', True),
        ("ALARM(arn:aws:cloudwatch:us-east-1:123456789012:alarm:a)", True),
        ("TRUE AND NOT FALSE", True),
        ("alarm(a) and ok(b)", True),
    ],
)
def test_rule_when_evaluated_then_follows_the_states(rule: str, holds: bool) -> None:
    assert parse(rule).holds(STATES.__getitem__) is holds


def test_rule_when_parsed_then_tells_its_alarms_once() -> None:
    text = 'ALARM(a) AND NOT OK("b") OR ALARM(arn:aws:cloudwatch:us-east-1:123456789012:alarm:a)'
    assert parse(text).alarms == ("a", "b")


@pytest.mark.parametrize(
    "rule",
    [
        "",
        "ALARM",
        "ALARM(",
        "ALARM()",
        "ALARM(a",
        "ALARM(a) ALARM(b)",
        "ALARM(a) AND",
        "HOT(a)",
        "(OK(a)",
        ")",
    ],
)
def test_rule_when_malformed_then_refused(rule: str) -> None:
    with pytest.raises(RuleError):
        parse(rule)
