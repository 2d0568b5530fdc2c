"""Each policy passes what keeps its rule, fails what breaks it, and says "unknown" of what is not known yet."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from policies.policy import catalogue
from policies.policy.verdict import Outcome, Verdict, judge
from policies.stack import document, synthesized

FIXTURES = Path(__file__).parent / "fixtures"
POLICIES, FAILURES = catalogue.load()
Case = tuple[str, dict[str, Any], str]


def _cases(kind: str) -> list[Any]:
    found = []
    for place in POLICIES:
        fixture = json.loads((FIXTURES / f"{place}.json").read_text(encoding="utf-8"))
        cases = {"as given": {}, **fixture.get("passes", {})} if kind == "passes" else fixture.get(kind, {})
        found += [pytest.param(place, case, id=f"{place}: {name}") for name, case in cases.items()]
    return found


@pytest.fixture
def verdicts(
    write_stack: Callable[..., Path], request: pytest.FixtureRequest
) -> Callable[..., list[Verdict]]:
    """The verdicts of one policy on its fixture, changed."""
    conftest: Any = request.config.pluginmanager.get_plugin(str(Path(__file__).parent / "conftest.py"))

    def of(place: str, change: dict[str, Any]) -> list[Verdict]:
        file = FIXTURES / f"{place}.json"
        start = conftest.given(json.loads(file.read_text(encoding="utf-8")), file.parent)
        return judge(POLICIES[place], synthesized.load(write_stack(conftest.changed(start, change))))

    return of


def test_catalogue_when_loaded_then_has_every_policy_with_both_fixtures() -> None:
    assert FAILURES == []
    assert len(POLICIES) >= 45
    for place in POLICIES:
        fixture = json.loads((FIXTURES / f"{place}.json").read_text(encoding="utf-8"))
        assert fixture["given"], place
        assert fixture["fails"], place


def test_fixtures_when_read_then_have_no_key_twice() -> None:
    for file in FIXTURES.rglob("*.json"):
        document.read(file)


def test_fixtures_when_listed_then_each_is_of_a_policy() -> None:
    named = {path.relative_to(FIXTURES).with_suffix("").as_posix() for path in FIXTURES.rglob("[!_]*.json")}
    assert named == set(POLICIES)


@pytest.mark.parametrize(("place", "change"), _cases("passes"))
def test_policy_when_the_rule_is_kept_then_passes(place: str, change: Any, verdicts: Any) -> None:
    found = verdicts(place, change)
    assert found
    assert [(v.resource.address, v.reasons) for v in found if v.outcome is not Outcome.PASS] == []


@pytest.mark.parametrize(("place", "case"), _cases("fails"))
def test_policy_when_the_rule_is_broken_then_fails_for_that_reason(
    place: str, case: Any, verdicts: Any
) -> None:
    failed = [verdict for verdict in verdicts(place, case["change"]) if verdict.outcome is Outcome.FAIL]
    assert case["because"] in "; ".join(reason for verdict in failed for reason in verdict.reasons)


@pytest.mark.parametrize(("place", "change"), _cases("unknown"))
def test_policy_when_a_value_is_not_known_yet_then_is_unknown(place: str, change: Any, verdicts: Any) -> None:
    outcomes = {verdict.outcome for verdict in verdicts(place, change)}
    assert Outcome.UNKNOWN in outcomes
    assert Outcome.FAIL not in outcomes
