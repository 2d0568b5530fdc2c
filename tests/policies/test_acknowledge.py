"""A finding is accepted at its resource: with a reason, by somebody, for a time, and never what is critical in prod."""

import json
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from pictory_egress.acknowledge import acknowledge
from pictory_egress.cdk import App, Construct, TerraformStack, aws
from policies.policy.policy import Policy, Practice, Severity
from policies.runner.check import check
from policies.runner.report import Exit, Report
from policies.stack.resource import TERRAFORM, Resource, Stack

TODAY = date(2026, 1, 15)
LAST_DAY = date(2026, 3, 31)
REASON = "Nothing but the sandbox's own tasks can reach it"


def _breaks(resource: Resource, stack: Stack) -> Iterator[str]:
    if resource.get("enable_key_rotation") is not True:
        yield "is broken"


def _policy(severity: Severity = Severity.HIGH, types: tuple[str, ...] = ("aws_kms_key",)) -> Policy:
    return Policy(
        number=900,
        title="t",
        severity=severity,
        practice=Practice.WAF,
        types=types,
        why="w",
        remedy="r",
        judge=_breaks,
    )


class _Stack(TerraformStack):
    """A stack with one key that breaks the rule of these tests."""

    def __init__(self, scope: Construct, name: str) -> None:
        super().__init__(scope, name)
        aws.provider.AwsProvider(self, "aws", region="us-east-2")
        self.key: Any = aws.kms_key.KmsKey(self, "Key")


@pytest.fixture
def app(tmp_path: Path) -> App:
    return App(outdir=str(tmp_path))


def _checked(app: App, tmp_path: Path, *, policy: Policy | None = None, today: date = TODAY) -> Report:
    app.synth()
    return check([tmp_path], policies={"p": policy or _policy()}, with_checkov=False, today=today)


def _ids(report: Report) -> list[str]:
    return sorted(finding.rule.id for finding in report.findings)


def test_finding_when_acknowledged_then_is_accepted_and_listed(app: App, tmp_path: Path) -> None:
    stack = _Stack(app, "dev")
    acknowledge(stack.key, "CKV_PICTORY_900", reason=REASON, owner="platform", until=LAST_DAY)
    report = _checked(app, tmp_path)
    assert report.exit is Exit.OK
    ((accepted),) = report.accepted
    assert accepted.finding.construct == "dev/Key"
    given = accepted.acknowledgement
    assert (given.reason, given.owner, given.until) == (REASON, "platform", LAST_DAY)


def test_finding_when_acknowledged_on_the_stack_then_is_of_its_settings(app: App, tmp_path: Path) -> None:
    stack = _Stack(app, "dev")
    acknowledge(stack, "CKV_PICTORY_900", reason=REASON, owner="platform", until=LAST_DAY)
    report = _checked(app, tmp_path, policy=_policy(types=(TERRAFORM,)))
    assert [accepted.finding.address for accepted in report.accepted] == [TERRAFORM]
    assert report.exit is Exit.OK


def test_finding_when_two_policies_are_acknowledged_then_each_stands(app: App, tmp_path: Path) -> None:
    stack = _Stack(app, "dev")
    for policy in ("CKV_PICTORY_900", "CKV_PICTORY_901"):
        acknowledge(stack.key, policy, reason=REASON, owner="platform", until=LAST_DAY)
    app.synth()
    document = json.loads((tmp_path / "stacks" / "dev" / "cdk.tf.json").read_text())
    (key,) = document["resource"]["aws_kms_key"].values()
    assert sorted(key["//"]["acknowledged"]) == ["CKV_PICTORY_900", "CKV_PICTORY_901"]
    assert key["//"]["metadata"]["path"] == "dev/Key"


@pytest.mark.parametrize(
    ("day", "exit_"), [(LAST_DAY, Exit.OK), (LAST_DAY + timedelta(days=1), Exit.FINDINGS)]
)
def test_finding_when_the_last_day_has_passed_then_returns(
    app: App, tmp_path: Path, day: date, exit_: Exit
) -> None:
    stack = _Stack(app, "dev")
    acknowledge(stack.key, "CKV_PICTORY_900", reason=REASON, owner="platform", until=LAST_DAY)
    report = _checked(app, tmp_path, today=day)
    assert report.exit is exit_
    assert _ids(report) == ([] if exit_ is Exit.OK else ["CKV_PICTORY_900", "PICTORY_ACK_ENDED"])


