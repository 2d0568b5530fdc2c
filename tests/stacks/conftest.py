import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
Synthesis = subprocess.CompletedProcess[str]


def synthesize(outdir: Path, *, environments: Path | None = None, **variables: str) -> Synthesis:
    """``python -m stacks`` as a user runs it, into ``outdir``."""
    environment = {
        **os.environ,
        **variables,
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "constructs")]),
        "CDKTF_OUTDIR": str(outdir),
    }
    if environments is not None:
        environment["PICTORY_EGRESS_ENVIRONMENTS"] = str(environments)
    return subprocess.run(
        [sys.executable, "-m", "stacks"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def stacks_in(outdir: Path) -> dict[str, dict[str, Any]]:
    """Parsed ``cdk.tf.json`` of every stack below ``outdir``, by the environment's name."""
    return {
        path.parent.name.removeprefix("pictory-egress-"): json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(outdir.glob("stacks/*/cdk.tf.json"))
    }


@pytest.fixture(scope="session")
def outdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All shipped environments, synthesized once."""
    directory = tmp_path_factory.mktemp("cdktf.out")
    done = synthesize(directory)
    assert done.returncode == 0, done.stderr
    return directory


@pytest.fixture(scope="session")
def stacks(outdir: Path) -> dict[str, dict[str, Any]]:
    return stacks_in(outdir)


@pytest.fixture(scope="session")
def synth() -> Callable[..., Synthesis]:
    return synthesize


@pytest.fixture(scope="session")
def parse() -> Callable[[Path], dict[str, dict[str, Any]]]:
    return stacks_in
