"""A plan gets the verdicts of the stack that it is of; what neither knows is unknown."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from policies.policy import catalogue
from policies.policy.verdict import Outcome, judge
from policies.runner.check import check
from policies.runner.report import Exit
from policies.stack import plan, synthesized
from policies.stack.problems import StackError

POLICIES = catalogue.load()[0]
POLICY_TEXT = json.dumps(
    {"Statement": [{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "${aws_kms_key.k.arn}"}]}
)
STACK: dict[str, Any] = {
    "//": {"metadata": {"stackName": "a"}},
    "resource": {
        "aws_kms_key": {"k": {"//": {"metadata": {"path": "a/Key"}}, "enable_key_rotation": True}},
        "aws_iam_role_policy": {"p": {"policy": POLICY_TEXT, "role": "r"}},
        "aws_vpc": {"v": {"cidr_block": "10.0.0.0/16"}},
        "aws_flow_log": {
            "l": {"vpc_id": "${aws_vpc.v.id}", "traffic_type": "ALL", "log_destination": "arn:aws:logs:x"}
        },
    },
}


def _planned(**changed: Any) -> dict[str, Any]:
    """What Terraform writes of STACK, shortened: values, what is unknown, and the configuration."""
    values: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
        "aws_kms_key.k": ({"enable_key_rotation": True}, {"arn": True, "rotation_period_in_days": True}),
        "aws_iam_role_policy.p": ({"role": "r"}, {"policy": True}),
        "aws_vpc.v": ({"cidr_block": "10.0.0.0/16"}, {"id": True}),
        "aws_flow_log.l": ({"traffic_type": "ALL", "log_destination": "arn:aws:logs:x"}, {"vpc_id": True}),
    }
    for address, value in changed.items():
        values[address.replace("__", ".")][0].update(value)
    blocks = [
        {"address": a, "type": a.split(".")[0], "name": a.split(".")[1], "values": v}
        for a, (v, _) in values.items()
    ]
    return {
        "planned_values": {"root_module": {"resources": blocks}},
        "resource_changes": [{"address": a, "change": {"after_unknown": u}} for a, (_, u) in values.items()],
        "configuration": {"root_module": {"resources": [
            {"address": "aws_iam_role_policy.p", "expressions": {
                "policy": {"constant_value": POLICY_TEXT, "references": ["aws_kms_key.k.arn", "aws_kms_key.k"]}}},
            {"address": "aws_flow_log.l", "expressions": {"vpc_id": {"references": ["aws_vpc.v.id", "aws_vpc.v"]}}},
        ]}},
    }  # fmt: skip


@pytest.fixture
def write_plan(tmp_path: Path) -> Callable[..., Path]:
    def write(document: Any, name: str = "stacks/a/plan.json") -> Path:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(document))
        return file

    return write


def _verdicts(stack: Any) -> set[tuple[str, str, str]]:
    found = {
        (v.policy.id, v.resource.address, v.outcome.value)
        for policy in POLICIES.values()
        for v in judge(policy, stack)
    }
    return {verdict for verdict in found if verdict[1] != "terraform"}


@pytest.mark.parametrize("with_source", [True, False], ids=["beside its stack", "alone"])
def test_plan_when_judged_then_has_the_verdicts_of_its_stack(
    write_stack: Callable[..., Path], write_plan: Callable[..., Path], with_source: bool
) -> None:
    source = synthesized.load(write_stack(STACK))
    planned = plan.load(write_plan(_planned()), source if with_source else None)
    expected = _verdicts(source)
    assert ("CKV_PICTORY_3", "aws_vpc.v", "pass") in expected
    assert ("CKV_PICTORY_71", "aws_iam_role_policy.p", "pass") in expected
    assert _verdicts(planned) == expected


def test_plan_when_it_knows_more_than_the_stack_then_decides(
    write_stack: Callable[..., Path], write_plan: Callable[..., Path], tmp_path: Path
) -> None:
    later = json.loads(json.dumps(STACK))
    later["resource"]["aws_flow_log"]["l"]["traffic_type"] = "${var.traffic}"
    write_stack(later)
    write_plan(_planned(aws_flow_log__l={"traffic_type": "REJECT"}))
    report = check([tmp_path], policies={"p": POLICIES["egress/flow_logs"]}, with_checkov=False)
    ((finding),) = report.findings
    assert (finding.outcome, finding.is_plan) == (Outcome.FAIL, True)


def test_plan_when_its_finding_is_the_stacks_then_counts_once(
    write_stack: Callable[..., Path], write_plan: Callable[..., Path], tmp_path: Path
) -> None:
    write_stack({**STACK, "resource": {**STACK["resource"], "aws_flow_log": {}}})
    document = _planned()
    document["planned_values"]["root_module"]["resources"].pop()
    write_plan(document)
    report = check([tmp_path], policies={"p": POLICIES["egress/flow_logs"]}, with_checkov=False)
    assert [(finding.address, finding.is_plan) for finding in report.findings] == [("aws_vpc.v", False)]


def test_plan_when_resources_of_its_stack_are_missing_then_is_not_green(
    write_stack: Callable[..., Path], write_plan: Callable[..., Path], tmp_path: Path
) -> None:
    write_stack(STACK)
    document = _planned()
    document["planned_values"]["root_module"]["resources"].pop(0)
    write_plan(document)
    report = check([tmp_path], policies={"p": POLICIES["egress/flow_logs"]}, with_checkov=False)
    assert report.exit is Exit.NOT_CHECKED
    assert [failure.name for failure in report.failures] == ["resources-missing"]
    assert "aws_kms_key.k" in report.failures[0].message


def test_plan_when_given_alone_then_is_checked(write_plan: Callable[..., Path]) -> None:
    file = write_plan(_planned(), "prod.json")
    report = check([], plans=[file], policies={"p": POLICIES["egress/flow_logs"]}, with_checkov=False)
    assert report.exit is Exit.OK
    assert [(checked.stack, checked.is_plan) for checked in report.checked] == [("prod", True)]


def test_plan_when_terraform_read_a_data_source_for_it_then_has_it(write_plan: Callable[..., Path]) -> None:
    address = "data.aws_iam_policy_document.d"
    document = _planned()
    document["prior_state"] = {"values": {"root_module": {"resources": [
        {"address": address, "mode": "data", "type": "aws_iam_policy_document", "name": "d", "values": {"json": "{}"}},
        {"address": "aws_kms_key.gone", "mode": "managed", "type": "aws_kms_key", "name": "gone", "values": {}},
    ]}}}  # fmt: skip
    document["configuration"]["root_module"]["resources"][0]["expressions"]["policy"] = {
        "references": [f"{address}.json", address]
    }
    stack = plan.load(write_plan(document, "prod.json"))
    assert stack.data.keys() == {address}
    assert stack.resources.keys() == _addresses()
    assert {v.outcome for v in judge(POLICIES["state/no_dangling_references"], stack)} == {Outcome.PASS}


def _addresses() -> set[str]:
    return {f"{type_}.{name}" for type_, named in STACK["resource"].items() for name in named}


@pytest.mark.parametrize(
    ("document", "name"),
    [({}, "not-a-plan"), ({**_planned(), "errored": True}, "errored-plan"),
     ({"planned_values": {"root_module": {"resources": [{}]}}, "configuration": {}}, "not-a-plan")],
)  # fmt: skip
def test_plan_when_it_is_none_then_says_so(write_plan: Callable[..., Path], document: Any, name: str) -> None:
    with pytest.raises(StackError) as refused:
        plan.load(write_plan(document))
    assert refused.value.failure.name == name
