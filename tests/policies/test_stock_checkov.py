"""The same policies in stock checkov: the command line of users who have it already."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from policies.policy import catalogue
from policies.policy.verdict import judge
from policies.stack import synthesized

ROOT = Path(__file__).parents[2]
STACK: dict[str, Any] = {
    "terraform": {"backend": {"local": {"path": "x"}}},
    "resource": {
        "aws_lb": {"b": {"internal": False, "drop_invalid_header_fields": True}},
        "aws_vpc": {"v": {"cidr_block": "10.0.0.0/16"}},
        "aws_flow_log": {
            "l": {"vpc_id": "${aws_vpc.v.id}", "traffic_type": "ALL", "log_destination": "arn:aws:logs:x"}
        },
        "aws_iam_role_policy": {
            "p": {
                "policy": '${jsonencode({"Statement" = [{"Effect" = "Allow", "Action" = "*", "Resource" = "*"}]})}'
            }
        },
    },
}


def _checkov(place: Path, policies: Path, *more: str) -> subprocess.CompletedProcess[str]:
    # No PYTHONPATH: users of stock checkov set none.
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    command = [
        str(Path(sys.executable).parent / "checkov"), "--skip-download", "--quiet", "-o", "json",
        "--framework", "terraform_json", "--external-checks-dir", str(policies), "-d", str(place), *more,
    ]  # fmt: skip
    return subprocess.run(
        command, capture_output=True, text=True, timeout=240, cwd=place, env=environment, check=False
    )


@pytest.mark.slow
@pytest.mark.parametrize("graph", ["RUSTWORKX", "NETWORKX"])
def test_stock_checkov_when_given_the_policies_then_has_their_verdicts(
    write_stack: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, graph: str
) -> None:
    monkeypatch.setenv("CHECKOV_GRAPH_FRAMEWORK", graph)
    file = write_stack(STACK)
    run = _checkov(file.parent, ROOT / "policies")
    assert run.returncode == 1, run.stderr
    results = json.loads(run.stdout)["results"]
    failed = {(r["check_id"], r["resource"]) for r in results["failed_checks"] if "PICTORY" in r["check_id"]}
    stack = synthesized.load(file)
    expected = {
        (v.policy.id, v.resource.address)
        for policy in catalogue.load()[0].values()
        for v in judge(policy, stack)
        if v.outcome == "fail"
    }
    settings = {id_ for id_, address in expected if address == "terraform"}
    assert {"CKV_PICTORY_11", "CKV_PICTORY_71"} <= {id_ for id_, _ in expected}
    assert {pair for pair in expected if pair[1] != "terraform"} == {
        f for f in failed if f[0] not in settings
    }
    assert settings <= {id_ for id_, _ in failed}


@pytest.mark.slow
def test_stock_checkov_when_a_policy_does_not_load_then_does_not_end_green(
    write_stack: Callable[..., Path], tmp_path: Path
) -> None:
    broken = tmp_path / "policies_of_ours"
    shutil.copytree(ROOT / "policies", broken, ignore=shutil.ignore_patterns("__pycache__"))
    (broken / "egress" / "flow_logs.py").write_text("raise RuntimeError('broken')")
    run = _checkov(write_stack(STACK).parent, broken, "-c", "CKV_PICTORY_3")
    assert run.returncode == 2
    assert "policy-does-not-load" in run.stderr


@pytest.mark.slow
def test_stock_checkov_when_a_policy_raises_then_fails_its_resources(
    write_stack: Callable[..., Path], tmp_path: Path
) -> None:
    broken = tmp_path / "policies_of_ours"
    shutil.copytree(ROOT / "policies", broken, ignore=shutil.ignore_patterns("__pycache__"))
    rule = broken / "egress" / "flow_logs.py"
    rule.write_text(rule.read_text().replace("    logs = ", "    raise KeyError('policy')\n    logs = "))
    run = _checkov(write_stack(STACK).parent, broken, "-c", "CKV_PICTORY_3")
    assert run.returncode == 1
    assert [r["resource"] for r in json.loads(run.stdout)["results"]["failed_checks"]] == ["aws_vpc.v"]


@pytest.mark.slow
def test_stock_checkov_when_it_reads_nothing_of_a_stack_then_does_not_end_green(
    write_stack: Callable[..., Path],
) -> None:
    file = write_stack({**STACK, "terraform": {"required_version": ">= 1.11.0"}})
    run = _checkov(file.parent, ROOT / "policies")
    assert run.returncode == 2
    assert "nothing was checked" in run.stderr
