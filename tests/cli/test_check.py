"""``pictory-egress check DIR``: the runner's own words and exit codes, whatever stands in DIR."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

# Each run loads checkov: seconds of a core.
pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
STACK = json.dumps({"resource": {"aws_kms_key": {"k": {"enable_key_rotation": True}}}})


def _check(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    paths = os.pathsep.join([str(ROOT), str(ROOT / "constructs")])
    return subprocess.run(
        [sys.executable, "-m", "pictory_egress.cli", "check", *map(str, arguments)],
        capture_output=True, text=True, timeout=120, cwd=cwd, env={**os.environ, "PYTHONPATH": paths}, check=False,
    )  # fmt: skip


def test_check_when_stacks_are_broken_then_names_each_and_shows_no_traceback(tmp_path: Path) -> None:
    tree = tmp_path / "cdktf.out"
    files = {
        name: tree / name / "cdk.tf.json"
        for name in ("cut", "large", "deep", "latin", "folder", "link", "empty")
    }
    for file in files.values():
        file.parent.mkdir(parents=True)
    files["cut"].write_text(STACK[:-9])
    with files["large"].open("wb") as opened:
        opened.truncate(50 * 1024 * 1024)
    files["deep"].write_text('{"resource": ' + "[" * 100_000)
    files["latin"].write_bytes(STACK.replace('"k"', '"caf\xe9"').encode("latin-1"))
    files["folder"].mkdir()
    (tmp_path / "outside.tf.json").write_text(STACK)
    files["link"].symlink_to(tmp_path / "outside.tf.json")
    files["empty"].write_text("{}")
    expected = {
        "cut": "parse-error", "large": "file-too-large", "deep": "nested-too-deeply", "latin": "not-utf-8",
        "folder": "not-a-file", "link": "link-out-of-tree", "empty": "nothing-to-check",
    }  # fmt: skip
    report = tmp_path / "report.json"
    run = _check(tree, "--json", report, cwd=tmp_path)
    assert run.returncode == 2
    assert "Traceback" not in run.stdout + run.stderr
    failures = json.loads(report.read_text())["failures"]
    assert {Path(one["where"]).parent.name: one["name"] for one in failures} == expected
    assert all(f"NOT CHECKED  {name}  " in run.stdout for name in expected.values())


def test_check_when_the_directory_is_missing_then_ends_with_2(tmp_path: Path) -> None:
    run = _check(tmp_path / "none", cwd=tmp_path)
    assert run.returncode == 2
    assert "NOT CHECKED" in run.stdout
    assert "Traceback" not in run.stdout + run.stderr


def test_check_when_there_are_findings_then_ends_with_1(tmp_path: Path) -> None:
    (tmp_path / "cdk.tf.json").write_text(json.dumps({"resource": {"aws_lb": {"b": {"internal": False}}}}))
    run = _check(tmp_path, cwd=tmp_path)
    assert run.returncode == 1
    assert "CKV_PICTORY_" in run.stdout
