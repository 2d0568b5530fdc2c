"""Every environment against every policy: our runner, and the stock checkov command line with the same policies."""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Final

ROOT: Final = Path(__file__).parent.parent


def _run(command: list[str], *, paths: list[Path], directory: Path, codes: tuple[int, ...]) -> float:
    """Wall seconds of one run that ends with one of ``codes``; its output goes to a file ``out``."""
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(map(str, paths)),
        "CDKTF_OUTDIR": str(directory / "cdktf.out"),
    }
    start = time.perf_counter()
    with (directory / "out").open("wb") as out:
        process = subprocess.run(
            command, cwd=directory, env=environment, stdout=out, stderr=subprocess.PIPE, timeout=300
        )
    seconds = time.perf_counter() - start
    if process.returncode not in codes:
        raise RuntimeError(
            f"{' '.join(command[:3])} ended with {process.returncode}: {process.stderr.decode()[-500:]}"
        )
    return seconds


def _ours(directory: Path) -> tuple[float, int]:
    """Seconds as ``make check`` needs them, with its reports, and how many findings there are (accepted ones too)."""
    reports = [part for form in ("sarif", "json", "junit") for part in (f"--{form}", f"policies.{form}")]
    command = [sys.executable, "-m", "policies", "cdktf.out", *reports]
    seconds = _run(command, paths=[ROOT, ROOT / "constructs"], directory=directory, codes=(0,))
    report = json.loads((directory / "policies.json").read_text(encoding="utf-8"))
    return seconds, len(report["findings"]) + len(report["acknowledged"])


def _stock(directory: Path) -> tuple[float, int]:
    """Seconds of stock checkov over the same files, and how many checks failed: it knows no acknowledgement."""
    command = [
        str(Path(sys.executable).parent / "checkov"), "--skip-download", "--quiet", "--compact", "-o", "json",
        "--framework", "terraform_json", "--external-checks-dir", str(ROOT / "policies"), "-d", "cdktf.out",
    ]  # fmt: skip
    seconds = _run(command, paths=[], directory=directory, codes=(1,))
    summary = json.loads((directory / "out").read_text(encoding="utf-8"))["summary"]
    if summary["parsing_errors"]:
        raise RuntimeError(f"checkov did not read {summary['parsing_errors']} files")
    return seconds, int(summary["failed"])


def measure(rounds: int = 3) -> dict[str, float]:
    """Medians of ``rounds`` pairs; both must have found the same number of things, or nothing is compared."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        _run(
            [sys.executable, "-m", "stacks"],
            paths=[ROOT, ROOT / "constructs"],
            directory=directory,
            codes=(0,),
        )
        _ours(directory)  # fills the page cache for both
        pairs = [(_ours(directory), _stock(directory)) for _ in range(rounds)]
    different = [(ours[1], stock[1]) for ours, stock in pairs if ours[1] != stock[1]]
    if different:
        raise RuntimeError(
            f"we found {different[0][0]}, stock checkov {different[0][1]}: not the same checks"
        )
    return {
        "share_of_stock_checkov": median(ours[0] / stock[0] for ours, stock in pairs),
        "our_seconds": median(ours[0] for ours, _ in pairs),
        "stock_seconds": median(stock[0] for _, stock in pairs),
    }
