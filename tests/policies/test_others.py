"""Stacks of other people, of services that have nothing to do with ours: nothing is found there but what is true."""

from pathlib import Path

import pytest

from policies.policy import catalogue
from policies.policy.verdict import Outcome, judge
from policies.runner.check import check
from policies.stack import synthesized

OTHERS = Path(__file__).parent / "others"
POLICIES = catalogue.load()[0]

# The worker's alarms are lost: nobody subscribed, and neither topic nor key lets CloudWatch in.
TRUE = {
    "worker": {
        ("alarms/reaches_somebody", "aws_sns_topic.alarms"),
        ("alarms/key_lets_tell", "aws_sns_topic.alarms"),
        ("identity/tls_only", "aws_sns_topic.alarms"),
    },
}


@pytest.mark.parametrize("file", sorted(OTHERS.glob("*.tf.json")), ids=lambda file: file.name.split(".")[0])
def test_policies_when_given_a_stack_of_others_then_find_only_what_is_true(file: Path) -> None:
    stack = synthesized.load(file)
    found = {
        (place, verdict.resource.address)
        for place, policy in POLICIES.items()
        for verdict in judge(policy, stack)
        if verdict.outcome is not Outcome.PASS
    }
    assert found == TRUE.get(file.name.split(".")[0], set())


def test_check_when_given_stacks_of_others_then_reads_them_all() -> None:
    report = check([OTHERS], with_checkov=False)
    assert report.failures == []
    assert [checked.file.split("/")[-1].split(".")[0] for checked in report.checked] == [
        "batch", "database", "site", "table", "worker",
    ]  # fmt: skip
    assert min(checked.verdicts for checked in report.checked) > 5
