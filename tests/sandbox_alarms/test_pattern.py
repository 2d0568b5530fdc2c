"""Filter patterns: which events they match, and which patterns are refused."""

import json
from typing import Any

import pytest

from sandbox.alarms import UnsupportedError
from sandbox.alarms.pattern import MISSING, compile_pattern, compile_selector, parse_json

EVENT: dict[str, Any] = {
    "kind": "access", "status": 503, "reason": "upstream_reset", "duration_ms": 12.5, "upstream_status": None,
    "ok": True, "nested": {"list": [{"name": "a"}, {"name": "b"}], "odd key": 1}, "text": 'say "hi"',
}  # fmt: skip


def _matches(pattern: str, event: Any = EVENT) -> bool:
    message = event if isinstance(event, str) else json.dumps(event)
    return compile_pattern(pattern).matches(message, parse_json(message))


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ('{ $.kind = "access" }', True),
        ('{ $.kind = "Access" }', False),
        ("{ $.kind = access }", True),
        ('{ $.kind != "sidecar" }', True),
        ('{ $.kind = "acc*" }', True),
        ("{ $.kind = *ess }", True),
        ('{ $.kind = "ac*x" }', False),
        ("{ $.status = 503 }", True),
        ("{ $.status >= 500 && $.status < 600 }", True),
        ("{ $.status > 503 }", False),
        ("{ $.status != 200 }", True),
        ("{ $.status = 50* }", True),
        ("{ $.duration_ms <= 1.25e1 }", True),
        ("{ $.upstream_status = 401 }", False),
        ("{ $.upstream_status != 401 }", False),
        ("{ $.upstream_status IS NULL }", True),
        ("{ $.ok IS TRUE }", True),
        ("{ $.ok IS FALSE }", False),
        ("{ $.ok = 1 }", False),
        ("{ $.absent NOT EXISTS }", True),
        ("{ $.kind NOT EXISTS }", False),
        ('{ $.absent != "x" }', False),
        ("{ $.absent >= 0 }", False),
        ('{ $.nested.list[1].name = "b" }', True),
        ('{ $.nested.list[2].name = "b" }', False),
        ('{ $.nested["odd key"] = 1 }', True),
        ('{ $.text = "say \\"hi\\"" }', True),
        ('{ ($.kind = "x") || ($.status = 503 && $.reason = "upstream*") }', True),
        ('{ ($.kind = "x" || $.status = 503) && $.reason = "other" }', False),
        # && binds tighter than ||.
        ('{ $.kind = "access" || $.kind = "x" && $.status = 0 }', True),
    ],
)
def test_json_pattern_decides_on_properties(pattern: str, expected: bool) -> None:
    assert _matches(pattern) is expected


def test_json_pattern_never_matches_what_is_no_json() -> None:
    assert not _matches("{ $.absent NOT EXISTS }", "plain text")
    assert not _matches("{ $.absent NOT EXISTS }", '{"broken": ')


@pytest.mark.parametrize(
    ("pattern", "message", "expected"),
    [
        ("", "anything", True),
        ("ERROR", "an ERROR came", True),
        ("ERROR", "an error came", False),
        ("ERROR disk", "disk ERROR", True),
        ("ERROR -retry", "ERROR, will retry", False),
        ('"not found"', "key not found", True),
        ('"not found"', "not yet found", False),
    ],
)
def test_terms_are_looked_for_in_the_text(pattern: str, message: str, expected: bool) -> None:
    assert _matches(pattern, message) is expected


@pytest.mark.parametrize(
    "pattern",
    [
        "{ $.a = 1", "{ $.a }", "{ a = 1 }", "{ $.a = }", "{ ($.a = 1 }", "{ $.a = 1 ) }", '{ $.a > "x" }',
        "{ $.a ~ 1 }", "{ $.a IS EMPTY }", "{ $.a = %x+% }", "[ip, user]", "%regex%", "{ $.a EXISTS }",
    ],
)  # fmt: skip
def test_pattern_that_is_not_understood_is_quoted_in_the_error(pattern: str) -> None:
    with pytest.raises(UnsupportedError) as caught:
        compile_pattern(pattern)
    assert repr(pattern) in str(caught.value)


def test_selector_finds_a_property_or_says_it_is_missing() -> None:
    assert compile_selector("$.nested.list[0].name")(EVENT) == "a"
    assert compile_selector("$.nested.none")(EVENT) is MISSING
    with pytest.raises(UnsupportedError, match="selector"):
        compile_selector("$.a..b")
