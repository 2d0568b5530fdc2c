"""Rotation rules: which are accepted, and when a window ends."""

from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.aws.secrets.schedule import parse
from sandbox.aws.secrets.versions import SecretError

LAST = datetime(2030, 1, 1, 10, 30, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("rules", "closes"),
    [
        ({"AutomaticallyAfterDays": 30}, datetime(2030, 1, 31, 23, 59, 59, tzinfo=UTC)),
        ({"ScheduleExpression": "rate(30 days)"}, datetime(2030, 1, 31, 23, 59, 59, tzinfo=UTC)),
        (
            {"ScheduleExpression": "rate(30 days)", "Duration": "4h"},
            datetime(2030, 1, 31, 3, 59, 59, tzinfo=UTC),
        ),
        ({"ScheduleExpression": "rate(4 hours)"}, datetime(2030, 1, 1, 14, 59, 59, tzinfo=UTC)),
        (
            {"ScheduleExpression": "rate(6 hours)", "Duration": "2h"},
            datetime(2030, 1, 1, 17, 59, 59, tzinfo=UTC),
        ),
    ],
)
def test_next_date_when_rate_then_the_windows_end(rules: dict[str, Any], closes: datetime) -> None:
    assert parse(rules).next_date(LAST) == closes.timestamp()


@pytest.mark.parametrize(
    "rules",
    [
        {},
        {"AutomaticallyAfterDays": 0},
        {"AutomaticallyAfterDays": 1001},
        {"AutomaticallyAfterDays": 3, "ScheduleExpression": "rate(3 days)"},
        {"ScheduleExpression": "rate(3 hours)"},
        {"ScheduleExpression": "rate(1000 days)"},
        {"ScheduleExpression": "every day"},
        {"ScheduleExpression": "cron(0 8 1 * ? *)"},
        {"ScheduleExpression": "rate(4 hours)", "Duration": "5h"},
        {"ScheduleExpression": "rate(3 days)", "Duration": "25h"},
        {"ScheduleExpression": "rate(3 days)", "Duration": "0h"},
        {"ScheduleExpression": "rate(3 days)", "Duration": "soon"},
    ],
)
def test_rules_when_aws_would_refuse_them_then_refused(rules: dict[str, Any]) -> None:
    with pytest.raises(SecretError) as refused:
        parse(rules)
    assert refused.value.code == "InvalidParameterException"
