"""Our own environments: every policy holds on them, ours and checkov's, as synthesized and as planned."""

import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from policies.policy import catalogue
from policies.policy.verdict import judge
from policies.runner.check import check
from policies.runner.report import Exit
from policies.runner.text import text
from policies.stack import plan, synthesized
from sandbox.terraform import Terraform

ROOT = Path(__file__).parents[2]
POLICIES = catalogue.load()[0]
TODAY = date(2026, 12, 1)

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("environments")]


def test_environments_when_checked_then_every_policy_holds(outdir: Path) -> None:
    report = check([outdir], today=TODAY)
    assert report.exit is Exit.OK, text(report)
    assert sorted(checked.stack for checked in report.checked) == [
        f"pictory-egress-{name}" for name in ("dev", "prod", "sandbox", "staging")
    ]
    assert min(checked.verdicts for checked in report.checked) > 400


def test_environments_when_checked_then_prod_accepts_nothing_of_ours(outdir: Path) -> None:
    report = check([outdir / "stacks" / "pictory-egress-prod"], today=TODAY)
    assert [a.finding.rule.id for a in report.accepted if a.finding.rule.policy] == []


@pytest.fixture(scope="module")
def planned(outdir: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Production's stack without what needs an account to plan, and Terraform's plan of it."""
    folder = tmp_path_factory.mktemp("planned")
    stack = folder / "stack"
    shutil.copytree(outdir / "stacks" / "pictory-egress-prod", stack)
    file = stack / "cdk.tf.json"
    document: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    document["terraform"]["backend"] = {"local": {"path": "state"}}
    (provider,) = document["provider"]["aws"]
    del provider["allowed_account_ids"]
    skipped = ("credentials_validation", "requesting_account_id", "region_validation")
    provider |= {f"skip_{what}": True for what in skipped}
    file.write_text(json.dumps(document), encoding="utf-8")
    nobody = {"AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none"}
    terraform = Terraform.find(folder=folder, variables=nobody)
    terraform.init(stack)
    assert terraform.plan(stack, timeout=240, out=folder / "planned")
    # A plan alone has its file's name.
    shown = folder / "pictory-egress-prod.json"
    shown.write_text(json.dumps(terraform.show(stack, folder / "planned")), encoding="utf-8")
    return file, shown


def _verdicts(stack: Any) -> dict[tuple[str, str], str]:
    return {
        (verdict.policy.id, verdict.resource.address): verdict.outcome.value
        for policy in POLICIES.values()
        for verdict in judge(policy, stack)
        if verdict.resource.address != "terraform"
    }


def test_policies_when_terraform_has_planned_the_stack_then_have_the_same_verdicts(
    planned: tuple[Path, Path],
) -> None:
    source = synthesized.load(planned[0])
    expected = _verdicts(source)
    assert len(expected) > 300
    assert set(expected.values()) == {"pass"}
    assert _verdicts(plan.load(planned[1], source)) == expected


def test_policies_when_given_the_plan_alone_then_differ_only_in_what_plans_leave_out(
    planned: tuple[Path, Path],
) -> None:
    expected = _verdicts(synthesized.load(planned[0]))
    alone = _verdicts(plan.load(planned[1]))
    assert set(alone) == set(expected)
    differing = {key: outcome for key, outcome in alone.items() if outcome != expected[key]}
    assert set(differing.values()) == {"unknown"}
    assert {id_ for id_, _ in differing} == {"CKV_PICTORY_98"}