def test_acknowledgement_when_nothing_is_left_to_accept_then_is_a_finding(app: App, tmp_path: Path) -> None:
    stack = _Stack(app, "dev")
    stack.key.enable_key_rotation = True
    acknowledge(stack.key, "CKV_PICTORY_900", reason=REASON, owner="platform", until=LAST_DAY)
    report = _checked(app, tmp_path)
    assert report.exit is Exit.FINDINGS
    (finding,) = report.findings
    assert finding.rule.id == "PICTORY_ACK_UNUSED"
    assert finding.construct == "dev/Key"
    assert "CKV_PICTORY_900" in finding.reasons[0]


def test_acknowledgement_when_its_policy_did_not_run_then_is_not_called_unused(
    app: App, tmp_path: Path
) -> None:
    stack = _Stack(app, "dev")
    stack.key.enable_key_rotation = True
    acknowledge(stack.key, "CKV_AWS_7", reason=REASON, owner="platform", until=LAST_DAY)
    assert _checked(app, tmp_path).exit is Exit.OK


def test_acknowledgement_when_critical_in_production_then_is_refused(app: App, tmp_path: Path) -> None:
    stack = _Stack(app, "pictory-egress-prod")
    acknowledge(stack.key, "CKV_PICTORY_900", reason=REASON, owner="platform", until=LAST_DAY)
    report = _checked(app, tmp_path, policy=_policy(Severity.CRITICAL))
    assert _ids(report) == ["CKV_PICTORY_900", "PICTORY_ACK_CRITICAL"]
    assert report.accepted == []


@pytest.mark.parametrize(
    ("name", "severity"), [("pictory-egress-prod", Severity.HIGH), ("pictory-egress-dev", Severity.CRITICAL)]
)
def test_acknowledgement_when_not_critical_in_production_then_holds(
    app: App, tmp_path: Path, name: str, severity: Severity
) -> None:
    stack = _Stack(app, name)
    acknowledge(stack.key, "CKV_PICTORY_900", reason=REASON, owner="platform", until=LAST_DAY)
    assert _checked(app, tmp_path, policy=_policy(severity)).exit is Exit.OK


def test_acknowledgement_when_for_more_than_two_years_then_is_refused(app: App, tmp_path: Path) -> None:
    stack = _Stack(app, "dev")
    acknowledge(
        stack.key, "CKV_PICTORY_900", reason=REASON, owner="platform", until=TODAY + timedelta(days=800)
    )
    assert _ids(_checked(app, tmp_path)) == ["CKV_PICTORY_900", "PICTORY_ACK_TOO_LONG"]


@pytest.mark.parametrize(
    "written",
    [[], {"CKV_PICTORY_900": {}}, {"CKV_PICTORY_900": {"reason": "r", "owner": "o", "until": "soon"}},
     {"CKV_PICTORY_900": {"reason": "", "owner": "o", "until": "2026-03-31"}}],
)  # fmt: skip
def test_acknowledgement_when_written_by_hand_and_wrong_then_nothing_is_checked(
    write_stack: Callable[..., Path], tmp_path: Path, written: Any
) -> None:
    write_stack({"resource": {"aws_kms_key": {"k": {"//": {"acknowledged": written}}}}})
    report = check([tmp_path], policies={"p": _policy()}, with_checkov=False, today=TODAY)
    assert report.exit is Exit.NOT_CHECKED
    assert [failure.name for failure in report.failures] == ["bad-acknowledgement"]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"policy": "KMS rotation"}, "is no id"),
        ({"reason": "because"}, "says too little"),
        ({"owner": " "}, "owner"),
    ],
)
def test_acknowledge_when_it_says_nothing_then_synthesis_stops(
    app: App, wrong: dict[str, str], message: str
) -> None:
    said = {"policy": "CKV_PICTORY_900", "reason": REASON, "owner": "platform", **wrong}
    policy = said.pop("policy")
    with pytest.raises(ValueError, match=f"dev/Key: acknowledge .*{message}"):
        acknowledge(_Stack(app, "dev").key, policy, until=LAST_DAY, **said)


def test_acknowledge_when_given_a_construct_that_is_no_resource_then_says_so(app: App) -> None:
    stack = _Stack(app, "dev")
    whole: Any = Construct(stack, "Whole")
    with pytest.raises(TypeError, match="give the resource that the finding names"):
        acknowledge(whole, "CKV_PICTORY_900", reason=REASON, owner="platform", until=LAST_DAY)
