"""The whole stack, deployed for real onto the local AWS, run, and taken down: what `make sandbox` shows, as a test."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.terraform import Terraform

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
@pytest.mark.xdist_group("deployments")
@pytest.mark.timeout(600)
def test_sandbox_when_run_then_everything_it_looks_at_held() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "sandbox"], cwd=ROOT, capture_output=True, text=True, timeout=590, check=False
    )
    assert done.returncode == 0, f"{done.stdout[-6000:]}\n{done.stderr[-3000:]}"
    rows = re.findall(r"^  held +(.+?)  +(.+)$", done.stdout, re.MULTILINE)
    looked_at = {what for what, _ in rows}
    # A look that was taken out would otherwise pass unseen.
    assert {"resources deployed", "second plan", "destroy", "render job, followed to its end"} <= looked_at
    assert any(what.startswith("rotation under load") for what in looked_at)
    assert any(what.startswith("key in state") for what in looked_at)
    assert re.search(r"all \d+ held", done.stdout)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", ["sandbox", "dev", "staging", "prod"])
def test_environment_when_validated_by_terraform_then_it_fits_the_provider(
    outdir: Path, tmp_path: Path, name: str
) -> None:

    stack = tmp_path / "stack"
    shutil.copytree(outdir / "stacks" / f"pictory-egress-{name}", stack)
    # Validation needs the provider, not the state: its bucket is not here.
    (stack / "backend_override.tf.json").write_text(
        '{"terraform": {"backend": {"local": {}}}}', encoding="utf-8"
    )
    terraform = Terraform.find(folder=tmp_path)
    terraform.init(stack)
    terraform.validate(stack)
