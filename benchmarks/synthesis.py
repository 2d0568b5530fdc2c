"""Synthesis of all environments in one process: with our loader of the bindings, and with the stock import."""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

ROOT = Path(__file__).parent.parent


# Runs the stacks as ``python -m stacks`` does, then tells the peak of this very process, in KiB.
PROGRAM: Final = (
    "import resource, runpy, sys\n"
    "try:\n    runpy.run_module('stacks', run_name='__main__')\n"
    "except SystemExit as end:\n    assert not end.code, end.code\n"
    "print('peak', resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
)


@dataclass(frozen=True)
class Run:
    """One synthesis: wall seconds, and peak MiB of the Python process and of the largest process under it.

    The largest is the Node of jsii or Python itself, whichever is more: the kernel tells no more of a tree.
    """

    seconds: float
    python_mib: float
    largest_mib: float


def synthesize(*, stock: bool) -> Run:
    """Synthesize all environments in a fresh process."""
    with tempfile.TemporaryDirectory() as directory:
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "constructs")]),
            "CDKTF_OUTDIR": directory,
            "PICTORY_EGRESS_STOCK_IMPORT": "1" if stock else "0",
        }
        start = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        told = process.stdout.read().split()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"synthesis ended with {process.returncode}")
    return Run(seconds, int(told[-1]) / 1024, usage.ru_maxrss / 1024)


def measure(rounds: int = 3) -> dict[str, float]:
    """Medians of ``rounds`` pairs: how many times faster, and our share of the stock import's peak memory."""
    synthesize(stock=False)  # fills the page cache for both
    pairs = [(synthesize(stock=True), synthesize(stock=False)) for _ in range(rounds)]
    return {
        "times_faster": median(stock.seconds / ours.seconds for stock, ours in pairs),
        "share_of_peak_memory": median(ours.python_mib / stock.python_mib for stock, ours in pairs),
        "share_of_largest_process": median(ours.largest_mib / stock.largest_mib for stock, ours in pairs),
        "stock_seconds": median(stock.seconds for stock, _ in pairs),
        "our_seconds": median(ours.seconds for _, ours in pairs),
        "stock_python_mib": median(stock.python_mib for stock, _ in pairs),
        "our_python_mib": median(ours.python_mib for _, ours in pairs),
    }
