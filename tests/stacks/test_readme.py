"""The README's own program works as it stands there."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_readme_example_when_run_then_it_synthesizes_a_stack_of_ones_own(tmp_path: Path) -> None:
    (example,) = re.findall(
        r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL
    )
    done = subprocess.run(
        [sys.executable, "-c", example],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT / "constructs")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    stack = json.loads(
        (tmp_path / "cdktf.out" / "stacks" / "mine" / "cdk.tf.json").read_text(encoding="utf-8")
    )
    (web_acl,) = stack["resource"]["aws_wafv2_web_acl"].values()
    assert web_acl["default_action"] == {"block": web_acl["default_action"]["block"]}
    assert len(stack["resource"]["aws_wafv2_web_acl_association"]) == 1
