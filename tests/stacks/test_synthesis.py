"""``python -m stacks``: what it writes, and that it writes nothing when a setting is wrong."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
Stacks = dict[str, dict[str, Any]]


def test_synthesis_when_run_then_there_is_one_stack_for_each_environment(stacks: Stacks) -> None:
    assert set(stacks) == {"sandbox", "dev", "staging", "prod"}


@pytest.mark.parametrize("name", ["sandbox", "dev", "staging", "prod"])
def test_stack_when_synthesized_then_terraform_and_provider_are_pinned(
    stacks: Stacks, outdir: Path, name: str
) -> None:
    assert stacks[name]["terraform"]["required_providers"]["aws"]["version"] == "5.100.0"
    versions = (outdir / "stacks" / f"pictory-egress-{name}" / "versions.tf").read_text(encoding="utf-8")
    assert 'required_version = ">= 1.11.0"' in versions


@pytest.mark.parametrize("name", ["dev", "staging", "prod"])
def test_state_when_real_then_it_is_encrypted_and_locked(stacks: Stacks, name: str) -> None:
    state = stacks[name]["terraform"]["backend"]["s3"]
    assert state["encrypt"] is True
    assert state["use_lockfile"] is True
    assert state["kms_key_id"].startswith("arn:aws:kms:")


def test_stack_when_synthesized_then_no_path_of_the_machine_is_in_it(outdir: Path) -> None:
    for path in outdir.glob("stacks/*/cdk.tf.json"):
        text = path.read_text(encoding="utf-8")
        assert str(ROOT) not in text
        assert str(outdir) not in text


@pytest.mark.parametrize("name", ["sandbox", "dev", "staging", "prod"])
def test_stack_when_synthesized_then_no_secret_value_is_in_it(stacks: Stacks, name: str) -> None:
    resources = stacks[name]["resource"]
    assert "aws_secretsmanager_secret_version" not in resources
    assert len(resources["aws_secretsmanager_secret"]) == 2


def test_prod_when_synthesized_then_what_holds_state_cannot_be_destroyed(stacks: Stacks) -> None:
    for kind in ("aws_kms_key", "aws_secretsmanager_secret", "aws_s3_bucket", "aws_dynamodb_table"):
        for name, resource in stacks["prod"]["resource"][kind].items():
            assert resource["lifecycle"]["prevent_destroy"] is True, (kind, name)
    for name, balancer in stacks["prod"]["resource"]["aws_lb"].items():
        assert balancer["enable_deletion_protection"] is True, name


def test_sandbox_when_compared_with_dev_then_only_the_dns_firewall_is_missing(stacks: Stacks) -> None:
    missing = set(stacks["dev"]["resource"]) - set(stacks["sandbox"]["resource"])
    assert missing
    assert all(kind.startswith(("aws_route53_resolver", "aws_sns_topic_subscription")) for kind in missing), (
        missing
    )


def test_settings_when_wrong_then_nothing_is_written_and_every_problem_is_told(
    tmp_path: Path, synth: Callable[..., Any]
) -> None:
    environments = tmp_path / "environments"
    shutil.copytree(ROOT / "stacks" / "environments", environments)
    for name in ("dev", "prod"):
        path = environments / f"{name}.toml"
        path.write_text(path.read_text("utf-8").replace("min_tasks", "minimum_tasks"), "utf-8")
    done = synth(tmp_path / "out", environments=environments)
    assert done.returncode == 2
    assert "dev.toml: gateway.minimum_tasks" in done.stderr
    assert "prod.toml: gateway.minimum_tasks" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_environments_when_the_folder_is_empty_then_the_error_says_so(
    tmp_path: Path, synth: Callable[..., Any]
) -> None:
    done = synth(tmp_path / "out", environments=tmp_path)
    assert done.returncode == 2
    assert "no environment" in done.stderr


@pytest.mark.slow
def test_fast_loader_when_compared_with_the_stock_import_then_the_output_is_the_same(
    outdir: Path, tmp_path: Path, synth: Callable[..., Any]
) -> None:
    done = synth(tmp_path / "stock", PICTORY_EGRESS_STOCK_IMPORT="1")
    assert done.returncode == 0, done.stderr
    files = sorted(path.relative_to(outdir) for path in outdir.rglob("*") if path.is_file())
    assert files == sorted(
        p.relative_to(tmp_path / "stock") for p in (tmp_path / "stock").rglob("*") if p.is_file()
    )
    for file in files:
        assert (outdir / file).read_bytes() == (tmp_path / "stock" / file).read_bytes(), file
