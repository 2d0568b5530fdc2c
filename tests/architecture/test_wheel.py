"""The wheel that others install: constructs, policies and command line, with nothing of this checkout beside them."""

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("wheel")]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds what the wheel installs."""
    built, folder = tmp_path_factory.mktemp("wheel"), tmp_path_factory.mktemp("installed")
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(built)],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as file:
        file.extractall(folder)
    return folder


@pytest.fixture(scope="module")
def own_stack(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The README's own program, run on the wheel alone; the folder of its stack."""
    folder = tmp_path_factory.mktemp("elsewhere")
    (example,) = re.findall(
        r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL
    )
    done = run(["-c", example], installed, folder)
    assert done.returncode == 0, done.stderr
    return folder / "cdktf.out" / "stacks" / "mine"


def run(arguments: list[str], installed: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder, env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_wheel_when_used_alone_then_a_construct_synthesizes(own_stack: Path) -> None:
    stack = json.loads((own_stack / "cdk.tf.json").read_text(encoding="utf-8"))
    assert len(stack["resource"]["aws_wafv2_web_acl"]) == 1


def test_wheel_when_used_alone_then_its_command_checks_a_stack_with_its_policies(
    installed: Path, own_stack: Path, tmp_path: Path
) -> None:
    report = tmp_path / "report.sarif"
    done = run(
        ["-m", "pictory_egress.cli", "check", str(own_stack), "--sarif", str(report)], installed, tmp_path
    )
    # A stack without a state backend is a finding, and nothing was left unchecked.
    assert done.returncode == 1, done.stdout + done.stderr
    (result,) = json.loads(report.read_text(encoding="utf-8"))["runs"]
    assert any(found["ruleId"].startswith("CKV_PICTORY_") for found in result["results"])


def test_wheel_when_listed_then_it_holds_no_tests_and_no_sandbox(installed: Path) -> None:
    packages = {path.name for path in installed.iterdir() if not path.name.endswith(".dist-info")}
    assert packages == {"pictory_egress", "pictory_egress_policies"}
    assert not list(installed.rglob("test_*.py"))
