"""Every branch of the rotation function goes both ways in its tests."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SPECIFICATIONS = ("rotation", "handler", "operations", "credential", "pictory", "witness")


@pytest.mark.slow
def test_function_when_its_tests_run_then_every_branch_is_taken_both_ways() -> None:
    files = [f"tests/credentials/test_{name}.py" for name in SPECIFICATIONS]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.credentials.branches", *files]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]
    assert " branches, 0 not taken both ways" in done.stdout


@pytest.mark.slow
def test_watch_when_a_test_is_left_out_then_names_the_branches_that_it_took() -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.credentials.branches"]
    done = subprocess.run(
        [*command, "tests/credentials/test_credential.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "steps.py:" in done.stdout
    assert "never reached" in done.stdout
