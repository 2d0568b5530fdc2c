"""Metric math, over series whose gaps matter."""

import pytest

from sandbox.alarms import UnsupportedError
from sandbox.alarms.expression import Scope, parse
from sandbox.alarms.series import percentile, statistic

SCOPE = Scope({"a": {0: 30.0, 1: 5.0, 3: 0.0}, "b": {0: 60.0, 1: 10.0, 2: 7.0, 3: 0.0}, "none": {}}, 4)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a + b", {0: 90, 1: 15, 3: 0}),
        ("100 * a / b", {0: 50, 1: 50}),
        ("IF(b >= 20, 100 * a / b, 0)", {0: 50, 1: 0, 2: 0, 3: 0}),
        ("IF(b >= 7, a, b)", {0: 30, 1: 5, 3: 0}),
        ("FILL(a, 0) - FILL(b, 0)", {0: -30, 1: -5, 2: -7, 3: 0}),
        ("FILL(none, 0)", {0: 0, 1: 0, 2: 0, 3: 0}),
        ("none", {}),
        ("2 ^ 3", {0: 8, 1: 8, 2: 8, 3: 8}),
        ("-a + 1", {0: -29, 1: -4, 3: 1}),
        ("a > 4 AND b < 20", {0: 0, 1: 1, 3: 0}),
        ("(a == 30) || (b == 7)", {0: 1, 1: 0, 3: 0}),
        ("SUM([a, b])", {0: 90, 1: 15, 2: 7, 3: 0}),
        ("MAX([a, b])", {0: 60, 1: 10, 2: 7, 3: 0}),
        ("AVG([a, b])", {0: 45, 1: 7.5, 2: 7, 3: 0}),
        ("ABS(a - b)", {0: 30, 1: 5, 3: 0}),
        ("1 + 2 * 3 - 4 / 2", {0: 5, 1: 5, 2: 5, 3: 5}),
    ],
)
def test_expression_has_a_value_where_its_series_have(text: str, expected: dict[int, float]) -> None:
    assert parse(text, where="alarm").evaluate(SCOPE) == expected


def test_expression_names_what_it_uses() -> None:
    assert parse("IF(calls >= 20, failed / calls, 0)", where="alarm").names == {"calls", "failed"}


@pytest.mark.parametrize(
    "text",
    [
        "ANOMALY_DETECTION_BAND(a, 2)",
        "RATE(a)",
        "METRICS()",
        "a +",
        "(a",
        "a b",
        "a ? b",
        "SUM(a)",
        "IF(a, b)",
    ],
)
def test_expression_that_is_not_understood_is_an_error_that_names_the_alarm(text: str) -> None:
    with pytest.raises(UnsupportedError, match="alarm errors: expression"):
        parse(text, where="alarm errors")


def test_statistics_say_what_they_are_named_after() -> None:
    values = [4.0, 1.0, 2.0, 3.0]
    found = {name: statistic(name, where="x")(values) for name in ("Sum", "Average", "Minimum", "Maximum")}
    assert found == {"Sum": 10, "Average": 2.5, "Minimum": 1, "Maximum": 4}
    assert statistic("SampleCount", where="x")(values) == 4
    assert statistic("p50", where="x")(values) == 2.5
    assert percentile(list(range(101)), 95) == 95


@pytest.mark.parametrize("name", ["TM(2%:98%)", "p101", "px", "Median"])
def test_statistic_that_is_not_known_is_an_error_that_names_the_metric(name: str) -> None:
    with pytest.raises(UnsupportedError, match="alarm a: metric m"):
        statistic(name, where="alarm a: metric m")
