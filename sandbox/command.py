"""Running a program under a cap: each line handed on as it comes, and nothing of it left afterwards."""

import contextlib
import os
import queue
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LAST_LINES = 20
GRACE_SECONDS = 5.0
OnLine = Callable[[str], None]
Started = Callable[[int], None]


class CommandError(Exception):
    """A program failed or was too slow; the message says which command, and its last lines."""


@dataclass(frozen=True)
class Completed:
    """A run that ended: its exit code and its lines, standard output and error together."""

    code: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """All lines."""
        return "\n".join(self.lines)


def execute(
    command: Sequence[str],
    *,
    cwd: Path,
    environment: Mapping[str, str],
    timeout: float,
    on_line: OnLine | None = None,
    accept: Sequence[int] = (0,),
    error: type[CommandError] = CommandError,
    started: Started | None = None,
) -> Completed:
    """Run a program to its end; raises ``error`` after ``timeout`` seconds or with an exit code not in ``accept``.

    ``started`` is told the id of the process group. However it ends, by an exception in ``on_line`` or an interrupt
    too, no process of its group is left.
    """
    name = " ".join([Path(command[0]).name, *command[1:]])
    process = subprocess.Popen(
        list(command),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        cwd=cwd,
        env=dict(environment),
        start_new_session=True,
    )
    lines: list[str] = []
    try:
        if started:
            started(process.pid)
        for line in _lines(process, timeout):
            lines.append(line)
            if on_line:
                on_line(line)
        code = process.wait(GRACE_SECONDS)
    except (TimeoutError, subprocess.TimeoutExpired):
        raise error(f"`{name}` did not end within {timeout:g} s. {_last(lines)}") from None
    finally:
        _end_group(process)
    if code not in accept:
        raise error(f"`{name}` failed with exit code {code}. {_last(lines)}")
    return Completed(code, tuple(lines))


def _lines(process: subprocess.Popen[str], timeout: float) -> Iterator[str]:
    """The lines of a process until its end; raises TimeoutError when that does not come in time."""
    lines: queue.Queue[str | None] = queue.Queue()
    pipe = process.stdout
    assert pipe is not None

    def read() -> None:
        with contextlib.suppress(ValueError, OSError):  # closed under the reader when the run was cut short
            for line in pipe:
                lines.put(line.rstrip("\n"))
        lines.put(None)

    threading.Thread(target=read, daemon=True).start()
    deadline = time.monotonic() + timeout
    while True:
        try:
            line = lines.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            raise TimeoutError from None
        if line is None:
            return
        yield line


def _end_group(process: subprocess.Popen[str]) -> None:
    """End what is left of the run's process group, first by asking."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE_SECONDS)
            break
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    if process.stdout:
        process.stdout.close()


def _last(lines: Sequence[str]) -> str:
    kept = deque((line for line in lines if line.strip()), maxlen=LAST_LINES)
    return "Its last lines:\n" + "\n".join(kept) if kept else "It said nothing."
