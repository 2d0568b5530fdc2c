"""Policies on small stacks as users write them, in CDKTF: one app synthesizes all, each once kept and once broken.

The other fixtures are the JSON that CDKTF writes (docs/decisions/0019): these show that it does write that.
"""

from pathlib import Path

import pytest

from pictory_egress.cdk import App, TerraformStack, aws
from policies.policy import catalogue
from policies.policy.verdict import Outcome, judge
from policies.stack import synthesized
from policies.stack.resource import Stack
from tests.policies.snippets import SNIPPETS
from tests.policies.snippets.surroundings import ACCOUNT

# Seconds of a core; all in one process, which synthesizes once.
pytestmark = [pytest.mark.slow, pytest.mark.spread, pytest.mark.xdist_group("snippets")]

POLICIES = catalogue.load()[0]


@pytest.fixture(scope="module")
def stacks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("snippets")
    app = App(outdir=str(folder))
    for place, snippet in SNIPPETS.items():
        for broken in (False, True):
            stack = TerraformStack(app, _name(place, broken))
            aws.provider.AwsProvider(stack, "aws", region="us-east-2", allowed_account_ids=[ACCOUNT])
            snippet(stack, broken)
    app.synth()
    return folder / "stacks"


def _name(place: str, broken: bool) -> str:
    return f"{place.replace('/', '-')}-{'broken' if broken else 'kept'}-prod"


def test_snippets_when_listed_then_are_of_every_policy() -> None:
    assert SNIPPETS.keys() == POLICIES.keys()


@pytest.mark.parametrize("place", SNIPPETS)
def test_policy_when_a_stack_in_cdktf_keeps_its_rule_then_passes(stacks: Path, place: str) -> None:
    assert _judged(stacks, place, broken=False) == {Outcome.PASS}


@pytest.mark.parametrize("place", SNIPPETS)
def test_policy_when_a_stack_in_cdktf_breaks_its_rule_then_fails(stacks: Path, place: str) -> None:
    outcomes = _judged(stacks, place, broken=True)
    assert Outcome.FAIL in outcomes
    assert outcomes <= {Outcome.FAIL, Outcome.PASS}


@pytest.mark.parametrize("place", SNIPPETS)
def test_policies_when_a_stack_in_cdktf_breaks_a_rule_then_no_other_one_fails_for_it(
    stacks: Path, place: str
) -> None:
    assert _failing(stacks, place, broken=True) - _failing(stacks, place, broken=False) == {place}


def _judged(stacks: Path, place: str, *, broken: bool) -> set[Outcome]:
    """What the policy says of its own snippet."""
    return _outcomes(place, _stack(stacks, place, broken=broken))


def _failing(stacks: Path, place: str, *, broken: bool) -> set[str]:
    """The policies, of all, that fail the snippet of one."""
    stack = _stack(stacks, place, broken=broken)
    return {policy for policy in POLICIES if Outcome.FAIL in _outcomes(policy, stack)}


def _stack(stacks: Path, place: str, *, broken: bool) -> Stack:
    return synthesized.load(stacks / _name(place, broken) / "cdk.tf.json")


def _outcomes(place: str, stack: Stack) -> set[Outcome]:
    return {verdict.outcome for verdict in judge(POLICIES[place], stack)}
