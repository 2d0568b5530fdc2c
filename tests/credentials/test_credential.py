"""What counts as a credential, and as a candidate."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pictory_egress.credentials.runtime.credential import MalformedError, parse_candidate, parse_credential

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
API_KEY: dict[str, Any] = {"mode": "api-key", "api_key": "pictai_0123456789abcdef"}
OAUTH: dict[str, Any] = {"mode": "oauth", "client_id": "id", "client_secret": "s", "user_id": "u"}
STAGED: dict[str, Any] = {**API_KEY, "staged_at": "2026-03-01T10:00:00Z", "staged_by": "ada"}


@pytest.mark.parametrize("value", [API_KEY, OAUTH])
def test_credential_written_and_read_again_is_the_same(value: dict[str, Any]) -> None:
    credential = parse_credential(json.dumps(value))
    assert json.loads(credential.to_json()) == value
    assert parse_credential(credential.to_json()) == credential


def test_credential_given_in_another_order_is_equal() -> None:
    assert parse_credential(json.dumps(OAUTH)) == parse_credential(json.dumps(dict(reversed(OAUTH.items()))))


def test_credential_printed_shows_no_value() -> None:
    assert repr(parse_credential(json.dumps(API_KEY))) == "Credential(mode='api-key')"


def test_account_is_known_of_oauth_only() -> None:
    assert parse_credential(json.dumps(OAUTH)).account == "u"
    assert parse_credential(json.dumps(API_KEY)).account is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "not JSON"),
        ("nonsense", "not JSON"),
        ("[" * 4000, "not JSON"),
        ('"pictai_x"', "not a JSON object"),
        ("null", "not a JSON object"),
        ("{}", "mode is neither"),
        ('{"mode": ["api-key"]}', "mode is neither"),
        ('{"mode": "basic", "user": "x"}', "mode is neither"),
        ('{"mode": "api-key"}', "api_key is missing"),
        ('{"mode": "api-key", "api_key": ""}', "api_key is missing"),
        ('{"mode": "api-key", "api_key": 12}', "api_key is missing"),
        ('{"mode": "api-key", "api_key": "sk_live_x"}', "not what Pictory issues"),
        ('{"mode": "api-key", "api_key": "pictai_"}', "not what Pictory issues"),
        ('{"mode": "api-key", "api_key": "pictai_a b"}', "not what Pictory issues"),
        ('{"mode": "api-key", "api_key": "pictai_a\\r\\nX: y"}', "not what Pictory issues"),
        ('{"mode": "api-key", "api_key": "Bearer pictai_a"}', "not what Pictory issues"),
        ('{"mode": "api-key", "api_key": "pictai_a", "api_key": "pictai_b"}', "a field twice"),
        ('{"mode": "api-key", "api_key": "pictai_a", "note": "x"}', r"1 field\(s\) beside mode, api_key"),
        ('{"mode": "oauth", "client_id": "a", "client_secret": "b"}', "user_id is missing"),
        (json.dumps(STAGED), r"2 field\(s\) beside"),
        (json.dumps({**API_KEY, "api_key": "pictai_" + "x" * 1025}), "not what Pictory issues"),
        (json.dumps({**API_KEY, "pad": "x" * 65_536}), "longer than 4096"),
    ],
)
def test_credential_of_another_shape_is_refused_with_the_problem(text: str, problem: str) -> None:
    with pytest.raises(MalformedError, match=problem):
        parse_credential(text)


def test_candidate_holds_who_staged_it_and_its_age() -> None:
    candidate = parse_candidate(json.dumps(STAGED), now=NOW)
    assert (candidate.staged_by, candidate.age(now=NOW)) == ("ada", timedelta(hours=2))
    assert candidate.credential == parse_credential(json.dumps(API_KEY))


def test_candidate_staged_in_another_zone_is_read_as_utc() -> None:
    value = {**STAGED, "staged_at": "2026-03-01T13:30:00+02:00"}
    assert parse_candidate(json.dumps(value), now=NOW).staged_at.isoformat() == "2026-03-01T11:30:00+00:00"


def test_candidate_staged_by_a_clock_a_little_ahead_has_no_age() -> None:
    value = {**STAGED, "staged_at": "2026-03-01T12:04:00Z"}
    assert parse_candidate(json.dumps(value), now=NOW).age(now=NOW) == timedelta(0)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"staged_at": None}, "staged_at is not"),
        ({"staged_at": "yesterday"}, "staged_at is not"),
        ({"staged_at": 1772359200}, "staged_at is not"),
        ({"staged_at": "2026-03-01T10:00:00"}, "with its offset"),
        ({"staged_at": "2026-03-01T12:06:00Z"}, "in the future"),
        ({"staged_by": ""}, "staged_by is not"),
        ({"staged_by": None}, "staged_by is not"),
        ({"staged_by": "a\nb"}, "staged_by is not"),
        ({"staged_by": "x" * 513}, "staged_by is not"),
        ({"comment": "x"}, r"1 field\(s\) beside"),
    ],
)
def test_candidate_of_another_shape_is_refused_with_the_problem(change: dict[str, Any], problem: str) -> None:
    with pytest.raises(MalformedError, match=problem):
        parse_candidate(json.dumps({**STAGED, **change}), now=NOW)


@given(st.text(max_size=200) | st.lists(st.none() | st.integers()).map(json.dumps))
def test_candidate_of_any_text_is_refused_without_showing_it(text: str) -> None:
    with pytest.raises(MalformedError) as caught:
        parse_candidate(text, now=NOW)
    assert len(text) < 12 or text not in str(caught.value)
