"""Production, weakened in every way that the policies promise to catch: each weakening is caught, or explained."""

import json
import time
from collections import Counter
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from policies.gateway._envoy import bootstraps
from policies.policy import catalogue
from policies.policy.verdict import Outcome, judge
from policies.stack import synthesized
from policies.stack.resource import Resource
from tests.policies.mutation.judging import Judged, stack_type
from tests.policies.mutation.unfolding import Text, changed, fold, unfold, walk
from tests.policies.mutation.validating import Validator
from tests.policies.mutation.weakenings import TERRAFORM, Weakening, weakenings

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("mutations")]

POLICIES = list(catalogue.load()[0].values())
EXPLAINED: dict[str, str] = json.loads((Path(__file__).parent / "mutation" / "survivors.json").read_text())
Json = dict[str, Any]


class Production:
    """The stack of production, its document unfolded, and what becomes of each weakening of it."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.document: Json = json.loads(file.read_text(encoding="utf-8"))
        self.unfolded = unfold(self.document)
        self.weakenings = weakenings(self.unfolded)
        self.judged = Judged(file, self.document, POLICIES)

    def body(self, weakening: Weakening) -> Any:
        """The weakened block as it would be synthesized; None when it is dropped."""
        if not weakening.path:
            return None
        if weakening.address == TERRAFORM:
            return fold(changed(self.unfolded[TERRAFORM], weakening.path, weakening.new))
        type_, name = weakening.address.split(".", 1)
        return fold(changed(self.unfolded["resource"][type_][name], weakening.path, weakening.new))

    def is_caught(self, weakening: Weakening) -> bool:
        """Whether a policy of ours does not pass any more."""
        return self.judged.killer(weakening.address, weakening.path, self.body(weakening)) is not None

    def envoys(self, weakening: Weakening) -> list[Any]:
        """The configurations of Envoy in a weakened task definition."""
        values = synthesized.evaluated(self.body(weakening), {})
        task = Resource(weakening.address, stack_type(weakening.address), "weakened", values, values)
        return [configuration for _, configuration in bootstraps(task)]

    def weakened(self, weakening: Weakening) -> Json:
        """The whole document with the weakening, for reading it afresh."""
        document: Json = json.loads(json.dumps(self.document))
        if weakening.address == TERRAFORM:
            document[TERRAFORM] = self.body(weakening)
            return document
        type_, name = weakening.address.split(".", 1)
        if weakening.path:
            document["resource"][type_][name] = self.body(weakening)
        else:
            del document["resource"][type_][name]
        return document


@pytest.fixture(scope="module")
def production(outdir: Path) -> Production:
    return Production(outdir / "stacks" / "pictory-egress-prod" / "cdk.tf.json")


@pytest.fixture(scope="module")
def judging(production: Production) -> tuple[list[str], float]:
    """The weakenings that nothing catches, and the seconds of CPU that it took to judge all."""
    start = time.process_time()
    missed = [str(weakening) for weakening in production.weakenings if not production.is_caught(weakening)]
    return missed, time.process_time() - start


@pytest.fixture(scope="module")
def survivors(judging: tuple[list[str], float]) -> list[str]:
    return judging[0]


def test_production_when_unfolded_and_folded_then_says_the_same(production: Production) -> None:
    texts = {path: value for path, value in walk(production.unfolded) if isinstance(value, Text)}
    assert any("container_definitions" in path and "value" in path for path in texts), "Envoy's configuration"
    for path, text in texts.items():
        inner = text.value if isinstance(text.value, dict) else dict(enumerate(text.value))
        for key, value in list(inner.items())[:1]:
            # Put in anew, so that what is written is not just what was read.
            again = changed(production.unfolded, (*path, key), value)
            assert unfold(fold(again)) == production.unfolded


def test_production_when_not_weakened_then_every_policy_holds(production: Production) -> None:
    assert [(verdict.policy.id, verdict.reasons) for verdict in production.judged.broken] == []


def test_weakenings_when_derived_then_are_of_every_kind_and_every_resource(production: Production) -> None:
    kinds = Counter(weakening.operator for weakening in production.weakenings)
    assert len(production.weakenings) > 1000
    assert min(kinds.values()) >= 2, kinds
    dropped = {weakening.address for weakening in production.weakenings if weakening.operator == "drop"}
    assert dropped == set(production.judged.stack.resources)


def test_weakenings_when_judged_then_each_is_caught_or_explained(survivors: list[str]) -> None:
    unexplained = [one for one in survivors if not any(fnmatchcase(one, pattern) for pattern in EXPLAINED)]
    assert unexplained == []


def test_weakenings_when_judged_then_take_less_than_a_minute_of_cpu(judging: tuple[list[str], float]) -> None:
    assert judging[1] < 60


def test_explanations_when_read_then_each_is_of_a_survivor(survivors: list[str]) -> None:
    stale = [pattern for pattern in EXPLAINED if not any(fnmatchcase(one, pattern) for one in survivors)]
    assert stale == [], "remove them, or mend their pattern"
    assert [pattern for pattern, reason in EXPLAINED.items() if len(reason) < 20] == []


@pytest.mark.envoy
def test_explanations_when_they_say_that_envoy_refuses_then_it_does(
    production: Production, survivors: list[str], tmp_path: Path
) -> None:
    envoy = Validator(tmp_path)
    by_name = {str(weakening): weakening for weakening in production.weakenings}
    claimed = [
        by_name[one]
        for one in survivors
        if any(why.startswith("Envoy refuses") and fnmatchcase(one, at) for at, why in EXPLAINED.items())
    ]
    assert claimed
    task = production.judged.stack.of("aws_ecs_task_definition")[0]
    assert [envoy.complaint(configuration) for _, configuration in bootstraps(task)] == [None]
    for weakening in claimed:
        (configuration,) = production.envoys(weakening)
        assert envoy.complaint(configuration), f"Envoy takes it: {weakening}"


def test_explanations_when_a_policy_catches_nothing_then_are_not_enough(production: Production) -> None:
    blind = Judged(production.file, production.document, POLICIES[:1])
    few = production.weakenings[::50]
    missed = [w for w in few if blind.killer(w.address, w.path, production.body(w)) is None]
    assert any(not any(fnmatchcase(str(w), pattern) for pattern in EXPLAINED) for w in missed)


def test_weakenings_when_the_stack_is_read_afresh_then_have_the_same_verdict(
    production: Production, tmp_path: Path
) -> None:
    file = tmp_path / "cdk.tf.json"
    (tmp_path / "versions.tf").write_bytes(production.file.with_name("versions.tf").read_bytes())
    for weakening in production.weakenings[::40]:
        file.write_text(json.dumps(production.weakened(weakening)), encoding="utf-8")
        stack = synthesized.load(file)
        outcomes = {verdict.outcome for policy in POLICIES for verdict in judge(policy, stack)}
        assert (outcomes != {Outcome.PASS}) == production.is_caught(weakening), str(weakening)
