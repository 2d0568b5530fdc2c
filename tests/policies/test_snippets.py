"""Policies on small stacks as users write them, in CDKTF: one app synthesizes all, each once kept and once broken.

The other fixtures are the JSON that CDKTF writes (docs/decisions/0019): these show that it does write that.
"""

import pytest

from policies.policy import catalogue
from policies.policy.verdict import Outcome, judge
from policies.stack.resource import Stack
from tests.policies.snippets import SNIPPETS
from tests.policies.snippets.synthesis import Synthesis

# Seconds of a core; all in one process, which synthesizes once.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("snippets")]

POLICIES = catalogue.load()[0]


def test_snippets_when_listed_then_are_of_every_policy() -> None:
    assert SNIPPETS.keys() == POLICIES.keys()


@pytest.mark.parametrize("place", SNIPPETS)
def test_policy_when_a_stack_in_cdktf_keeps_its_rule_then_passes(snippets: Synthesis, place: str) -> None:
    assert _outcomes(place, snippets.stack(place, broken=False)) == {Outcome.PASS}


@pytest.mark.parametrize("place", SNIPPETS)
def test_policy_when_a_stack_in_cdktf_breaks_its_rule_then_fails(snippets: Synthesis, place: str) -> None:
    outcomes = _outcomes(place, snippets.stack(place, broken=True))
    assert Outcome.FAIL in outcomes
    assert outcomes <= {Outcome.FAIL, Outcome.PASS}


@pytest.mark.parametrize("place", SNIPPETS)
def test_policies_when_a_stack_in_cdktf_breaks_a_rule_then_no_other_one_fails_for_it(
    snippets: Synthesis, place: str
) -> None:
    kept, broken = (_failing(snippets.stack(place, broken=broken)) for broken in (False, True))
    assert broken - kept == {place}


def _failing(stack: Stack) -> set[str]:
    """The policies, of all, that a stack fails."""
    return {place for place in POLICIES if Outcome.FAIL in _outcomes(place, stack)}


def _outcomes(place: str, stack: Stack) -> set[Outcome]:
    return {verdict.outcome for verdict in judge(POLICIES[place], stack)}
