"""Synthesis of all environments in one process: with our loader of the bindings, and with the stock import."""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Run:
    """One synthesis: wall seconds, and the peak memory of its Python process in MiB."""

    seconds: float
    peak_mib: float


def synthesize(*, stock: bool) -> Run:
    """Synthesize all environments in a fresh process.

    The memory is that of the process that runs Python, as the kernel reports it when the process ends; the
    Node of jsii is a process of its own, and the same in both.
    """
    with tempfile.TemporaryDirectory() as directory:
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "constructs")]),
            "CDKTF_OUTDIR": directory,
            "PICTORY_EGRESS_STOCK_IMPORT": "1" if stock else "0",
        }
        start = time.perf_counter()
        process = subprocess.Popen([sys.executable, "-m", "stacks"], cwd=ROOT, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"synthesis ended with {process.returncode}")
    return Run(seconds, usage.ru_maxrss / 1024)


def measure(rounds: int = 3) -> dict[str, float]:
    """Medians of ``rounds`` pairs: how many times faster, and the share of the stock import's peak memory."""
    synthesize(stock=False)  # fills the page cache for both
    pairs = [(synthesize(stock=True), synthesize(stock=False)) for _ in range(rounds)]
    return {
        "times_faster": median(stock.seconds / ours.seconds for stock, ours in pairs),
        "share_of_peak_memory": median(ours.peak_mib / stock.peak_mib for stock, ours in pairs),
        "stock_seconds": median(stock.seconds for stock, _ in pairs),
        "our_seconds": median(ours.seconds for _, ours in pairs),
        "stock_peak_mib": median(stock.peak_mib for stock, _ in pairs),
        "our_peak_mib": median(ours.peak_mib for _, ours in pairs),
    }
