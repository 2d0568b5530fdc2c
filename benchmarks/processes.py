"""What the kernel tells of a process, and on which core it runs."""

import os
import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Cores:
    """A core each for who is measured, who asks and who answers; with fewer than three, the last two share one."""

    measured: int
    load: int
    origin: int

    @classmethod
    def of_this_machine(cls) -> "Cores":
        """The cores that this process may use."""
        usable = sorted(os.sched_getaffinity(0))
        return cls(measured=usable[-1], load=usable[0], origin=usable[1] if len(usable) > 2 else usable[0])


def pin(pid: int, core: int) -> None:
    """Puts every thread of ``pid`` on ``core``."""
    for thread in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(thread.name), {core})


def cpu_seconds(pid: int) -> float:
    """Processor time that ``pid`` has used since its start, in seconds, to the kernel's hundredth."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_A_SECOND


def resident_mib(pid: int) -> float:
    """Memory of ``pid`` that is resident, in MiB."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    found = re.search(r"^VmRSS:\s+(\d+) kB$", status, re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0


def end(processes: Iterable[subprocess.Popen[bytes]]) -> None:
    """Ends them, last started first."""
    for process in reversed(list(processes)):
        process.kill()
        process.wait(10)
