"""checkov's own policies run in this process as in stock checkov, and none of them is lost."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from checkov.runner_filter import RunnerFilter
from checkov.terraform.checks.resource.registry import resource_registry
from checkov.terraform_json.runner import TerraformJsonRunner

from policies.runner import checkov_rules
from policies.runner.check import check
from policies.runner.report import Exit

STACK: dict[str, Any] = {
    "resource": {
        "aws_s3_bucket": {"b": {"bucket": "logs"}},
        "aws_s3_bucket_public_access_block": {
            "b": {"bucket": "${aws_s3_bucket.b.id}", "block_public_acls": True}
        },
        "aws_kms_key": {"k": {"enable_key_rotation": True}},
        "aws_lb": {
            "l": {"internal": True, "drop_invalid_header_fields": True, "access_logs": {"enabled": True}}
        },
        "aws_lambda_function": {"f": {"runtime": "python3.13", "environment": {"variables": {"A": "b"}}}},
    },
    "provider": {"aws": [{"region": "us-east-2"}]},
}


def _ours(file: Path) -> set[tuple[str, str, bool]]:
    results, seen, failures = checkov_rules.check(file, is_plan=False)
    assert failures == []
    assert seen == 5
    return {(result.id, result.address.split(".")[-1], result.passed) for result in results}


def test_checkov_when_run_here_then_finds_what_stock_checkov_finds(write_stack: Callable[..., Path]) -> None:
    file = write_stack(STACK)
    quiet = RunnerFilter(framework=["terraform_json"], show_progress_bar=False)
    report = TerraformJsonRunner().run(root_folder=None, files=[str(file)], runner_filter=quiet)
    stock = {(r.check_id, r.resource.split(".")[-1], True) for r in report.passed_checks}
    stock |= {(r.check_id, r.resource.split(".")[-1], False) for r in report.failed_checks}
    stock = {result for result in stock if not result[0].startswith("CKV_PICTORY")}
    assert len(stock) > 20
    assert _ours(file) == stock


def test_checkov_when_the_stack_names_its_terraform_then_still_checks(
    write_stack: Callable[..., Path],
) -> None:
    with_version = write_stack({**STACK, "terraform": {"required_version": ">= 1.11.0"}}, "with")
    assert _ours(with_version) == _ours(write_stack(STACK, "without"))


def test_checkov_when_one_of_its_policies_raises_then_is_not_green(
    write_stack: Callable[..., Path], tmp_path: Path, monkeypatch: Any
) -> None:
    rule = next(rule for rule in resource_registry.get_checks("aws_kms_key") if rule.id == "CKV_AWS_7")

    def raises(conf: Any, entity_type: Any) -> None:
        raise KeyError("policy")

    monkeypatch.setattr(rule, "scan_entity_conf", raises)
    write_stack(STACK)
    report = check([tmp_path], policies={})
    assert report.exit is Exit.NOT_CHECKED
    assert [failure.name for failure in report.failures] == ["policy-raised"]
    assert "aws_kms_key.k: CKV_AWS_7" in report.failures[0].where


def test_checkov_when_a_plan_is_broken_then_is_not_green(tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    file.write_text(json.dumps({"not": "a plan"}))
    _, seen, failures = checkov_rules.check(file, is_plan=True)
    assert seen == 0
    assert [failure.name for failure in failures] == ["parse-error"]
