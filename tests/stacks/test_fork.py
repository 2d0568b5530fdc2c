"""The same stacks by the framework's living fork: docs/decisions/0005."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


def without_versions(path: Path) -> Any:
    """A stack without what names framework and provider; the rest must be the same."""
    stack = json.loads(path.read_text(encoding="utf-8"))
    del stack["//"]["metadata"]["version"]
    provider = stack["terraform"]["required_providers"]["aws"]
    assert provider.pop("source").removeprefix("hashicorp/") == "aws"
    assert provider.pop("version").count(".") == 2
    return stack


@pytest.mark.slow
def test_fork_when_it_synthesizes_the_stacks_then_all_but_its_own_versions_is_the_same(
    outdir: Path, tmp_path: Path, synth: Callable[..., Any]
) -> None:
    done = synth(tmp_path, PICTORY_EGRESS_FRAMEWORK="cdktn")
    assert done.returncode == 0, done.stderr
    files = sorted(path.relative_to(outdir) for path in outdir.rglob("*") if path.is_file())
    assert files == sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file())
    stacks = {file for file in files if file.name == "cdk.tf.json"}
    assert len(stacks) == 4
    for file in stacks:
        assert without_versions(outdir / file) == without_versions(tmp_path / file), file
        assert '"0.24.' in (tmp_path / file).read_text(encoding="utf-8"), "another framework wrote it"
    for file in {*files} - stacks - {Path("manifest.json")}:
        assert (outdir / file).read_bytes() == (tmp_path / file).read_bytes(), file
