"""Policies on small stacks as users write them, in CDKTF: one app synthesizes all, each once kept and once broken.

The other fixtures are the JSON that CDKTF writes (docs/decisions/0019): these show that it does write that.
"""

from pathlib import Path

import pytest

from pictory_egress.cdk import App, TerraformStack, aws
from policies.policy import catalogue
from policies.policy.verdict import Outcome, judge
from policies.stack import synthesized
from tests.policies.snippets import SNIPPETS

# All in one process, which synthesizes once.
pytestmark = pytest.mark.xdist_group("snippets")

POLICIES = catalogue.load()[0]
FINISHED = {"egress", "load_balancer", "gateway", "firewall", "secrets", "keys", "functions"}
"""Groups of which every policy has its snippet."""


@pytest.fixture(scope="module")
def stacks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("snippets")
    app = App(outdir=str(folder))
    for place, snippet in SNIPPETS.items():
        for broken in (False, True):
            stack = TerraformStack(app, _name(place, broken))
            aws.provider.AwsProvider(stack, "aws", region="us-east-2")
            snippet(stack, broken)
    app.synth()
    return folder / "stacks"


def _name(place: str, broken: bool) -> str:
    return f"{place.replace('/', '-')}-{'broken' if broken else 'kept'}-prod"


def test_snippets_when_listed_then_are_of_policies_and_of_every_group() -> None:
    assert SNIPPETS.keys() <= POLICIES.keys()
    assert {_group(place) for place in SNIPPETS} == set(catalogue.GUARDED)


def test_snippets_when_a_group_is_finished_then_are_of_each_of_its_policies() -> None:
    assert {place for place in POLICIES if _group(place) in FINISHED} <= SNIPPETS.keys()


def _group(place: str) -> str:
    return place.split("/")[0]


@pytest.mark.parametrize("place", SNIPPETS)
def test_policy_when_a_stack_in_cdktf_keeps_its_rule_then_passes(stacks: Path, place: str) -> None:
    assert _judged(stacks, place, broken=False) == {Outcome.PASS}


@pytest.mark.parametrize("place", SNIPPETS)
def test_policy_when_a_stack_in_cdktf_breaks_its_rule_then_fails(stacks: Path, place: str) -> None:
    outcomes = _judged(stacks, place, broken=True)
    assert Outcome.FAIL in outcomes
    assert outcomes <= {Outcome.FAIL, Outcome.PASS}


def _judged(stacks: Path, place: str, *, broken: bool) -> set[Outcome]:
    stack = synthesized.load(stacks / _name(place, broken) / "cdk.tf.json")
    return {verdict.outcome for verdict in judge(POLICIES[place], stack)}
