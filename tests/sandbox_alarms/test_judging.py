"""M out of N with data missing: the two tables of CloudWatch's documentation, and the edges of thresholds."""

import pytest

from sandbox.alarms.alarm import MetricAlarm
from sandbox.alarms.judging import judge

RETAINED = "RETAINED"
TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")

# Five periods, the oldest first: 0 is fine, X breaches, - has no data.
THREE_OF_THREE = {
    "0 - X - X": ("OK", "OK", "OK", "OK"),
    "- - - - 0": ("OK", "OK", "OK", "OK"),
    "- - - - -": ("INSUFFICIENT_DATA", RETAINED, "ALARM", "OK"),
    "0 X X - X": ("ALARM", "ALARM", "ALARM", "ALARM"),
    "- - X - -": ("ALARM", RETAINED, "ALARM", "OK"),
}
TWO_OF_THREE = {
    "0 - X - X": ("ALARM", "ALARM", "ALARM", "ALARM"),
    "0 0 X 0 X": ("ALARM", "ALARM", "ALARM", "ALARM"),
    "0 - X - -": ("OK", "OK", "ALARM", "OK"),
    "- - - - 0": ("OK", "OK", "ALARM", "OK"),
    "- - - - X": ("ALARM", RETAINED, "ALARM", "OK"),
}


def _alarm(
    *, datapoints: int, missing: str, evaluations: int = 3, comparison: str = "GreaterThanThreshold"
) -> MetricAlarm:
    return MetricAlarm(
        name="a", queries=(), result="m", period=60, evaluations=evaluations, datapoints=datapoints, threshold=1.0,
        comparison=comparison, missing=missing, state=RETAINED,
    )  # fmt: skip


def _series(text: str) -> dict[int, float]:
    values = {"0": 0.0, "X": 2.0}
    return {index: values[mark] for index, mark in enumerate(reversed(text.split())) if mark in values}


@pytest.mark.parametrize(
    ("datapoints", "data", "missing", "expected"),
    [
        (datapoints, data, missing, state)
        for datapoints, table in ((3, THREE_OF_THREE), (2, TWO_OF_THREE))
        for data, states in table.items()
        for missing, state in zip(TREATMENTS, states, strict=True)
    ],
)
def test_missing_data_counts_as_documented(datapoints: int, data: str, missing: str, expected: str) -> None:
    assert judge(_alarm(datapoints=datapoints, missing=missing), _series(data)).state == expected


@pytest.mark.parametrize(
    ("comparison", "value", "state"),
    [
        ("GreaterThanThreshold", 1.0, "OK"),
        ("GreaterThanOrEqualToThreshold", 1.0, "ALARM"),
        ("LessThanThreshold", 1.0, "OK"),
        ("LessThanOrEqualToThreshold", 1.0, "ALARM"),
        ("LessThanThreshold", 0.9, "ALARM"),
    ],
)
def test_value_on_the_threshold_breaches_only_where_the_comparison_says(
    comparison: str, value: float, state: str
) -> None:
    alarm = _alarm(datapoints=1, evaluations=1, missing="notBreaching", comparison=comparison)
    assert judge(alarm, {0: value}).state == state


def test_reason_tells_values_threshold_and_what_was_missing() -> None:
    reason = judge(_alarm(datapoints=2, missing="breaching"), {0: 2.0}).reason
    assert reason == (
        "1 of the last 3 values (newest first: 2) are above 1, 2 make an alarm; "
        "2 without data, treated as breaching"
    )
