"""What a sandbox run makes on this machine, and that it is gone afterwards, however the run ends."""

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent
BUILD: Final = ROOT / "build"

# Paths of UNIX sockets end at 107 characters: the tree's own path has to be short.
_SHORT_TMP: Final = Path("/tmp")  # noqa: S108 - mkdtemp makes a private directory in it


class SandboxError(Exception):
    """The sandbox cannot go on; the message says why and what to do."""


@contextlib.contextmanager
def only_one(path: Path = BUILD / "sandbox.lock") -> Iterator[None]:
    """Hold the lock of the one sandbox that a checkout can have.

    Raises
    ------
    SandboxError
        Another run holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise SandboxError(
                f"another sandbox of this checkout is running (process {holder}): "
                f"end it with Ctrl-C where it runs, or wait; it is untouched"
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


class Workspace:
    """A private directory and the processes started in it; both end with :meth:`close`.

    ``temporary`` is a directory in it for programs that leave files behind when they are killed.

    A watcher process holds the end of a pipe whose other end is ours: when we die without closing, even by
    SIGKILL, it ends the processes and removes the directory.
    """

    def __init__(self) -> None:
        base = _SHORT_TMP if os.access(_SHORT_TMP, os.W_OK) else Path(tempfile.gettempdir())
        self.path = Path(tempfile.mkdtemp(prefix="pe-", dir=base))
        self.temporary = self.path / "tmp"
        self.temporary.mkdir()
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._watcher = subprocess.Popen(
            [sys.executable, "-I", str(Path(__file__).with_name("watcher.py")), str(self.path)],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )

    def start(
        self,
        label: str,
        command: list[str],
        *,
        environment: dict[str, str] | None = None,
        cwd: Path | None = None,
    ) -> "subprocess.Popen[bytes]":
        """Start ``command`` in a process group of its own; what it prints goes to ``logs/<label>.log``.

        Without ``environment`` the process gets ours.
        """
        logs = self.path / "logs"
        logs.mkdir(exist_ok=True)
        with (logs / f"{label}.log").open("ab") as output:
            process = subprocess.Popen(
                command,
                env=environment,
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.adopt(label, process)
        return process

    def adopt(self, label: str, process: "subprocess.Popen[bytes]") -> None:
        """End ``process``, which leads a process group, with the workspace."""
        self._processes[label] = process
        self.watch(process.pid)

    def watch(self, group: int) -> None:
        """Have the process group ended should we be killed; in all other cases its owner ends it."""
        assert self._watcher.stdin is not None
        self._watcher.stdin.write(f"{group}\n".encode())
        self._watcher.stdin.flush()

    def log(self, label: str) -> str:
        """What the process ``label`` has printed so far."""
        path = self.path / "logs" / f"{label}.log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def end(self, label: str, *, seconds: float = 10) -> None:
        """Ask the process to stop, and kill its group when it has not within ``seconds``."""
        process = self._processes.pop(label, None)
        if process is not None:
            _end(process, seconds)

    def close(self) -> None:
        """End every process, newest first, and remove the directory."""
        for label in reversed(list(self._processes)):
            self.end(label, seconds=5)
        shutil.rmtree(self.path, ignore_errors=True)
        assert self._watcher.stdin is not None
        self._watcher.stdin.close()
        self._watcher.wait(timeout=30)

    def __enter__(self) -> "Workspace":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def wait_for_file(path: Path, process: "subprocess.Popen[bytes]", *, what: str, seconds: float = 30) -> str:
    """Text of ``path`` once ``process`` has written it.

    Raises
    ------
    SandboxError
        The process ended, or the time is up.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if path.exists() and (text := path.read_text(encoding="utf-8")).strip():
            return text
        if process.poll() is not None:
            raise SandboxError(f"{what} ended with status {process.returncode} before it was ready")
        time.sleep(0.05)
    raise SandboxError(f"{what} was not ready within {seconds:.0f} s")


def _end(process: "subprocess.Popen[bytes]", seconds: float) -> None:
    if process.poll() is None:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=seconds)
    # The group may outlive its leader.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=10)
